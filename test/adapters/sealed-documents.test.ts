import fc from 'fast-check';
import { parse } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { createSealedSnapshotStore } from '../../src/adapters/sealed-snapshot-store.ts';
import { portErrorOf, rotatedRing } from './keys.ts';
import { replaceValue, setUp } from './sealed-store.ts';

describe('documents', () => {
  it('come back equal, numbers as numbers, exact numbers exact', async () => {
    const { snapshots } = setUp();
    const value = {
      b: [1, 2.5, null, true],
      a: { text: 'ä"\n' },
      n: -1e21,
      none: undefined,
      exact: parse('9007199254740993'),
    };
    const ref = await snapshots.putDocument('plans', value);
    const { none: _, ...expected } = value;
    expect(await snapshots.readDocument('plans', ref)).toEqual(expected);
  });

  it('have equal refs when they are equal, whatever the order of their keys', async () => {
    const { snapshots, writes } = setUp();
    const one = await snapshots.putDocument('snapshots', { a: 1, b: { c: 2, 10: 3 } });
    const two = await snapshots.putDocument('snapshots', { b: { 10: 3, c: 2 }, a: 1 });
    expect(two).toEqual(one);
    expect(writes).toEqual([`snapshots/${one.id}`]);
    expect(one.digest).toMatch(new RegExp(`^k-old:${one.id}[0-9a-f]{32}$`));
    expect(one.bytes).toBe('{"a":1,"b":{"10":3,"c":2}}'.length);
  });

  it('come back as any JSON value went in', async () => {
    const { snapshots } = setUp();
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const ref = await snapshots.putDocument('evidence', { value });
        expect(JSON.stringify(await snapshots.readDocument('evidence', ref))).toBe(JSON.stringify(sortKeys({ value })));
      }),
    );
  });

  it.each([
    ['NaN', { a: [{ b: Number.NaN }] }, '.a[0].b'],
    ['a date', { at: new Date(0) }, '.at'],
    ['a function', { f: () => 1 }, '.f'],
    ['a big integer', { n: 1n }, '.n'],
    ['a hole', { list: [undefined] }, '.list[0]'],
  ])('are refused with %s, naming the place', async (_, value, place) => {
    const error = await portErrorOf(() => setUp().snapshots.putDocument('parts', value));
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain(place);
  });

  it('of one kind are not found as another, not even when moved there', async () => {
    const { snapshots, objects } = setUp();
    const ref = await snapshots.putDocument('plans', { a: 1 });
    expect((await portErrorOf(() => snapshots.readDocument('parts', ref))).kind).toBe('notFound');
    await objects.putIfAbsent(`parts/${ref.id}`, (await objects.get(`plans/${ref.id}`)) ?? new Uint8Array());
    expect((await portErrorOf(() => snapshots.readDocument('parts', ref))).kind).toBe('corrupt');
  });

  it('do not open with another digest', async () => {
    const { snapshots } = setUp(rotatedRing);
    const ref = await snapshots.putDocument('plans', { a: 1 });
    const digests = [
      `${ref.digest.slice(0, -1)}${ref.digest.endsWith('0') ? '1' : '0'}`,
      ref.digest.replace('k-new', 'k-old'),
      `k-new:${'0'.repeat(64)}`,
    ];
    for (const digest of digests) {
      expect((await portErrorOf(() => snapshots.readDocument('plans', { ...ref, digest }))).kind, digest).toBe(
        'corrupt',
      );
    }
    expect((await portErrorOf(() => snapshots.readDocument('plans', { ...ref, digest: 'x' }))).kind).toBe('invalid');
  });

  it('are found by their id and by a unique beginning of it', async () => {
    const { snapshots } = setUp();
    const ref = await snapshots.putDocument('snapshots', { a: 1 });
    for (const id of [ref.id, ref.id.slice(0, 6)]) expect(await snapshots.findDocument('snapshots', id)).toEqual(ref);
    expect(await snapshots.findDocument('plans', ref.id)).toBeUndefined();
    expect(await snapshots.findDocument('snapshots', '000000')).toBeUndefined();
  });

  it('are found after a rotation with the digest they were given', async () => {
    const { snapshots, objects } = setUp();
    const ref = await snapshots.putDocument('snapshots', { a: 1 });
    expect(await createSealedSnapshotStore(objects, rotatedRing).findDocument('snapshots', ref.id)).toEqual(ref);
  });

  it('are not guessed from an ambiguous, short or malformed beginning', async () => {
    const { snapshots, objects } = setUp();
    for (const end of ['00', '01', '02'])
      await objects.putIfAbsent(`snapshots/${'ab'.repeat(15)}${end}`, new Uint8Array());
    const ambiguous = await portErrorOf(() => snapshots.findDocument('snapshots', 'ababab'));
    expect([ambiguous.kind, ambiguous.message]).toEqual(['invalid', expect.stringContaining('3 ids')]);
    for (const id of ['', 'ababa', '../../store-id', 'ABCDEF', 'a'.repeat(33)]) {
      expect((await portErrorOf(() => snapshots.findDocument('snapshots', id))).kind).toBe('invalid');
    }
  });

  it('that were altered are not found but corrupt', async () => {
    const { snapshots, objects } = setUp();
    const ref = await snapshots.putDocument('snapshots', { a: 1 });
    const other = await snapshots.putDocument('snapshots', { a: 2 });
    await replaceValue(
      objects,
      `snapshots/${ref.id}`,
      (await objects.get(`snapshots/${other.id}`)) ?? new Uint8Array(),
    );
    expect((await portErrorOf(() => snapshots.findDocument('snapshots', ref.id))).kind).toBe('corrupt');
    expect((await portErrorOf(() => snapshots.putDocument('snapshots', { a: 1 }))).kind).toBe('corrupt');
  });
});

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
