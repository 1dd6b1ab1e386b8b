import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyRing, generateMasterKey } from '../../src/adapters/key-ring.ts';
import { newKey, oldKey, oldRing, portErrorOf, rotatedRing, testKey } from './keys.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a key ring', () => {
  it('opens what it sealed, whatever the bytes and the context', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (value, context) => {
        expect(Buffer.from(oldRing.open(oldRing.seal(value, context), context))).toEqual(Buffer.from(value));
      }),
    );
  });

  it('seals equal values differently each time', () => {
    const [one, two] = [oldRing.seal(bytes('x'), 'a'), oldRing.seal(bytes('x'), 'a')];
    expect(Buffer.from(one.bytes).equals(two.bytes)).toBe(false);
  });

  it('sees every flipped bit', async () => {
    const sealed = oldRing.seal(bytes('a value of some length'), 'blobs/one');
    for (let bit = 0; bit < sealed.bytes.length * 8; bit++) {
      const altered = Uint8Array.from(sealed.bytes);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const error = await portErrorOf(() => oldRing.open({ ...sealed, bytes: altered }, 'blobs/one'));
      expect(error.kind, `bit ${bit}`).toBe('corrupt');
    }
  });

  it('sees every truncation', async () => {
    const sealed = oldRing.seal(bytes('a value'), 'blobs/one');
    for (let length = 0; length < sealed.bytes.length; length++) {
      const cut = { ...sealed, bytes: sealed.bytes.slice(0, length) };
      expect((await portErrorOf(() => oldRing.open(cut, 'blobs/one'))).kind).toBe('corrupt');
    }
  });

  it('does not open under another context or another key', async () => {
    const sealed = rotatedRing.seal(bytes('x'), 'blobs/one');
    expect((await portErrorOf(() => rotatedRing.open(sealed, 'blobs/two'))).kind).toBe('corrupt');
    expect((await portErrorOf(() => rotatedRing.open({ ...sealed, keyId: 'k-old' }, 'blobs/one'))).kind).toBe(
      'corrupt',
    );
  });

  it('after a rotation seals with the new key and still opens with the old one', () => {
    const sealed = oldRing.seal(bytes('x'), 'c');
    expect(Buffer.from(rotatedRing.open(sealed, 'c')).toString()).toBe('x');
    expect(rotatedRing.seal(bytes('x'), 'c').keyId).toBe('k-new');
    expect(rotatedRing.fingerprint(bytes('x'), 'k-old')).toBe(oldRing.fingerprint(bytes('x')));
    expect(rotatedRing.mac('x', 'k-old')).toBe(oldRing.mac('x'));
  });

  it('names an unknown key and the fix', async () => {
    const sealed = rotatedRing.seal(bytes('x'), 'c');
    for (const use of [
      () => oldRing.open(sealed, 'c'),
      () => oldRing.mac('x', 'k-new'),
      () => oldRing.fingerprint(bytes('x'), 'k-new'),
    ]) {
      const error = await portErrorOf(use);
      expect(error.kind).toBe('notFound');
      expect(error.message).toContain('"k-new"');
      expect(error.message).toContain('BELAY_ENCRYPTION_KEYS');
    }
  });

  it('uses unrelated keys for its purposes, and for other master keys', () => {
    const answers = [
      oldRing.mac('x'),
      oldRing.fingerprint(bytes('x')),
      rotatedRing.mac('x'),
      rotatedRing.fingerprint(bytes('x')),
    ];
    expect(new Set(answers).size).toBe(4);
    for (const answer of answers) expect(answer).toMatch(/^[0-9a-f]{64}$/);
  });

  it('never changes its derivation: stores written long ago depend on it', () => {
    expect(oldRing.fingerprint(bytes('belay'))).toBe(
      'a98aa20fdbaa6803e5f1539e39b1893245fe158dd5ad508cbf7f8e2a7d9d20ae',
    );
    expect(oldRing.mac('belay')).toBe('81c2be9550a190c7924e85092ab34c001f27dcfce2aa544fa6f405dd920b18d9');
    const sealed = Buffer.from('01335067a96d1cd5074acd18a7031b5e8b1a6df0d73924e525ec8172b45a471011d7', 'hex');
    expect(Buffer.from(oldRing.open({ keyId: 'k-old', bytes: sealed }, 'blobs/one')).toString()).toBe('belay');
  });

  it.each([
    ['no key', []],
    ['a short key', [{ id: 'k1', bytes: new Uint8Array(31) }]],
    ['an id twice', [oldKey, testKey(oldKey.id, 9)]],
    ['an id with a colon', [testKey('a:b', 1)]],
    ['an id with upper case', [testKey('K1', 1)]],
  ])('refuses %s', async (_, keys) => {
    expect((await portErrorOf(() => createKeyRing(keys))).kind).toBe('invalid');
  });

  it('shows no key material when printed', () => {
    const shown = JSON.stringify(rotatedRing) + String(Object.entries(rotatedRing));
    expect(shown).not.toContain(Buffer.from(newKey.bytes).toString('base64').slice(0, 12));
  });
});

it('a generated key has an id derived from it', () => {
  const key = generateMasterKey();
  expect(key.id).toMatch(/^k[0-9a-f]{8}$/);
  expect(key.bytes).toHaveLength(32);
  expect(generateMasterKey().id).not.toBe(key.id);
});
