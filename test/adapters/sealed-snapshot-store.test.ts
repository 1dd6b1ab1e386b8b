import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { parse, stringify } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { createFileObjectStore } from '../../src/adapters/file-object-store.ts';
import { createMemoryObjectStore } from '../../src/adapters/memory-object-store.ts';
import { createSealedSnapshotStore } from '../../src/adapters/sealed-snapshot-store.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import type { KubeObject } from '../../src/schema/json.ts';
import { oldRing, portErrorOf, rotatedRing } from './keys.ts';
import { configMap, onlyKey, replaceValue, setUp } from './sealed-store.ts';
import { filesBelow, temporaryFolder } from './temporary-folder.ts';

const objectFrom = (text: string) => parse(text) as KubeObject;
describe('objects', () => {
  it('come back in the order asked, exact to the digit and the order of their keys', async () => {
    const { snapshots } = setUp();
    const texts = [
      '{"kind":"A","apiVersion":"v1","metadata":{"name":"a","generation":9007199254740993},"x":1.0,"y":1e400,"z":-0}',
      '{"apiVersion":"v1","kind":"B","metadata":{"name":"b"},"spec":{"__proto__":{"deep":0.10},"isLosslessNumber":true,"ü":"\\u0000"}}',
    ];
    const ids = await snapshots.putObjects(texts.map(objectFrom));
    const found = await snapshots.readObjects([...ids].reverse());
    expect(found.map((object) => stringify(object))).toEqual([...texts].reverse());
  });

  it('come back as they went in, whatever they hold', async () => {
    const { snapshots } = setUp();
    const number = fc.oneof(
      fc.bigInt().map(String),
      fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,20})?([eE][+-]?\d{1,4})?$/),
    );
    const leaf = fc.oneof(
      number,
      fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
      fc.constantFrom('null', 'true', 'false'),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), leaf), async (fields) => {
        const body = Object.entries(fields).map(([key, text]) => `${JSON.stringify(key)}:${text}`);
        const object = objectFrom(`{"apiVersion":"v1","kind":"K","metadata":{"name":"n"},"spec":{${body.join(',')}}}`);
        const [id = ''] = await snapshots.putObjects([object]);
        const [found] = await snapshots.readObjects([id]);
        expect(stringify(found)).toBe(stringify(object));
      }),
      { numRuns: 200 },
    );
  });

  it('come back when they are large', async () => {
    const { snapshots } = setUp();
    const large = configMap('large', { text: randomBytes(400_000).toString('base64') });
    expect(await snapshots.readObjects(await snapshots.putObjects([large]))).toEqual([large]);
  });

  it('are written once: in one call, again, and by another process', async () => {
    const { snapshots, counted, writes } = setUp();
    const many = Array.from({ length: 100 }, (_, index) => configMap(`m${index % 50}`));
    const ids = await snapshots.putObjects(many);
    expect(new Set(ids).size).toBe(50);
    expect(await snapshots.putObjects(many)).toEqual(ids);
    expect(await createSealedSnapshotStore(counted, oldRing).putObjects(many)).toEqual(ids);
    expect(writes).toHaveLength(50);
    for (const key of writes) expect(key).toMatch(/^blobs\/([0-9a-f]{2})\/k-old-\1[0-9a-f]{62}$/);
  });

  it('are told apart when only their text differs', async () => {
    const { snapshots } = setUp();
    const head = '{"apiVersion":"v1","kind":"K","metadata":{"name":"n"},"x":';
    const ids = await snapshots.putObjects([objectFrom(`${head}1}`), objectFrom(`${head}1.0}`)]);
    expect(new Set(ids).size).toBe(2);
  });

  it('are looked for again after a while, since a clean-up may have deleted them', async () => {
    const { objects, counted } = setUp();
    const snapshots = createSealedSnapshotStore(counted, oldRing, { knownFor: 0 });
    const [id = ''] = await snapshots.putObjects([configMap('one')]);
    await objects.delete((await onlyKey(objects, 'blobs/')).key);
    await snapshots.putObjects([configMap('one')]);
    expect(await snapshots.readObjects([id])).toHaveLength(1);
  });

  it('are tried again after the store failed', async () => {
    const { objects } = setUp();
    let fails = true;
    const flaky: ObjectStore = {
      ...objects,
      putIfAbsent: async (key, bytes) => {
        if (!fails) return objects.putIfAbsent(key, bytes);
        throw new Error('connection lost');
      },
    };
    const snapshots = createSealedSnapshotStore(flaky, oldRing);
    await expect(snapshots.putObjects([configMap('one')])).rejects.toThrow('connection lost');
    fails = false;
    const ids = await snapshots.putObjects([configMap('one')]);
    expect(await snapshots.readObjects(ids)).toEqual([configMap('one')]);
  });

  it('are put and read with bounded parallelism', async () => {
    const objects = createMemoryObjectStore();
    let running = 0;
    let most = 0;
    const slow: ObjectStore = {
      ...objects,
      get: async (key) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        return objects.get(key);
      },
    };
    const snapshots = createSealedSnapshotStore(slow, oldRing, { parallelism: 4 });
    await snapshots.readObjects(
      await snapshots.putObjects(Array.from({ length: 30 }, (_, index) => configMap(`m${index}`))),
    );
    expect(most).toBe(4);
  });

  it('that are gone are notFound', async () => {
    const { snapshots, objects } = setUp();
    const ids = await snapshots.putObjects([configMap('one')]);
    await objects.delete((await onlyKey(objects, 'blobs/')).key);
    expect((await portErrorOf(() => snapshots.readObjects(ids))).kind).toBe('notFound');
  });

  it.each(['', 'k-old', '../../etc/passwd', `k-old-${'g'.repeat(64)}`])(
    'are not looked for under the id %j',
    async (id) => {
      expect((await portErrorOf(() => setUp().snapshots.readObjects([id]))).kind).toBe('invalid');
    },
  );
});

