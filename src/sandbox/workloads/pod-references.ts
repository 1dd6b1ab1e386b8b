import { isObject, type JsonObject, objectAt, objectsAt, textAt } from '../json.ts';
import { namespaceOf } from '../meta.ts';
import type { Actor } from './actor.ts';

interface Reference {
  readonly plural: 'configmaps' | 'secrets';
  readonly name: string;
  readonly key: string | undefined;
}

/** Why a container cannot be made: the first ConfigMap, Secret or key that its env names and that is missing. */
export function missingEnv(actor: Actor, pod: JsonObject, container: JsonObject): string | undefined {
  return firstMissing(actor, pod, [...envReferences(container), ...envFromReferences(container)]);
}

/** Why a pod's volumes cannot be mounted. */
export function missingVolume(actor: Actor, pod: JsonObject): string | undefined {
  return firstMissing(actor, pod, objectsAt(pod, 'spec', 'volumes').flatMap(volumeReferences));
}

function firstMissing(actor: Actor, pod: JsonObject, references: readonly Reference[]): string | undefined {
  for (const reference of references) {
    const complaint = complaintAbout(actor, namespaceOf(pod), reference);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function complaintAbout(actor: Actor, namespace: string, { plural, name, key }: Reference): string | undefined {
  const object = actor.get(plural, namespace, name);
  if (object === undefined) return `${plural === 'secrets' ? 'secret' : 'configmap'} "${name}" not found`;
  const keys = { ...objectAt(object, 'data'), ...objectAt(object, 'binaryData') };
  if (key === undefined || key in keys) return undefined;
  return `couldn't find key ${key} in ${plural === 'secrets' ? 'Secret' : 'ConfigMap'} ${namespace}/${name}`;
}

function envReferences(container: JsonObject): Reference[] {
  return objectsAt(container, 'env').flatMap((entry) => [
    ...reference('configmaps', objectAt(entry, 'valueFrom').configMapKeyRef),
    ...reference('secrets', objectAt(entry, 'valueFrom').secretKeyRef),
  ]);
}

function envFromReferences(container: JsonObject): Reference[] {
  return objectsAt(container, 'envFrom').flatMap((entry) => [
    ...reference('configmaps', entry.configMapRef),
    ...reference('secrets', entry.secretRef),
  ]);
}

function volumeReferences(volume: JsonObject): Reference[] {
  const secret = volume.secret;
  const named = isObject(secret) ? { name: secret.secretName, optional: secret.optional } : undefined;
  return [...reference('configmaps', volume.configMap), ...reference('secrets', named)];
}

function reference(plural: Reference['plural'], given: unknown): Reference[] {
  const object = given as JsonObject | undefined;
  if (!isObject(object) || object.optional === true) return [];
  return [{ plural, name: textAt(object, 'name') ?? '', key: textAt(object, 'key') }];
}
