import { groupKind } from '../kubernetes/kinds.ts';

/** What is in them goes with them: a new one would be empty, and deleting one takes other people's objects along. */
const dataKinds: ReadonlySet<string> = new Set([
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Namespace',
  'CustomResourceDefinition.apiextensions.k8s.io',
]);

export function holdsData(object: Parameters<typeof groupKind>[0]): boolean {
  return dataKinds.has(groupKind(object));
}
