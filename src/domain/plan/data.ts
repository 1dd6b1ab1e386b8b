import { groupKind } from '../kubernetes/kinds.ts';

type Kind = Parameters<typeof groupKind>[0];

const storage: readonly string[] = ['PersistentVolumeClaim', 'PersistentVolume', 'Namespace'];
const definition = 'CustomResourceDefinition.apiextensions.k8s.io';

/** What is in them goes with them: a new one would be empty, and deleting one takes other people's objects along. */
export function holdsData(object: Kind): boolean {
  return isStorage(object) || groupKind(object) === definition;
}

/** These may take for ever to go, and nobody knows what is still in them; a definition is emptied in seconds. */
export function isStorage(object: Kind): boolean {
  return storage.includes(groupKind(object));
}
