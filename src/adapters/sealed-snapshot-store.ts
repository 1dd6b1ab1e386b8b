import { parse, stringify } from 'lossless-json';
import type { KeyRing } from '../ports/key-ring.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { PortError } from '../ports/port-error.ts';
import type { DocumentKind, SnapshotStore } from '../ports/snapshot-store.ts';
import type { KubeObject } from '../schema/json.ts';
import type { Ref } from '../schema/outcome.ts';
import { canonicalJson, parseJson } from './canonical-json.ts';
import { createKnownIds } from './known-ids.ts';
import { mapLimited } from './map-limited.ts';
import { createSealedFiles, type SealedFiles } from './sealed-files.ts';
import { inPieces } from './sealed-pieces.ts';
import { createSealedTexts, type TextAddress, throwCorrupt } from './sealed-texts.ts';

export interface SealedSnapshotStoreOptions {
  /** Requests to the object store at one time; 16 unless told. */
  readonly parallelism?: number;
  /** For how many milliseconds a blob that was seen in the store counts as still there; 10 minutes unless told. */
  readonly knownFor?: number;
}

/** Hexadecimal characters of a document's id. */
const idLength = 32;
const shortestPrefix = 6;

export function createSealedSnapshotStore(
  store: ObjectStore,
  keys: KeyRing,
  options: SealedSnapshotStoreOptions = {},
): SnapshotStore {
  const { parallelism = 16, knownFor = 600_000 } = options;
  const files = createSealedFiles(store, keys);
  const texts = createSealedTexts(files, keys);
  const known = createKnownIds(knownFor);
  const putBlob = async (text: string) => {
    const id = `${keys.currentKeyId}-${fingerprintOf(keys, text)}`;
    await known.once(id, () => texts.keep(blobAddress(id), text));
    return id;
  };
  const readBlob = (id: string) => texts.read(blobAddress(id));
  const wholes = inPieces(files, { put: putBlob, read: readBlob }, parallelism);
  const documents = createSealedTexts(wholes, keys);
  return {
    id: () => store.id(),
    putObjects: (objects) => mapLimited(objects, parallelism, (object) => putBlob(printObject(object))),
    readObjects: (blobs) => mapLimited(blobs, parallelism, async (id) => parse(await readBlob(id)) as KubeObject),
    putDocument: async (kind, value) => {
      const text = canonicalJson(value);
      const ref = refTo(keys.currentKeyId, fingerprintOf(keys, text), text);
      await documents.keep(documentAddress(kind, ref), text);
      return ref;
    },
    readDocument: async (kind, ref) => parseJson(await documents.read(documentAddress(kind, ref))),
    findDocument: (kind, id) => findDocument({ store, keys, wholes }, kind, id),
    fingerprint: (text, like) => printFingerprint(keys, text, like),
  };
}

function printObject(object: KubeObject): string {
  const text = stringify(object);
  if (text === undefined) throw new PortError('invalid', 'an object to store is not JSON');
  return text;
}

function fingerprintOf(keys: KeyRing, text: string, keyId = keys.currentKeyId): string {
  return keys.fingerprint(Buffer.from(text, 'utf8'), keyId);
}

function printFingerprint(keys: KeyRing, text: string, like?: string): string {
  const keyId = like === undefined ? keys.currentKeyId : parseDigest(like).keyId;
  return `${keyId}:${fingerprintOf(keys, text, keyId)}`;
}

function parseDigest(digest: string): { keyId: string; fingerprint: string } {
  const [, keyId, fingerprint] = /^([a-z0-9_.-]+):([0-9a-f]{64})$/.exec(digest) ?? [];
  if (keyId !== undefined && fingerprint !== undefined) return { keyId, fingerprint };
  throw new PortError('invalid', 'a digest must be "<key id>:<64 hexadecimal characters>"');
}

function blobAddress(id: string): TextAddress {
  const [, keyId, fingerprint] = /^([a-z0-9][a-z0-9_.-]{0,31})-([0-9a-f]{64})$/.exec(id) ?? [];
  if (keyId === undefined || fingerprint === undefined) {
    throw new PortError('invalid', 'a blob id must be "<key id>-<64 hexadecimal characters>"');
  }
  return { key: `blobs/${fingerprint.slice(0, 2)}/${id}`, keyId, fingerprint };
}

function documentAddress(kind: DocumentKind, ref: Ref): TextAddress {
  const { keyId, fingerprint } = parseDigest(ref.digest);
  if (ref.id !== fingerprint.slice(0, idLength)) {
    throw new PortError(
      'corrupt',
      `the reference to ${kind}/${ref.id} is not what was written: its digest is another document's`,
    );
  }
  return { key: `${kind}/${ref.id}`, keyId, fingerprint };
}

function refTo(keyId: string, fingerprint: string, text: string): Ref {
  return { id: fingerprint.slice(0, idLength), digest: `${keyId}:${fingerprint}`, bytes: Buffer.byteLength(text) };
}

interface Library {
  readonly store: ObjectStore;
  readonly keys: KeyRing;
  readonly wholes: SealedFiles;
}

async function findDocument(library: Library, kind: DocumentKind, id: string): Promise<Ref | undefined> {
  if (!/^[0-9a-f]+$/.test(id) || id.length < shortestPrefix || id.length > idLength) {
    throw new PortError('invalid', `an id in ${kind} is ${shortestPrefix} to ${idLength} of 0-9 and a-f`);
  }
  const found = await library.store.list(`${kind}/${id}`);
  if (found.length > 1) {
    throw new PortError('invalid', `${found.length} ids in ${kind} start with "${id}": give more characters`);
  }
  const key = found[0];
  return key === undefined ? undefined : refOf(library, key);
}

/** The reference is worked out from what is stored, so it can be trusted only after the seal and the name agree with it. */
async function refOf({ keys, wholes }: Library, key: string): Promise<Ref | undefined> {
  const found = await wholes.open(key);
  if (found === undefined) return undefined;
  const ref = refTo(found.keyId, fingerprintOf(keys, found.text, found.keyId), found.text);
  return key.endsWith(`/${ref.id}`) ? ref : throwCorrupt(key);
}
