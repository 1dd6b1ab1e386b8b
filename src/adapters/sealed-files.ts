import { promisify } from 'node:util';
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib';
import type { KeyRing, Sealed } from '../ports/key-ring.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { PortError } from '../ports/port-error.ts';

/** In bytes. Less than this is done sooner than another thread has been asked, and without a quarter megabyte each. */
const small = 32_768;
const compressLarge = promisify(deflateRaw);
const expandLarge = promisify(inflateRaw);

/** A text, and the key that it was sealed with. */
export interface Opened {
  readonly keyId: string;
  readonly text: string;
}

/** Compressed, sealed texts by name. That a name has the text it should have is for the caller to verify. */
export interface SealedFiles {
  /** Throws `PortError` `corrupt` when it was altered, or moved here from another name. */
  open(key: string): Promise<Opened | undefined>;
  putIfAbsent(key: string, text: string): Promise<'stored' | 'present'>;
}

export function createSealedFiles(store: ObjectStore, keys: KeyRing): SealedFiles {
  return {
    open: async (key) => {
      const file = await store.get(key);
      if (file === undefined) return undefined;
      const sealed = unpack(file, key);
      const compressed = keys.open(sealed, key);
      return { keyId: sealed.keyId, text: await expand(compressed) };
    },
    putIfAbsent: async (key, text) => store.putIfAbsent(key, pack(keys.seal(await compress(text), key))),
  };
}

async function compress(text: string): Promise<Uint8Array> {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.byteLength < small ? deflateRawSync(bytes) : await compressLarge(bytes);
}

async function expand(bytes: Uint8Array): Promise<string> {
  const text = bytes.byteLength < small ? inflateRawSync(bytes) : await expandLarge(bytes);
  return text.toString('utf8');
}

/** The file's first line names the key, so that a person can see which key a file needs. */
function pack(sealed: Sealed): Uint8Array {
  return Buffer.concat([Buffer.from(`belay-sealed ${sealed.keyId}\n`), sealed.bytes]);
}

function unpack(file: Uint8Array, key: string): Sealed {
  const end = file.indexOf(0x0a);
  const line = Buffer.from(file.subarray(0, Math.max(end, 0))).toString('latin1');
  const keyId = /^belay-sealed ([a-z0-9][a-z0-9_.-]{0,31})$/.exec(line)?.[1];
  if (keyId === undefined)
    throw new PortError('corrupt', `${key} in the store was altered or cut short: restore it from a backup`);
  return { keyId, bytes: file.subarray(end + 1) };
}
