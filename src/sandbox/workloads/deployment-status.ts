import { at, type JsonObject, numberAt, objectsAt, put } from '../json.ts';
import { annotationOf, isTerminating, nameOf, stamp } from '../meta.ts';
import type { Actor } from './actor.ts';
import { keyOf, type Loop } from './loop.ts';
import { type Condition, claim, conditionOf, portionOf, withCondition, withoutZeros } from './owning.ts';
import type { Progress } from './progress.ts';
import { REVISION, type Rollout, sizeOf, sum } from './rollout.ts';

interface Counts {
  readonly desired: number;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  readonly terminating: number;
}

/** Writes a Deployment's status: counts, Available, Progressing with its deadline. */
export function reportDeployment(actor: Actor, rollout: Rollout, means: { loop: Loop; progress: Progress }): void {
  const { deployment, current } = rollout;
  const counts = countsOf(actor, rollout);
  const progressing = progressCondition(rollout, counts, means);
  const now = stamp(actor.state.now());
  actor.report('deployments', deployment, (draft) => {
    const revision = current === undefined ? undefined : annotationOf(current, REVISION);
    if (revision !== undefined) put(draft, ['metadata', 'annotations', REVISION], revision);
    const available = withCondition(
      objectsAt(draft, 'status', 'conditions'),
      availableCondition(deployment, counts),
      now,
    );
    const conditions = progressing === undefined ? available : withCondition(available, progressing, now);
    draft.status = { ...statusOf(deployment, counts), conditions };
  });
}

function countsOf(actor: Actor, { deployment, current, old }: Rollout): Counts {
  const sets = current === undefined ? [...old] : [current, ...old];
  const total = (field: string) => sum(sets.map((set) => numberAt(set, 'status', field) ?? 0));
  const terminating = sets.flatMap((set) => claim(actor, 'pods', set)).filter(isTerminating);
  return {
    desired: numberAt(deployment, 'spec', 'replicas') ?? 1,
    replicas: total('replicas'),
    updated: numberAt(current, 'status', 'replicas') ?? 0,
    ready: total('readyReplicas'),
    available: total('availableReplicas'),
    terminating: terminating.length,
  };
}

function statusOf(deployment: JsonObject, counts: Counts): JsonObject {
  const numbers = withoutZeros({
    replicas: counts.replicas,
    updatedReplicas: counts.updated,
    readyReplicas: counts.ready,
    availableReplicas: counts.available,
    unavailableReplicas: Math.max(0, counts.desired - counts.available),
  });
  const observedGeneration = numberAt(deployment, 'metadata', 'generation') ?? 1;
  return { observedGeneration, ...numbers, terminatingReplicas: counts.terminating };
}

function availableCondition(deployment: JsonObject, { desired, available }: Counts): Condition {
  const allowed = at(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable');
  const isEnough = available >= desired - portionOf(allowed, desired, 'down');
  return isEnough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** Undefined leaves the condition as it is. */
function progressCondition(
  rollout: Rollout,
  counts: Counts,
  means: { loop: Loop; progress: Progress },
): Condition | undefined {
  const { deployment, current } = rollout;
  if (current === undefined) return undefined;
  const named = `ReplicaSet "${nameOf(current)}"`;
  const complete = progressing('True', 'NewReplicaSetAvailable', `${named} has successfully progressed.`);
  if (isComplete(counts, sizeOf(current))) return complete;
  if (isStill(deployment, complete) && counts.replicas === counts.updated) return undefined;
  const idle = means.progress.idleTime(deployment, reachedBy(rollout, counts));
  const deadline = (numberAt(deployment, 'spec', 'progressDeadlineSeconds') ?? 600) * 1000;
  if (idle >= deadline) return progressing('False', 'ProgressDeadlineExceeded', `${named} has timed out progressing.`);
  means.loop.enqueue(keyOf(deployment), deadline - idle + 1);
  return wasLate(deployment) && idle > 0
    ? undefined
    : progressing('True', 'ReplicaSetUpdated', `${named} is progressing.`);
}

/** A rollout that was complete stays so when pods are lost or their number changes. */
function isStill(deployment: JsonObject, { type, reason, message }: Condition): boolean {
  const known = conditionOf(deployment, type);
  return known?.reason === reason && known.message === message;
}

const wasLate = (deployment: JsonObject): boolean =>
  conditionOf(deployment, 'Progressing')?.reason === 'ProgressDeadlineExceeded';

function isComplete({ desired, updated, replicas, available }: Counts, size: number): boolean {
  return size === desired && updated === desired && replicas === desired && available === desired;
}

/** What counts as progress: another template, more new pods, fewer old ones, more of them ready. */
function reachedBy({ deployment, current }: Rollout, { replicas, updated, ready, available }: Counts): string {
  const name = current === undefined ? '' : nameOf(current);
  return [name, numberAt(deployment, 'spec', 'replicas'), updated, replicas - updated, ready, available].join(' ');
}

function progressing(status: 'True' | 'False', reason: string, message: string): Condition {
  return { type: 'Progressing', status, reason, message };
}
