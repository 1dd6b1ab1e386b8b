import type { DocumentKind, SnapshotStore } from '../src/ports/snapshot-store.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { Ref } from '../src/schema/outcome.ts';
import {
  type Part,
  type PlanDocument,
  partSchema,
  planSchema,
  type SnapshotDocument,
  snapshotSchema,
} from '../src/schema/stored.ts';
import { fail, via } from './failures.ts';

/** Reads of stored documents: verified by the store, parsed here, failing by name. */
export interface Documents {
  part(ref: Ref): Promise<Part>;
  snapshot(ref: Ref): Promise<SnapshotDocument>;
  /** The part of one target; a snapshot without it is not of this application's present shape. */
  partOf(snapshot: Ref, target: string): Promise<Part>;
  plan(ref: Ref): Promise<PlanDocument>;
  objects(blobs: readonly string[]): Promise<Map<string, KubeObject>>;
}

/** What a zod schema offers; zod itself stays in `src/schema`. */
interface Schema<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}

export function documentsOf(store: SnapshotStore): Documents {
  const read = async <T>(kind: DocumentKind, schema: Schema<T>, ref: Ref): Promise<T> => {
    const value = await via('store', () => store.readDocument(kind, ref));
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw fail('SnapshotCorrupt', `${kind}/${ref.id} is not of a form this version can read`);
    return parsed.data;
  };
  const part = (ref: Ref) => read('parts', partSchema, ref);
  const snapshot = (ref: Ref) => read('snapshots', snapshotSchema, ref);
  return {
    part,
    snapshot,
    partOf: async (ref, target) => {
      const partRef = (await snapshot(ref)).parts[target];
      if (!partRef) throw fail('SnapshotCorrupt', `snapshot ${ref.id} has no part for target ${target}`);
      return await part(partRef);
    },
    plan: (ref) => read('plans', planSchema, ref),
    objects: async (blobs) => {
      const wanted = [...new Set(blobs)];
      const objects = await via('store', () => store.readObjects(wanted));
      return new Map(wanted.map((blob, index) => [blob, required(objects[index], blob)]));
    },
  };
}

/** For lookups that a document's own consistency promises. */
export function required<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw fail('SnapshotCorrupt', `${what} is missing`);
  return value;
}
