import { createMemoryObjectStore } from '../../src/adapters/memory-object-store.ts';
import { createSealedSnapshotStore } from '../../src/adapters/sealed-snapshot-store.ts';
import type { KeyRing } from '../../src/ports/key-ring.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import type { KubeObject } from '../../src/schema/json.ts';
import { oldRing } from './keys.ts';

export const configMap = (name: string, data: Record<string, string> = {}) =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }) as KubeObject;

/** A sealed store over a memory store, and every key written to that. */
export function setUp(keys: KeyRing = oldRing) {
  const objects = createMemoryObjectStore();
  const writes: string[] = [];
  const counted: ObjectStore = {
    ...objects,
    putIfAbsent: (key, bytes) => {
      writes.push(key);
      return objects.putIfAbsent(key, bytes);
    },
  };
  return { objects, writes, counted, snapshots: createSealedSnapshotStore(counted, keys) };
}

/** What a person with access to the store could do. */
export async function replaceValue(store: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  await store.delete(key);
  await store.putIfAbsent(key, bytes);
}

export async function onlyKey(store: ObjectStore, prefix: string): Promise<{ key: string; bytes: Uint8Array }> {
  const [key = ''] = await store.list(prefix);
  return { key, bytes: (await store.get(key)) ?? new Uint8Array() };
}
