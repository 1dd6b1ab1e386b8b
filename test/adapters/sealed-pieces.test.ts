import { beforeEach, describe, expect, it } from 'vitest';
import { createSealedSnapshotStore } from '../../src/adapters/sealed-snapshot-store.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import type { Ref } from '../../src/schema/outcome.ts';
import { oldRing, portErrorOf, rotatedRing } from './keys.ts';
import { randomMembers } from './random-members.ts';
import { replaceValue, setUp } from './sealed-store.ts';

const document = (members: readonly unknown[]) => ({ members, time: '2026-01-01T00:00:00Z' });

describe('a long document', () => {
  it('comes back equal, by its reference and by its id, also after a rotation', async () => {
    const { snapshots, objects } = setUp();
    const value = document(randomMembers(300));
    const ref = await snapshots.putDocument('parts', value);
    for (const reader of [snapshots, createSealedSnapshotStore(objects, rotatedRing)]) {
      expect(await reader.readDocument('parts', ref)).toEqual(value);
      expect(await reader.findDocument('parts', ref.id)).toEqual(ref);
    }
  });

  it('shares nearly all that it has in common with an earlier one', async () => {
    const shares = await Promise.all(Array.from({ length: 10 }, shareAddedByTenChanges));
    for (const share of shares) expect(share).toBeGreaterThan(0);
    // Where borders fall is chance: of one text, 10 changes in 1000 members may touch half of the pieces.
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeLessThan(1 / 3);
  });

  it('is written again for another key, not in pieces that the old one sealed', async () => {
    const { objects, counted, writes, snapshots } = setUp();
    const value = document(randomMembers(300));
    await snapshots.putDocument('parts', value);
    const ref = await createSealedSnapshotStore(counted, rotatedRing).putDocument('parts', value);
    const [before, after] = [writes.filter(isOf('k-old')), writes.filter(isOf('k-new'))];
    expect(after).toHaveLength(before.length);
    for (const key of before) await objects.delete(key);
    expect(await createSealedSnapshotStore(objects, rotatedRing).readDocument('parts', ref)).toEqual(value);
  });

  it('is named in the store only when all its pieces are in it', async () => {
    const { objects } = setUp();
    let left = 5;
    const full: ObjectStore = {
      ...objects,
      putIfAbsent: async (key, bytes) => {
        if (left-- > 0) return await objects.putIfAbsent(key, bytes);
        throw new Error('disk full');
      },
    };
    const value = document(randomMembers(300));
    const snapshots = createSealedSnapshotStore(full, oldRing);
    await expect(snapshots.putDocument('parts', value)).rejects.toThrow('disk full');
    expect(await objects.list('parts/')).toEqual([]);
    left = Number.POSITIVE_INFINITY;
    expect(await snapshots.readDocument('parts', await snapshots.putDocument('parts', value))).toEqual(value);
  });
});

/** Bytes that a document with 10 of 1000 members changed adds, for one byte of the document before. */
async function shareAddedByTenChanges(): Promise<number> {
  const { snapshots, objects, writes } = setUp();
  const members = randomMembers(1000);
  await snapshots.putDocument('parts', document(members));
  const before = await bytesIn(objects, writes);
  const seen = writes.length;
  const changed = members.map((member, index) => (index % 100 === 50 ? randomMembers(1)[0] : member));
  await snapshots.putDocument('parts', document(changed));
  return (await bytesIn(objects, writes.slice(seen))) / before;
}

const isOf = (key: string) => (name: string) => name.includes(`/${key}-`);

async function bytesIn(store: ObjectStore, keys: readonly string[]): Promise<number> {
  const values = await Promise.all(keys.map((key) => store.get(key)));
  return values.reduce((sum, value) => sum + (value?.byteLength ?? 0), 0);
}

describe('a piece of a document', () => {
  let stored: ReturnType<typeof setUp>;
  let ref: Ref;
  const value = document(randomMembers(300));

  beforeEach(async () => {
    stored = setUp();
    ref = await stored.snapshots.putDocument('parts', value);
  });

  /** Every piece in turn is damaged, by a reader that has seen none of them. */
  async function kindsAfter(damage: (key: string, bytes: Uint8Array) => Promise<void>): Promise<Set<string>> {
    const { objects } = stored;
    const kinds = new Set<string>();
    const pieces = await objects.list('blobs/');
    expect(pieces.length).toBeGreaterThan(5);
    for (const key of pieces) {
      const bytes = (await objects.get(key)) ?? new Uint8Array();
      await damage(key, bytes);
      const fresh = createSealedSnapshotStore(objects, oldRing);
      for (const use of [
        () => fresh.readDocument('parts', ref),
        () => fresh.findDocument('parts', ref.id),
        () => fresh.putDocument('parts', value),
      ])
        kinds.add((await portErrorOf(use)).kind);
      await replaceValue(objects, key, bytes);
    }
    return kinds;
  }

  it('that is gone makes it notFound', async () => {
    expect(await kindsAfter((key) => stored.objects.delete(key))).toEqual(new Set(['notFound']));
  });

  it('that is cut short makes it corrupt', async () => {
    const cut = (key: string, bytes: Uint8Array) => replaceValue(stored.objects, key, bytes.slice(0, -1));
    expect(await kindsAfter(cut)).toEqual(new Set(['corrupt']));
  });

  it('with a bit flipped makes it corrupt', async () => {
    const flip = (key: string, bytes: Uint8Array) => {
      const at = bytes.length >> 1;
      return replaceValue(stored.objects, key, bytes.with(at, (bytes[at] ?? 0) ^ 1));
    };
    expect(await kindsAfter(flip)).toEqual(new Set(['corrupt']));
  });

  it("in place of which another document's is put makes it corrupt", async () => {
    const other = setUp();
    await other.snapshots.putDocument('parts', document(randomMembers(300)));
    const [foreign = ''] = await other.objects.list('blobs/');
    const bytes = (await other.objects.get(foreign)) ?? new Uint8Array();
    expect(await kindsAfter((key) => replaceValue(stored.objects, key, bytes))).toEqual(new Set(['corrupt']));
  });

  it('is listed in a file that cannot be put in place of another', async () => {
    const other = await stored.snapshots.putDocument('parts', document(randomMembers(300)));
    const list = (await stored.objects.get(`parts/${other.id}`)) ?? new Uint8Array();
    await replaceValue(stored.objects, `parts/${ref.id}`, list);
    expect((await portErrorOf(() => stored.snapshots.readDocument('parts', ref))).kind).toBe('corrupt');
  });
});
