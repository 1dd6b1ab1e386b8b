import { createHash } from 'node:crypto';
import { canonical, isObject, type Json, type JsonObject, objectAt, objectsAt, put, textAt } from '../json.ts';
import { controllerOf, isTerminating, labelsOf, nameOf, namespaceOf, ownersOf, uidOf } from '../meta.ts';
import { labelSelectorMatches } from '../selectors.ts';
import type { Actor } from './actor.ts';

export function ownerReference(owner: JsonObject): JsonObject {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: nameOf(owner),
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The key of the object's controller, if that is of this kind. */
export function controllerKey(kind: string): (object: JsonObject) => readonly string[] {
  return (object) => {
    const owner = controllerOf(object);
    return owner?.kind === kind ? [`${namespaceOf(object)}/${textAt(owner, 'name')}`] : [];
  };
}

/** The objects a controller has: its own, and orphans that match its selector, which it adopts. */
export function claim(actor: Actor, plural: string, owner: JsonObject): JsonObject[] {
  const selector = objectAt(owner, 'spec', 'selector');
  const here = actor.list(plural, namespaceOf(owner));
  for (const object of here) {
    const isOrphan = controllerOf(object) === undefined && !isTerminating(object);
    if (isOrphan && labelSelectorMatches(selector, labelsOf(object))) adopt(actor, plural, { object, owner });
  }
  return actor
    .list(plural, namespaceOf(owner))
    .filter((object) => textAt(controllerOf(object), 'uid') === uidOf(owner));
}

function adopt(actor: Actor, plural: string, { object, owner }: { object: JsonObject; owner: JsonObject }): void {
  actor.modify(plural, object, (draft) => {
    put(draft, ['metadata', 'ownerReferences'], [...ownersOf(draft), ownerReference(owner)]);
  });
}

const HASH_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** A short name for a value: equal values, equal names. */
export function hashName(value: Json): string {
  const digest = createHash('sha256').update(canonical(value)).digest();
  return [...digest.subarray(0, 10)].map((byte) => HASH_LETTERS[byte % HASH_LETTERS.length]).join('');
}

export interface PodParts {
  readonly owner: JsonObject;
  readonly template: JsonObject;
  readonly metadata: JsonObject;
  readonly labels?: JsonObject;
  readonly spec?: JsonObject;
}

export function podFrom({ owner, template, metadata, labels = {}, spec = {} }: PodParts): JsonObject {
  const annotations = objectAt(template, 'metadata').annotations;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      labels: { ...labelsOf(template), ...labels },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [ownerReference(owner)],
    },
    spec: { ...objectAt(template, 'spec'), ...spec },
  };
}

export const phaseOf = (pod: JsonObject): string => textAt(pod, 'status', 'phase') ?? 'Pending';

/** Neither finished nor on its way out. */
export const isActive = (pod: JsonObject): boolean =>
  !isTerminating(pod) && phaseOf(pod) !== 'Failed' && phaseOf(pod) !== 'Succeeded';

export function conditionOf(object: JsonObject, type: string): JsonObject | undefined {
  return objectsAt(object, 'status', 'conditions').find((condition) => condition.type === type);
}

export const isReady = (pod: JsonObject): boolean => conditionOf(pod, 'Ready')?.status === 'True';

/** Members with the value zero are left out, as Go's omitempty does; nested objects stay. */
export function withoutZeros(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== 0 && value !== undefined));
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** The list with one condition set. Times move only when something about it changes. */
export function withCondition(conditions: readonly JsonObject[], next: Condition, now: string): JsonObject[] {
  const before = conditions.find((condition) => condition.type === next.type);
  const isSame = before?.status === next.status && before.reason === next.reason && before.message === next.message;
  if (isSame) return [...conditions];
  const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : now;
  const { type, status, reason, message } = next;
  const updated: JsonObject = { type, status, lastUpdateTime: now, lastTransitionTime, reason, message };
  return before === undefined
    ? [...conditions, updated]
    : conditions.map((condition) => (condition === before ? updated : condition));
}

/** A count or a percentage of a total; at least zero. */
export function portionOf(value: Json | undefined, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || isObject(value)) return 0;
  const share = (Number.parseFloat(value) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
