import type { KeyRing } from '../ports/key-ring.ts';
import { PortError } from '../ports/port-error.ts';
import type { Opened, SealedFiles } from './sealed-files.ts';

/** Where a text is kept, and what it must be: the keyed fingerprint is part of every name. */
export interface TextAddress {
  readonly key: string;
  readonly keyId: string;
  readonly fingerprint: string;
}

/** Content-addressed texts: what is read is what was written, or an error. */
export interface SealedTexts {
  /** A text that is there already is read and verified instead of written again. */
  keep(address: TextAddress, text: string): Promise<void>;
  read(address: TextAddress): Promise<string>;
}

export function createSealedTexts(files: SealedFiles, keys: KeyRing): SealedTexts {
  const readIfThere = async (address: TextAddress) => {
    const found = await files.open(address.key);
    if (found) verify(keys, address, found);
    return found?.text;
  };
  return {
    read: async (address) => (await readIfThere(address)) ?? throwMissing(address.key),
    keep: async (address, text) => {
      if ((await readIfThere(address)) !== undefined) return;
      if ((await files.putIfAbsent(address.key, text)) === 'present') await readIfThere(address);
    },
  };
}

/** Another text than the one that was written under this name. */
export function throwCorrupt(key: string): never {
  throw new PortError('corrupt', `${key} in the store is not what was written: restore it from a backup of the store`);
}

function verify(keys: KeyRing, address: TextAddress, found: Opened): void {
  const fingerprint = keys.fingerprint(Buffer.from(found.text, 'utf8'), address.keyId);
  if (found.keyId !== address.keyId || fingerprint !== address.fingerprint) throwCorrupt(address.key);
}

function throwMissing(key: string): never {
  throw new PortError('notFound', `${key} is not in the store: it was deleted, or this is another store`);
}