describe('a stored blob', () => {
  it('with any byte flipped is corrupt, for reading and for relying on it', async () => {
    const { snapshots, objects } = setUp();
    const [id = ''] = await snapshots.putObjects([configMap('one', { key: 'some value' })]);
    const { key, bytes } = await onlyKey(objects, 'blobs/');
    for (let index = 0; index < bytes.length; index++) {
      const altered = Uint8Array.from(bytes);
      altered[index] = (altered[index] ?? 0) ^ (1 << (index % 8));
      await replaceValue(objects, key, altered);
      const error = await portErrorOf(() => snapshots.readObjects([id]));
      // A flip in the first line can name a key that does not exist.
      expect(index < 'belay-sealed k-old'.length ? ['corrupt', 'notFound'] : ['corrupt'], `byte ${index}`).toContain(
        error.kind,
      );
      expect(error.message).not.toContain('some value');
    }
    const afterRestart = createSealedSnapshotStore(objects, oldRing);
    const put = () => afterRestart.putObjects([configMap('one', { key: 'some value' })]);
    expect((await portErrorOf(put)).kind).toBe('corrupt');
  });

  it('cut short anywhere is corrupt', async () => {
    const { snapshots, objects } = setUp();
    const [id = ''] = await snapshots.putObjects([configMap('one')]);
    const { key, bytes } = await onlyKey(objects, 'blobs/');
    for (let length = 0; length < bytes.length; length += 3) {
      await replaceValue(objects, key, bytes.slice(0, length));
      expect((await portErrorOf(() => snapshots.readObjects([id]))).kind, `length ${length}`).toBe('corrupt');
    }
  });

  it('swapped with another is corrupt', async () => {
    const { snapshots, objects } = setUp();
    const ids = await snapshots.putObjects([configMap('one'), configMap('two')]);
    const [first = '', second = ''] = await objects.list('blobs/');
    const [one, two] = [await objects.get(first), await objects.get(second)];
    await replaceValue(objects, first, two ?? new Uint8Array());
    await replaceValue(objects, second, one ?? new Uint8Array());
    for (const id of ids) expect((await portErrorOf(() => snapshots.readObjects([id]))).kind).toBe('corrupt');
  });

  it('of an unknown key names the key', async () => {
    const { objects, snapshots } = setUp(rotatedRing);
    const ids = await snapshots.putObjects([configMap('one')]);
    const error = await portErrorOf(() => createSealedSnapshotStore(objects, oldRing).readObjects(ids));
    expect(error.kind).toBe('notFound');
    expect(error.message).toContain('"k-new"');
  });

  it('opens after a rotation, and the same object is then sealed with the new key', async () => {
    const { objects, snapshots } = setUp();
    const [before = ''] = await snapshots.putObjects([configMap('one')]);
    const rotated = createSealedSnapshotStore(objects, rotatedRing);
    const [after = ''] = await rotated.putObjects([configMap('one')]);
    expect([before.slice(0, 6), after.slice(0, 6)]).toEqual(['k-old-', 'k-new-']);
    expect(await rotated.readObjects([before, after])).toEqual([configMap('one'), configMap('one')]);
  });
});

describe('fingerprints', () => {
  it('can be compared with one made before a rotation', () => {
    const [before, after] = [setUp().snapshots, setUp(rotatedRing).snapshots];
    const earlier = before.fingerprint('text');
    expect(after.fingerprint('text')).not.toBe(earlier);
    expect(after.fingerprint('text', earlier)).toBe(earlier);
    expect(after.fingerprint('other', earlier)).not.toBe(earlier);
  });
});

it('no planted secret is in any file or error message', async () => {
  const folder = await temporaryFolder();
  const objects = createFileObjectStore(folder);
  const snapshots = createSealedSnapshotStore(objects, oldRing);
  const canary = 'canary-5f1c9ab2-hunter2';
  const encoded = Buffer.from(canary).toString('base64');
  const secret = configMap('one', { plain: canary, base64: encoded });
  const ids = await snapshots.putObjects([secret]);
  const ref = await snapshots.putDocument('evidence', { canary, secret });
  const { key, bytes } = await onlyKey(objects, 'blobs/');
  await replaceValue(objects, key, bytes.slice(0, -1));
  const errors = [
    await portErrorOf(() => snapshots.readObjects(ids)),
    await portErrorOf(() => snapshots.readDocument('plans', ref)),
    await portErrorOf(() => snapshots.putDocument('plans', { [canary.slice(0, 0)]: [canary, 1n] })),
  ];
  const shown = [
    ...errors.map((error) => `${error.stack} ${error.cause} ${JSON.stringify(error)}`),
    ...ids,
    JSON.stringify(ref),
  ];
  const files = await filesBelow(folder);
  expect(files.size).toBe(2);
  for (const [path, content] of files) shown.push(path, content.toString('latin1'));
  for (const text of shown)
    for (const secretText of [canary, encoded, 'hunter2']) expect(text).not.toContain(secretText);
});
