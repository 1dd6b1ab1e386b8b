import type { KubeObject } from '../schema/json.ts';
import type { Ref } from '../schema/outcome.ts';

/** Folder of a stored document. */
export type DocumentKind = 'parts' | 'snapshots' | 'plans' | 'evidence';

/** Objects and documents, sealed and content-addressed: what is read is what was written, or an error. */
export interface SnapshotStore {
  /** The underlying store's id. */
  id(): Promise<string>;
  /** Stores each object's exact text once; answers blob ids in the order given. */
  putObjects(objects: readonly KubeObject[]): Promise<string[]>;
  /** Answers in the order asked. `PortError`: `notFound` when one is gone, `corrupt` when one was altered. */
  readObjects(blobs: readonly string[]): Promise<KubeObject[]>;
  /** Equal values give equal refs. */
  putDocument(kind: DocumentKind, value: unknown): Promise<Ref>;
  /** The caller parses. `PortError`: `notFound`, `corrupt` (also when the digest differs). */
  readDocument(kind: DocumentKind, ref: Ref): Promise<unknown>;
  /** A document's ref by its id, for `--to <snapshot id>`; a unique prefix of at least 6 characters is enough. */
  findDocument(kind: DocumentKind, id: string): Promise<Ref | undefined>;
  /**
   * Keyed fingerprint of any text, for comparing without keeping. To compare with an earlier one, give it as `like`:
   * the current key may have changed since.
   */
  fingerprint(text: string, like?: string): string;
}
