import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyRing, Sealed } from '../ports/key-ring.ts';
import { PortError } from '../ports/port-error.ts';

export interface MasterKey {
  readonly id: string;
  /** 32 random bytes. */
  readonly bytes: Uint8Array;
}

/** One key per purpose, so that no use of one says anything about another. */
interface SubKeys {
  readonly seal: Uint8Array;
  readonly fingerprint: Uint8Array;
  readonly mac: Uint8Array;
}

/** Sealed bytes: version, nonce, ciphertext, tag. */
const version = 1;
const nonceLength = 12;
const tagLength = 16;
const shortest = 1 + nonceLength + tagLength;

const keyIdForm = /^[a-z0-9][a-z0-9_.-]{0,31}$/;

/** The first key is the current one. Throws `PortError` `invalid` when a key cannot be used. */
export function createKeyRing(keys: readonly MasterKey[]): KeyRing {
  const ring = new Map<string, SubKeys>();
  for (const key of keys) addKey(ring, key);
  const currentKeyId = keys[0]?.id;
  if (currentKeyId === undefined) throw new PortError('invalid', 'a key ring needs at least one key');
  const keysOf = (id: string) => ring.get(id) ?? throwUnknownKey(id);
  return {
    currentKeyId,
    fingerprint: (bytes, keyId = currentKeyId) => hmac(keysOf(keyId).fingerprint, bytes),
    mac: (text, keyId = currentKeyId) => hmac(keysOf(keyId).mac, Buffer.from(text, 'utf8')),
    seal: (bytes, context) => ({
      keyId: currentKeyId,
      bytes: encrypt(keysOf(currentKeyId).seal, bytes, boundText(currentKeyId, context)),
    }),
    open: (sealed, context) => decrypt(keysOf(sealed.keyId).seal, sealed, context),
  };
}

/** A new random key; its id is derived from it, so that equal ids mean equal keys. */
export function generateMasterKey(): MasterKey {
  const bytes = randomBytes(32);
  const digest = createHash('sha256').update('belay key id\n').update(bytes).digest('hex');
  return { id: `k${digest.slice(0, 8)}`, bytes };
}

function addKey(ring: Map<string, SubKeys>, key: MasterKey): void {
  if (!keyIdForm.test(key.id)) {
    throw new PortError(
      'invalid',
      'a key id must be 1 to 32 of a-z, 0-9, "_", "." and "-", starting with a letter or digit',
    );
  }
  if (key.bytes.length !== 32) throw new PortError('invalid', `key "${key.id}" must be 32 bytes long`);
  if (ring.has(key.id)) throw new PortError('invalid', `key id "${key.id}" is given twice`);
  ring.set(key.id, {
    seal: deriveKey(key.bytes, 'seal'),
    fingerprint: deriveKey(key.bytes, 'fingerprint'),
    mac: deriveKey(key.bytes, 'journal mac'),
  });
}

function deriveKey(master: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', master, new Uint8Array(), `belay/1/${purpose}`, 32));
}

function hmac(key: Uint8Array, bytes: Uint8Array): string {
  return createHmac('sha256', key).update(bytes).digest('hex');
}

function boundText(keyId: string, context: string): Buffer {
  return Buffer.from(`belay/${version}\n${keyId}\n${context}`, 'utf8');
}

function encrypt(key: Uint8Array, bytes: Uint8Array, bound: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound);
  return Buffer.concat([Uint8Array.of(version), nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, sealed: Sealed, context: string): Uint8Array {
  const { bytes, keyId } = sealed;
  if (bytes.length < shortest) throw new PortError('corrupt', `${context}: the sealed value was cut short`);
  if (bytes[0] !== version) {
    throw new PortError('corrupt', `${context}: the sealed value was altered, or a newer version of Belay wrote it`);
  }
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + nonceLength), {
    authTagLength: tagLength,
  });
  decipher.setAAD(boundText(keyId, context)).setAuthTag(bytes.subarray(-tagLength));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(1 + nonceLength, -tagLength)), decipher.final()]);
  } catch {
    throw new PortError(
      'corrupt',
      `${context}: the sealed value was altered, moved, or sealed with another key "${keyId}"`,
    );
  }
}

function throwUnknownKey(id: string): never {
  throw new PortError(
    'notFound',
    `encryption key "${id}" is not in the key ring: add it back after the current key (BELAY_ENCRYPTION_KEYS or the key file)`,
  );
}
