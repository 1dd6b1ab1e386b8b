import { type JsonObject, objectAt, objectsAt, textAt, textsAt } from './json.ts';

/** Read access to the metadata every object has. */
export const nameOf = (object: JsonObject): string => textAt(object, 'metadata', 'name') ?? '';
export const namespaceOf = (object: JsonObject): string => textAt(object, 'metadata', 'namespace') ?? '';
export const uidOf = (object: JsonObject): string => textAt(object, 'metadata', 'uid') ?? '';
export const versionOf = (object: JsonObject): string => textAt(object, 'metadata', 'resourceVersion') ?? '';
export const labelsOf = (object: JsonObject): JsonObject => objectAt(object, 'metadata', 'labels');
export const finalizersOf = (object: JsonObject): string[] => textsAt(object, 'metadata', 'finalizers');
export const ownersOf = (object: JsonObject): JsonObject[] => objectsAt(object, 'metadata', 'ownerReferences');
export const deletionTimeOf = (object: JsonObject): string | undefined =>
  textAt(object, 'metadata', 'deletionTimestamp');
export const isTerminating = (object: JsonObject): boolean => deletionTimeOf(object) !== undefined;

export function annotationOf(object: JsonObject, key: string): string | undefined {
  return textAt(object, 'metadata', 'annotations', key);
}

/** The reference with `controller: true`, if there is one. */
export function controllerOf(object: JsonObject): JsonObject | undefined {
  return ownersOf(object).find((owner) => owner.controller === true);
}

/** A time the way Kubernetes writes it: whole seconds. */
export function stamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
