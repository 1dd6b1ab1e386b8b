import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { KeyRing, Sealed } from '../ports/key-ring.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { PortError } from '../ports/port-error.ts';

const compress = promisify(deflateRaw);
const expand = promisify(inflateRaw);

/** Where a text is kept, and what it must be: the keyed fingerprint is part of every name. */
export interface TextAddress {
  readonly key: string;
  readonly keyId: string;
  readonly fingerprint: string;
}

/** Compressed, sealed, content-addressed texts: what is read is what was written, or an error. */
export interface SealedTexts {
  /** A text that is there already is read and verified instead of written again. */
  keep(address: TextAddress, text: string): Promise<void>;
  read(address: TextAddress): Promise<string>;
  /** For when only the name is known; the caller verifies the fingerprint. */
  open(key: string): Promise<{ readonly keyId: string; readonly text: string } | undefined>;
}

export function createSealedTexts(store: ObjectStore, keys: KeyRing): SealedTexts {
  const open = async (key: string) => {
    const file = await store.get(key);
    if (file === undefined) return undefined;
    const sealed = unpack(file, key);
    const compressed = keys.open(sealed, key);
    return { keyId: sealed.keyId, text: (await expand(compressed)).toString('utf8') };
  };
  const readIfThere = async (address: TextAddress) => {
    const found = await open(address.key);
    if (found) verify(keys, address, found);
    return found?.text;
  };
  return {
    open,
    read: async (address) => (await readIfThere(address)) ?? throwMissing(address.key),
    keep: async (address, text) => {
      if ((await readIfThere(address)) !== undefined) return;
      const sealed = keys.seal(await compress(Buffer.from(text, 'utf8')), address.key);
      const answer = await store.putIfAbsent(address.key, pack(sealed));
      if (answer === 'present') await readIfThere(address);
    },
  };
}

function verify(keys: KeyRing, address: TextAddress, found: { keyId: string; text: string }): void {
  const fingerprint = keys.fingerprint(Buffer.from(found.text, 'utf8'), address.keyId);
  if (found.keyId === address.keyId && fingerprint === address.fingerprint) return;
  throw new PortError(
    'corrupt',
    `${address.key} in the store is not what was written: restore it from a backup of the store`,
  );
}

function throwMissing(key: string): never {
  throw new PortError('notFound', `${key} is not in the store: it was deleted, or this is another store`);
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
