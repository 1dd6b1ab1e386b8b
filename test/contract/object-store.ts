import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { portErrorOf } from '../adapters/keys.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

/** What every object store must do. `make` answers an empty store. */
export function testObjectStore(name: string, make: () => Promise<ObjectStore>): void {
  describe(`${name} object store`, () => {
    it('gives back the bytes it was given', async () => {
      const store = await make();
      const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
      expect(await store.putIfAbsent('blobs/ab/k1-abc', bytes)).toBe('stored');
      expect(Buffer.compare((await store.get('blobs/ab/k1-abc')) ?? new Uint8Array(), bytes)).toBe(0);
    });

    it('keeps an empty value apart from none', async () => {
      const store = await make();
      await store.putIfAbsent('a/empty', new Uint8Array());
      expect((await store.get('a/empty'))?.length).toBe(0);
      expect(await store.get('a/none')).toBeUndefined();
      expect(await store.get('none/at/all')).toBeUndefined();
    });

    it('leaves what is there untouched', async () => {
      const store = await make();
      await store.putIfAbsent('a/one', bytesOf('first'));
      expect(await store.putIfAbsent('a/one', bytesOf('second'))).toBe('present');
      expect(textOf(await store.get('a/one'))).toBe('first');
    });

    it('is not changed through the arrays given and answered', async () => {
      const store = await make();
      const given = bytesOf('value');
      await store.putIfAbsent('a/one', given);
      given[0] = 0;
      (await store.get('a/one'))?.fill(0);
      expect(textOf(await store.get('a/one'))).toBe('value');
    });

    it('lets one of many writers of a key win, and keeps that one', async () => {
      const store = await make();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => store.putIfAbsent('race/key', bytesOf(`writer ${index}`))),
      );
      expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1);
      expect(textOf(await store.get('race/key'))).toBe(`writer ${answers.indexOf('stored')}`);
    });

    it('lists the keys that start with a prefix, sorted', async () => {
      const store = await make();
      const keys = ['b/2', 'a/10', 'a/9', 'a/b/c', 'ab/1', 'a-b/1'];
      for (const key of keys) await store.putIfAbsent(key, bytesOf(key));
      expect(await store.list('')).toEqual([...keys].sort());
      expect(await store.list('a/')).toEqual(['a/10', 'a/9', 'a/b/c']);
      expect(await store.list('a')).toEqual(['a-b/1', 'a/10', 'a/9', 'a/b/c', 'ab/1']);
      expect(await store.list('a/1')).toEqual(['a/10']);
      expect(await store.list('nothing/')).toEqual([]);
    });

    it('forgets a deleted key, and lets it be written again', async () => {
      const store = await make();
      await store.putIfAbsent('a/one', bytesOf('first'));
      await store.delete('a/one');
      await store.delete('a/one');
      expect(await store.get('a/one')).toBeUndefined();
      expect(await store.list('a/')).toEqual([]);
      expect(await store.putIfAbsent('a/one', bytesOf('second'))).toBe('stored');
    });

    it('has one id, which is not among the keys', async () => {
      const store = await make();
      const ids = await Promise.all([store.id(), store.id(), store.id()]);
      expect(new Set(ids).size).toBe(1);
      expect(ids[0]).not.toBe('');
      expect(await (await make()).id()).not.toBe(ids[0]);
      expect(await store.list('')).toEqual([]);
    });

    it.each([
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      'a/../b',
      './a',
      '.hidden',
      'A',
      'a b',
      'a\\b',
      'ä',
      'a\n',
      'a\0',
      'store-id',
      `a/${'b'.repeat(201)}`,
      'a/'.repeat(400),
    ])('refuses the key %j and changes nothing', async (key) => {
      const store = await make();
      expect((await portErrorOf(() => store.putIfAbsent(key, bytesOf('x')))).kind).toBe('invalid');
      expect((await portErrorOf(() => store.get(key))).kind).toBe('invalid');
      expect((await portErrorOf(() => store.delete(key))).kind).toBe('invalid');
      expect(await store.list('')).toEqual([]);
    });

    it.each(['../', 'a/../', '/', 'A'])('refuses the prefix %j', async (prefix) => {
      const store = await make();
      expect((await portErrorOf(() => store.list(prefix))).kind).toBe('invalid');
    });
  });
}
