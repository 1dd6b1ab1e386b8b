import { type JsonObject, objectAt, objectsAt, put, textAt } from '../json.ts';
import { nameOf, namespaceOf } from '../meta.ts';
import type { Actor } from './actor.ts';
import { ownerReference } from './owning.ts';

function claimNames(set: JsonObject, ordinal: number): { template: JsonObject; name: string }[] {
  return objectsAt(set, 'spec', 'volumeClaimTemplates').map((template) => ({
    template,
    name: `${nameOf(template)}-${nameOf(set)}-${ordinal}`,
  }));
}

export function claimVolumes(set: JsonObject, ordinal: number): JsonObject[] {
  return claimNames(set, ordinal).map(({ template, name }) => ({
    name: nameOf(template),
    persistentVolumeClaim: { claimName: name },
  }));
}

/** Makes the claims of a pod, with the selector's labels and (unless told to go with the set) no owner. */
export function ensureClaims(actor: Actor, set: JsonObject, ordinal: number): void {
  for (const { template, name } of claimNames(set, ordinal)) {
    if (actor.get('persistentvolumeclaims', namespaceOf(set), name) !== undefined) continue;
    const labels = { ...objectAt(template, 'metadata', 'labels'), ...objectAt(set, 'spec', 'selector', 'matchLabels') };
    const goesWithSet = retention(set, 'whenDeleted') === 'Delete';
    actor.create('persistentvolumeclaims', namespaceOf(set), {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, labels, ...(goesWithSet ? { ownerReferences: [ownerReference(set)] } : {}) },
      spec: objectAt(template, 'spec'),
    });
  }
}

/** With `whenScaled: Delete` the claims of a surplus pod become its own, and go with it. */
export function releaseClaims(actor: Actor, { set, pod }: { set: JsonObject; pod: JsonObject }, ordinal: number): void {
  if (retention(set, 'whenScaled') !== 'Delete') return;
  for (const { name } of claimNames(set, ordinal)) {
    const claim = actor.get('persistentvolumeclaims', namespaceOf(set), name);
    if (claim === undefined) continue;
    actor.modify('persistentvolumeclaims', claim, (draft) =>
      put(draft, ['metadata', 'ownerReferences'], [ownerReference(pod)]),
    );
  }
}

function retention(set: JsonObject, moment: 'whenScaled' | 'whenDeleted'): string | undefined {
  return textAt(set, 'spec', 'persistentVolumeClaimRetentionPolicy', moment);
}
