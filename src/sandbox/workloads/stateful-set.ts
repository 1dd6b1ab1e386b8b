import { type JsonObject, numberAt, objectAt, objectsAt, textAt } from '../json.ts';
import { isTerminating, labelsOf, nameOf, namespaceOf } from '../meta.ts';
import { Actor } from './actor.ts';
import { type Ground, ownKey, reporting, splitKey, startLoop } from './loop.ts';
import { claim, controllerKey, isActive, isReady, podFrom, withoutZeros } from './owning.ts';
import { currentRevision, dropRevisions, REVISION_LABEL, revisionsOf, templateOf } from './revisions.ts';
import { claimVolumes, ensureClaims, releaseClaims } from './stateful-set-claims.ts';

/** Runs StatefulSets: numbered pods, made in order, replaced from the highest number down. */
export function startStatefulSets(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-controller-manager');
  startLoop(ground, {
    watches: { 'apps/statefulsets': ownKey, '/pods': controllerKey('StatefulSet') },
    reconcile: (key) => reconcile(actor, key),
  });
}

interface Scene {
  readonly actor: Actor;
  readonly set: JsonObject;
  /** The revision of the template as it is now. */
  readonly update: JsonObject;
  /** By ordinal. */
  readonly pods: ReadonlyMap<number, JsonObject>;
}

function reconcile(actor: Actor, key: string): void {
  const { namespace, name } = splitKey(key);
  const set = actor.get('statefulsets', namespace, name);
  if (set === undefined || isTerminating(set)) return;
  const update = currentRevision(actor, set);
  reporting(
    () => act({ actor, set, update, pods: podsOf(actor, set) }),
    () => report({ actor, set, update, pods: podsOf(actor, set) }),
  );
}

function podsOf(actor: Actor, set: JsonObject): Map<number, JsonObject> {
  const numbered = claim(actor, 'pods', set).map((pod): [number, JsonObject] => [ordinalOf(pod), pod]);
  return new Map(numbered.sort(([left], [right]) => left - right));
}

const ordinalOf = (pod: JsonObject): number => Number(/-(\d+)$/.exec(nameOf(pod))?.[1] ?? -1);
const revisionLabel = (pod: JsonObject): unknown => labelsOf(pod)[REVISION_LABEL];

function ordinals(set: JsonObject): number[] {
  const first = numberAt(set, 'spec', 'ordinals', 'start') ?? 0;
  return Array.from({ length: numberAt(set, 'spec', 'replicas') ?? 1 }, (_, position) => first + position);
}

/**
 * One step at a time: make or await the wanted pods, remove the surplus, replace the outdated. In order, a pod that
 * does not get ready holds up everything behind it. So a broken pod stays even when its template is restored.
 */
function act(scene: Scene): void {
  if (makeWanted(scene) === 'busy') return;
  if (removeSurplus(scene) === 'busy') return;
  if (textAt(scene.set, 'spec', 'updateStrategy', 'type') === 'RollingUpdate') replaceOutdated(scene);
}

type Progress = 'busy' | 'done';

function makeWanted(scene: Scene): Progress {
  const isOrdered = textAt(scene.set, 'spec', 'podManagementPolicy') !== 'Parallel';
  for (const ordinal of ordinals(scene.set)) {
    if (makeOne(scene, ordinal) === 'busy' && isOrdered) return 'busy';
  }
  return 'done';
}

function makeOne(scene: Scene, ordinal: number): Progress {
  const pod = scene.pods.get(ordinal);
  if (pod === undefined) createPod(scene, ordinal);
  else if (!isTerminating(pod) && !isActive(pod)) scene.actor.remove('pods', pod);
  return pod !== undefined && isHealthy(pod) ? 'done' : 'busy';
}

const isHealthy = (pod: JsonObject): boolean => !isTerminating(pod) && isReady(pod);

function createPod({ actor, set, update }: Scene, ordinal: number): void {
  const name = `${nameOf(set)}-${ordinal}`;
  const revision = revisionFor(actor, { set, update }, ordinal);
  ensureClaims(actor, set, ordinal);
  const template = templateOf(revision);
  const labels = {
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
    [REVISION_LABEL]: nameOf(revision),
  };
  const volumes = [...objectsAt(template, 'spec', 'volumes'), ...claimVolumes(set, ordinal)];
  const spec = {
    hostname: name,
    subdomain: objectAt(set, 'spec').serviceName,
    ...(volumes.length === 0 ? {} : { volumes }),
  };
  actor.create('pods', namespaceOf(set), podFrom({ owner: set, template, metadata: { name }, labels, spec }));
}

/** Below the partition, pods keep the revision that was current before. */
function revisionFor(
  actor: Actor,
  { set, update }: { set: JsonObject; update: JsonObject },
  ordinal: number,
): JsonObject {
  if (ordinal >= partitionOf(set)) return update;
  const current = textAt(set, 'status', 'currentRevision');
  return revisionsOf(actor, set).find((revision) => nameOf(revision) === current) ?? update;
}

const partitionOf = (set: JsonObject): number =>
  numberAt(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;

function removeSurplus({ actor, set, pods }: Scene): Progress {
  const wanted = new Set(ordinals(set));
  const surplus = [...pods.keys()].filter((ordinal) => !wanted.has(ordinal));
  const highest = surplus.at(-1);
  if (highest === undefined) return 'done';
  const pod = pods.get(highest);
  if (pod !== undefined && !isTerminating(pod)) {
    releaseClaims(actor, { set, pod }, highest);
    actor.remove('pods', pod);
  }
  return 'busy';
}

function replaceOutdated({ actor, set, update, pods }: Scene): void {
  const targets = ordinals(set).filter((ordinal) => ordinal >= partitionOf(set));
  for (const ordinal of targets.reverse()) {
    const pod = pods.get(ordinal);
    if (pod === undefined) return;
    const isOutdated = revisionLabel(pod) !== nameOf(update);
    if (isOutdated && !isTerminating(pod)) actor.remove('pods', pod);
    if (isOutdated || !isHealthy(pod)) return;
  }
}

function report({ actor, set, update, pods }: Scene): void {
  const live = [...pods.values()].filter((pod) => !isTerminating(pod));
  const ofRevision = (name: unknown) => live.filter((pod) => revisionLabel(pod) === name).length;
  const wanted = numberAt(set, 'spec', 'replicas') ?? 1;
  const ready = live.filter(isReady).length;
  const isDone = ofRevision(nameOf(update)) === wanted && ready === wanted && live.length === wanted;
  const current = isDone ? nameOf(update) : (textAt(set, 'status', 'currentRevision') ?? nameOf(update));
  actor.report('statefulsets', set, (draft) => {
    draft.status = {
      observedGeneration: numberAt(draft, 'metadata', 'generation') ?? 1,
      replicas: live.length,
      ...withoutZeros({
        readyReplicas: ready,
        currentReplicas: ofRevision(current),
        updatedReplicas: ofRevision(nameOf(update)),
      }),
      currentRevision: current,
      updateRevision: nameOf(update),
      collisionCount: 0,
      availableReplicas: ready,
    };
  });
  dropRevisions(actor, set, [current, nameOf(update), ...live.map(revisionLabel)]);
}
