import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '../ports/object-store.ts';
import { checkKeyPrefix, checkObjectKey } from './object-key.ts';

/** Forgets everything with the process: for tests and the demo. */
export function createMemoryObjectStore(): ObjectStore {
  const id = randomUUID();
  const values = new Map<string, Uint8Array>();
  return {
    id: async () => id,
    putIfAbsent: async (key, bytes) => {
      checkObjectKey(key);
      if (values.has(key)) return 'present';
      values.set(key, Uint8Array.from(bytes));
      return 'stored';
    },
    get: async (key) => {
      checkObjectKey(key);
      const bytes = values.get(key);
      return bytes && Uint8Array.from(bytes);
    },
    list: async (prefix) => {
      checkKeyPrefix(prefix);
      return [...values.keys()].filter((key) => key.startsWith(prefix)).sort();
    },
    delete: async (key) => {
      checkObjectKey(key);
      values.delete(key);
    },
  };
}
