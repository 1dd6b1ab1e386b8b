import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createChainedJournal } from '../../src/adapters/chained-journal.ts';
import { createFileObjectStore } from '../../src/adapters/file-object-store.ts';
import { createMemoryObjectStore } from '../../src/adapters/memory-object-store.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import type { JournalEntry } from '../../src/schema/journal.ts';
import { testJournal } from '../contract/journal.ts';
import { entryOf } from './journal-entries.ts';
import { oldRing, portErrorOf, rotatedRing } from './keys.ts';
import { temporaryFolder } from './temporary-folder.ts';

testJournal('chained', async () => {
  const store = createMemoryObjectStore();
  return () => createChainedJournal(store, oldRing);
});

const name = { environment: 'prod', application: 'shop' };
const keyOf = (sequence: number) => `journal/prod/shop/${String(sequence).padStart(12, '0')}`;

async function filledStore(records = 5): Promise<ObjectStore> {
  const store = createMemoryObjectStore();
  const journal = createChainedJournal(store, oldRing);
  for (let index = 1; index <= records; index++) await journal.append(name, entryOf(`key ${index}`));
  return store;
}

async function textOf(store: ObjectStore, sequence: number): Promise<string> {
  return Buffer.from((await store.get(keyOf(sequence))) ?? []).toString();
}

async function rewrite(store: ObjectStore, sequence: number, change: (text: string) => string | Buffer): Promise<void> {
  const before = await textOf(store, sequence);
  const after = change(before);
  expect(after).not.toBe(before);
  await store.delete(keyOf(sequence));
  await store.putIfAbsent(keyOf(sequence), Buffer.from(after));
}

const verify = (store: ObjectStore, keys = oldRing) => createChainedJournal(store, keys).verify(name);
const readError = (store: ObjectStore) => portErrorOf(() => createChainedJournal(store, oldRing).read(name));

