import { describe, expect, it } from 'vitest';
import type { Journal } from '../../src/ports/journal.ts';
import { entryOf } from '../adapters/journal-entries.ts';
import { portErrorOf } from '../adapters/keys.ts';

const shop = { environment: 'prod', application: 'shop' };

/** What every journal must do. `make` answers a function that opens the same, at first empty, journal as another process would. */
export function testJournal(name: string, make: () => Promise<() => Journal>): void {
  describe(`${name} journal`, () => {
    it('is empty at first', async () => {
      const journal = (await make())();
      expect(await journal.read(shop)).toEqual([]);
      expect(await journal.head(shop)).toBeUndefined();
      expect(await journal.verify(shop)).toEqual([]);
    });

    it('gives back every record in order, each naming the one before', async () => {
      const open = await make();
      const journal = open();
      const heads = [];
      for (const key of ['one', 'two', 'three']) heads.push(await journal.append(shop, entryOf(key)));
      const records = await open().read(shop);
      expect(records).toMatchObject(['one', 'two', 'three'].map((key) => entryOf(key)));
      expect(records.map((record) => record.sequence)).toEqual([1, 2, 3]);
      expect(records.map((record) => record.previous)).toEqual([null, heads[0]?.digest, heads[1]?.digest]);
      expect(await open().head(shop)).toEqual(heads[2]);
      expect(await open().verify(shop, heads[2])).toEqual([]);
    });

    it('answers a repeated key with the first record, also after a restart', async () => {
      const open = await make();
      const journal = open();
      const first = await journal.append(shop, entryOf('one', 'first'));
      await journal.append(shop, entryOf('two'));
      expect(await journal.append(shop, entryOf('one', 'second'))).toEqual(first);
      expect(await open().append(shop, entryOf('one', 'third'))).toEqual(first);
      expect((await journal.read(shop)).map((record) => record.why)).toEqual(['first', 'a reason']);
    });

    it('keeps every record of parallel writers, and one of those with the same key', async () => {
      const open = await make();
      const journals = [open(), open(), open()];
      const entries = Array.from({ length: 60 }, (_, index) => entryOf(`key ${index % 45}`));
      const heads = await Promise.all(entries.map((entry, index) => journals[index % 3]?.append(shop, entry)));
      const records = await open().read(shop);
      expect(new Set(records.map((record) => record.key)).size).toBe(45);
      expect(records).toHaveLength(45);
      for (let index = 0; index < 15; index++) expect(heads[index + 45]).toEqual(heads[index]);
    });

    it('keeps applications and environments apart', async () => {
      const journal = (await make())();
      const names = [shop, { ...shop, environment: 'test' }, { ...shop, application: 'shop-2' }];
      for (const one of names) expect(await journal.append(one, entryOf('same'))).toMatchObject({ sequence: 1 });
      for (const one of names) expect(await journal.read(one)).toHaveLength(1);
    });

    it('knows which journals there are', async () => {
      const open = await make();
      expect(await open().names()).toEqual([]);
      const names = [shop, { ...shop, application: 'shop-2' }, { ...shop, environment: 'test' }];
      for (const one of names.toReversed()) await open().append(one, entryOf('same'));
      expect(await open().names()).toEqual(names);
    });

    it('sees that records known from elsewhere are missing', async () => {
      const journal = (await make())();
      const expected = { sequence: 3, digest: 'sha256:x' };
      expect(await journal.verify(shop, expected)).toEqual([{ kind: 'missing tail', expected: 3, found: 0 }]);
    });

    it.each(['', '..', 'a/b', 'A', 'a b'])('refuses the name %j', async (part) => {
      const journal = (await make())();
      for (const bad of [
        { ...shop, environment: part },
        { ...shop, application: part },
      ]) {
        expect((await portErrorOf(() => journal.append(bad, entryOf('x')))).kind).toBe('invalid');
        expect((await portErrorOf(() => journal.read(bad))).kind).toBe('invalid');
      }
    });
  });
}
