import { type JsonObject, numberAt, objectAt, objectsAt } from '../json.ts';
import { isTerminating, labelsOf, nameOf, namespaceOf, stamp } from '../meta.ts';
import { labelSelectorMatches } from '../selectors.ts';
import type { ApiError } from '../status-errors.ts';
import { Actor } from './actor.ts';
import { createAvailability } from './availability.ts';
import { type Ground, keyOf, type Loop, ownKey, reporting, splitKey, startLoop } from './loop.ts';
import { claim, controllerKey, isActive, isReady, podFrom, withCondition, withoutZeros } from './owning.ts';

/** Keeps as many pods as a ReplicaSet says, and counts them in its status. */
export function startReplicaSets(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-controller-manager');
  const availability = createAvailability(ground.timers);
  startLoop(ground, {
    watches: { 'apps/replicasets': ownKey, '/pods': controllerKey('ReplicaSet') },
    reconcile: (key, loop) => reconcile(actor, key, { loop, availability }),
  });
}

interface Means {
  readonly loop: Loop;
  readonly availability: ReturnType<typeof createAvailability>;
}

function reconcile(actor: Actor, key: string, means: Means): void {
  const { namespace, name } = splitKey(key);
  const set = actor.get('replicasets', namespace, name);
  if (set === undefined) return;
  const pods = claim(actor, 'pods', set);
  const act = () => (isTerminating(set) ? undefined : adjust(actor, set, pods.filter(isActive)));
  reporting(act, (refusal) => report(actor, set, { ...means, refusal }));
}

function adjust(actor: Actor, set: JsonObject, active: JsonObject[]): void {
  const surplus = active.length - (numberAt(set, 'spec', 'replicas') ?? 1);
  for (let missing = -surplus; missing > 0; missing -= 1) createPod(actor, set);
  for (const pod of [...active].sort(leastUsefulFirst).slice(0, Math.max(0, surplus))) actor.remove('pods', pod);
}

function createPod(actor: Actor, set: JsonObject): void {
  const metadata = { generateName: `${nameOf(set)}-` };
  const pod = podFrom({ owner: set, template: objectAt(set, 'spec', 'template'), metadata });
  actor.create('pods', namespaceOf(set), pod);
}

function leastUsefulFirst(left: JsonObject, right: JsonObject): number {
  return Number(isReady(left)) - Number(isReady(right));
}

function report(
  actor: Actor,
  set: JsonObject,
  { loop, availability, refusal }: Means & { readonly refusal: ApiError | undefined },
): void {
  const owned = claim(actor, 'pods', set);
  const pods = owned.filter(isActive);
  const template = objectAt(set, 'spec', 'template');
  const counted = availability.count(pods, numberAt(set, 'spec', 'minReadySeconds') ?? 0);
  if (counted.recheck !== undefined) loop.enqueue(keyOf(set), counted.recheck);
  const full = pods.filter((pod) => labelSelectorMatches({ matchLabels: labelsOf(template) }, labelsOf(pod)));
  actor.report('replicasets', set, (draft) => {
    draft.status = {
      replicas: pods.length,
      ...withoutZeros({
        fullyLabeledReplicas: full.length,
        readyReplicas: pods.filter(isReady).length,
        availableReplicas: counted.available,
      }),
      terminatingReplicas: owned.filter(isTerminating).length,
      observedGeneration: numberAt(draft, 'metadata', 'generation') ?? 1,
      ...refusalConditions(objectsAt(draft, 'status', 'conditions'), refusal, stamp(actor.state.now())),
    };
  });
}

function refusalConditions(before: readonly JsonObject[], refusal: ApiError | undefined, now: string): JsonObject {
  if (refusal === undefined) return {};
  if (before.length > 0) return { conditions: [...before] };
  const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: refusal.message } as const;
  return { conditions: withCondition([], failure, now) };
}