describe('a record', () => {
  it('is a readable file whose sha256sum is its digest', async () => {
    const root = await temporaryFolder();
    const head = await createChainedJournal(createFileObjectStore(root), oldRing).append(name, entryOf('first'));
    const bytes = await readFile(join(root, keyOf(1)));
    expect(head).toEqual({ sequence: 1, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` });
    expect(bytes.toString()).toMatch(/^\{\n {2}"sequence": 1,\n {2}"event": "locked",\n.*\n\}\n$/s);
  });
});

describe('damage', () => {
  it('to any byte of a record is found, and stops reading there', async () => {
    const store = await filledStore(3);
    const whole = await textOf(store, 2);
    for (let index = 0; index < whole.length; index++) {
      const flipped = Buffer.from(whole);
      flipped[index] = (flipped[index] ?? 0) ^ (1 << (index % 7));
      await rewrite(store, 2, () => flipped);
      const findings = await verify(store);
      expect(findings, `byte ${index}`).toHaveLength(1);
      expect(findings[0]).toMatchObject({ sequence: 2 });
      await rewrite(store, 2, () => whole);
    }
    await rewrite(store, 2, () => ' ');
    const error = await readError(store);
    expect([error.kind, error.message]).toEqual(['corrupt', expect.stringContaining('record 2')]);
  }, 30_000);

  it.each<[string, (text: string) => string, string]>([
    ['a changed word', (text) => text.replace('"a reason"', '"no reason"'), 'tampered'],
    ['a second value for a name', (text) => text.replace('"who"', '"who": "mallory",\n  "who"'), 'tampered'],
    ['added spaces', (text) => `${text} `, 'tampered'],
    ['an added field', (text) => text.replace('"who"', '"extra": 1,\n  "who"'), 'unreadable'],
    ['a changed code', (text) => text.replace(/"mac": "./, '"mac": "x'), 'tampered'],
    ['an unknown key', (text) => text.replace('k-old', 'k-other'), 'unreadable'],
    ['half of it', (text) => text.slice(0, text.length / 2), 'unreadable'],
    ['nothing', () => '', 'unreadable'],
    ['another value', () => 'null\n', 'unreadable'],
  ])('by %s is named', async (_, change, kind) => {
    const store = await filledStore();
    await rewrite(store, 3, change);
    expect(await verify(store)).toMatchObject([{ kind, sequence: 3 }]);
    expect((await readError(store)).kind).toBe('corrupt');
  });

  it('of several kinds is listed in full', async () => {
    const store = await filledStore(8);
    await store.delete(keyOf(1));
    await rewrite(store, 3, (text) => text.replace('"a reason"', '"?"'));
    await store.delete(keyOf(5));
    await store.delete(keyOf(6));
    await rewrite(store, 8, () => '{');
    const findings = await verify(store);
    expect(findings.map((finding) => [finding.kind, 'sequence' in finding && finding.sequence])).toEqual([
      ['gap', 1],
      ['tampered', 3],
      ['gap', 5],
      ['gap', 6],
      ['unreadable', 8],
    ]);
  });

  it('by a deleted record is a gap', async () => {
    const store = await filledStore();
    await store.delete(keyOf(2));
    expect(await verify(store)).toEqual([{ kind: 'gap', sequence: 2 }]);
    expect((await readError(store)).message).toBe('journal prod/shop: record 2 is missing');
  });

  it('by two swapped records is found', async () => {
    const store = await filledStore();
    const [two, three] = [await textOf(store, 2), await textOf(store, 3)];
    await rewrite(store, 2, () => three);
    await rewrite(store, 3, () => two);
    expect(await verify(store)).toMatchObject([
      { kind: 'tampered', sequence: 2, reason: expect.stringContaining('record 3') },
      { kind: 'tampered', sequence: 3 },
    ]);
  });

  it('by a record of another application is found', async () => {
    const store = await filledStore(1);
    await createChainedJournal(store, oldRing).append(
      { environment: 'prod', application: 'other' },
      entryOf('key 1', 'forged'),
    );
    const forged = Buffer.from((await store.get('journal/prod/other/000000000001')) ?? []).toString();
    await rewrite(store, 1, () => forged);
    expect(await verify(store)).toMatchObject([{ kind: 'tampered', sequence: 1 }]);
  });

  it('by an older journal put in its place is seen through the known head', async () => {
    const store = await filledStore(3);
    const journal = createChainedJournal(store, oldRing);
    const head = await journal.head(name);
    await store.delete(keyOf(3));
    expect(await journal.verify(name, head)).toEqual([{ kind: 'missing tail', expected: 3, found: 2 }]);
    await createChainedJournal(store, oldRing).append(name, entryOf('something else'));
    expect(await journal.verify(name)).toEqual([]);
    expect(await journal.verify(name, head)).toMatchObject([{ kind: 'tampered', sequence: 3 }]);
  });

  it('by a genuine record put behind others than it was written after is found', async () => {
    const store = await filledStore(3);
    const third = (await store.get(keyOf(3))) ?? new Uint8Array();
    for (const sequence of [2, 3]) await store.delete(keyOf(sequence));
    await createChainedJournal(store, oldRing).append(name, entryOf('another second'));
    await store.putIfAbsent(keyOf(3), third);
    expect(await verify(store)).toMatchObject([{ kind: 'tampered', sequence: 3 }]);
  });

  it('by a forged record with a huge number is bounded', async () => {
    const store = await filledStore(1);
    await store.putIfAbsent(keyOf(999_999_999_999), Buffer.from('{}'));
    const findings = await verify(store);
    expect(findings).toHaveLength(1001);
    expect(findings.at(-1)).toMatchObject({ kind: 'unreadable', sequence: 999_999_999_999 });
  });

  it('by hopelessly deep nesting is named, and does not keep later events from being recorded', async () => {
    const store = await filledStore(2);
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    await rewrite(store, 2, (text) => text.replace('"stage": 1', `"stage": ${deep}`));
    expect(await verify(store)).toMatchObject([{ kind: 'unreadable', sequence: 2 }]);
    expect(await createChainedJournal(store, oldRing).append(name, entryOf('after'))).toMatchObject({ sequence: 3 });
  });

  it('by other files in the folder is none', async () => {
    const store = await filledStore(2);
    await store.putIfAbsent('journal/prod/shop/notes.txt', Buffer.from('hello'));
    expect(await verify(store)).toEqual([]);
    expect(await createChainedJournal(store, oldRing).head(name)).toMatchObject({ sequence: 2 });
  });

  it('does not keep later events from being recorded', async () => {
    const store = await filledStore(3);
    await rewrite(store, 3, () => 'garbage');
    const journal = createChainedJournal(store, oldRing);
    expect(await journal.append(name, entryOf('after'))).toMatchObject({ sequence: 4 });
    expect(await journal.append(name, entryOf('after that'))).toMatchObject({ sequence: 5 });
    expect(await journal.verify(name)).toMatchObject([{ kind: 'unreadable', sequence: 3 }]);
  });

  it('by a forged record does not swallow the real one with its key', async () => {
    const store = await filledStore(1);
    const forged = (await textOf(store, 1)).replace('key 1', 'outcome').replace('"sequence": 1', '"sequence": 2');
    await store.putIfAbsent(keyOf(2), Buffer.from(forged));
    expect(await createChainedJournal(store, oldRing).append(name, entryOf('outcome'))).toMatchObject({ sequence: 3 });
  });
});

describe('after a rotation', () => {
  it('old records verify, new ones carry the new key', async () => {
    const store = await filledStore(2);
    const journal = createChainedJournal(store, rotatedRing);
    await journal.append(name, entryOf('new'));
    expect((await journal.read(name)).map((record) => record.keyId)).toEqual(['k-old', 'k-old', 'k-new']);
    expect(await verify(store)).toMatchObject([
      { kind: 'unreadable', sequence: 3, reason: expect.stringContaining('k-new') },
    ]);
  });
});

describe('appending at the same time', () => {
  it('from several processes keeps every record and one chain', async () => {
    const root = await temporaryFolder();
    const script = fileURLToPath(new URL('./append-records.ts', import.meta.url));
    const append = (writer: string) =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', script, root, writer, '15']);
    await Promise.all(['a', 'b'].map(append));
    const journal = createChainedJournal(createFileObjectStore(root), oldRing);
    const keys = (await journal.read(name)).map((record) => record.key);
    expect(new Set(keys).size).toBe(31);
    expect(keys).toHaveLength(31);
    expect(await journal.verify(name)).toEqual([]);
  }, 20_000);
});

describe('an append that may or may not have been stored', () => {
  it('is answered by the record that was, when it is repeated', async () => {
    const store = createMemoryObjectStore();
    let loses = true;
    const lossy: ObjectStore = {
      ...store,
      putIfAbsent: async (key, bytes) => {
        const answer = await store.putIfAbsent(key, bytes);
        if (loses) throw new Error('answer lost');
        return answer;
      },
    };
    const journal = createChainedJournal(lossy, oldRing);
    await expect(journal.append(name, entryOf('once'))).rejects.toThrow('answer lost');
    loses = false;
    expect(await journal.append(name, entryOf('once'))).toMatchObject({ sequence: 1 });
    expect(await journal.read(name)).toHaveLength(1);
  });

  it('is unavailable when the store always has a newer record', async () => {
    const store = await filledStore(1);
    const other = (await store.get(keyOf(1))) ?? new Uint8Array();
    const busy: ObjectStore = { ...store, putIfAbsent: async () => 'present', get: async () => other };
    const error = await portErrorOf(() => createChainedJournal(busy, oldRing).append(name, entryOf('x')));
    expect(error.kind).toBe('unavailable');
  });
});

describe('a bad entry', () => {
  const canary = 'hunter2';
  const cyclic: Record<string, unknown> = { canary };
  cyclic.self = cyclic;
  it.each<[string, unknown]>([
    ['a date', { ...entryOf('x'), data: { at: new Date(), canary } }],
    ['undefined', { ...entryOf('x'), data: { a: undefined, canary } }],
    ['NaN', { ...entryOf('x'), data: { a: Number.NaN, canary } }],
    ['a big integer', { ...entryOf('x'), data: { a: 1n, canary } }],
    ['a function', { ...entryOf('x'), data: { a: () => canary } }],
    ['a cycle', { ...entryOf('x'), data: cyclic }],
    ['an extra field', { ...entryOf('x'), sequence: 7 }],
    ['an unknown event', { ...entryOf('x'), event: canary }],
    ['a bad time', { ...entryOf('x'), at: canary }],
    ['no key', { ...entryOf('x'), key: '' }],
  ])('with %s is invalid, and nothing is written or quoted', async (_, entry) => {
    const store = createMemoryObjectStore();
    const error = await portErrorOf(() => createChainedJournal(store, oldRing).append(name, entry as JournalEntry));
    expect(error.kind).toBe('invalid');
    expect(`${error.message} ${error.cause} ${JSON.stringify(error.details)}`).not.toContain(canary);
    expect(await store.list('')).toEqual([]);
  });
});
