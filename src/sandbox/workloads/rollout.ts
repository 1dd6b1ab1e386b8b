import { at, clone, equal, type JsonObject, numberAt, objectAt, put } from '../json.ts';
import { annotationOf, isTerminating, labelsOf } from '../meta.ts';
import type { Actor } from './actor.ts';
import { claim, portionOf } from './owning.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
export const HASH = 'pod-template-hash';

/** A Deployment with its ReplicaSets: the one of its template, and those of former templates. */
export interface Rollout {
  readonly deployment: JsonObject;
  readonly current: JsonObject | undefined;
  readonly old: readonly JsonObject[];
}

export const isPaused = (deployment: JsonObject): boolean => at(deployment, 'spec', 'paused') === true;

export function observe(actor: Actor, deployment: JsonObject): Rollout {
  const sets = claim(actor, 'replicasets', deployment).filter((set) => !isTerminating(set));
  const current = sets.find((set) => isOfTemplate(set, deployment));
  return { deployment, current, old: sets.filter((set) => set !== current) };
}

/** The hash label is the ReplicaSet's own; all else must be equal. A former ReplicaSet is used again this way. */
function isOfTemplate(set: JsonObject, deployment: JsonObject): boolean {
  const template = clone(objectAt(set, 'spec', 'template'));
  const { [HASH]: _hash, ...labels } = labelsOf(template);
  put(template, ['metadata', 'labels'], labels);
  return equal(template, objectAt(deployment, 'spec', 'template'));
}

export const revisionOf = (set: JsonObject): number => Number(annotationOf(set, REVISION) ?? 0);

export const highestRevision = (sets: readonly JsonObject[]): number => Math.max(0, ...sets.map(revisionOf));

export interface Bounds {
  readonly desired: number;
  readonly surge: number;
  readonly unavailable: number;
}

export function bounds(deployment: JsonObject): Bounds {
  const desired = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const rolling = objectAt(deployment, 'spec', 'strategy', 'rollingUpdate');
  const surge = portionOf(rolling.maxSurge, desired, 'up');
  const unavailable = portionOf(rolling.maxUnavailable, desired, 'down');
  return { desired, surge, unavailable: surge + unavailable === 0 ? 1 : unavailable };
}

export const sizeOf = (set: JsonObject): number => numberAt(set, 'spec', 'replicas') ?? 0;
export const availableOf = (set: JsonObject): number => numberAt(set, 'status', 'availableReplicas') ?? 0;
export const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
