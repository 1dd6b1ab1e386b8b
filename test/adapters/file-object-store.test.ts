import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filePortError } from '../../src/adapters/file-errors.ts';
import { createFileObjectStore } from '../../src/adapters/file-object-store.ts';
import { testObjectStore } from '../contract/object-store.ts';
import { portErrorOf } from './keys.ts';
import { filesBelow, temporaryFolder } from './temporary-folder.ts';

testObjectStore('file', async () => createFileObjectStore(join(await temporaryFolder(), 'deep', 'store')));

const bytes = (text: string) => new TextEncoder().encode(text);
const isRoot = process.getuid?.() === 0;

describe('two file stores on one folder', () => {
  it('let exactly one writer of each key win', async () => {
    const root = await temporaryFolder();
    const stores = [createFileObjectStore(root), createFileObjectStore(root)];
    const keys = Array.from({ length: 20 }, (_, index) => `race/${index}`);
    for (const key of keys) {
      const writes = Array.from({ length: 16 }, (_, index) => stores[index % 2]?.putIfAbsent(key, bytes(`${index}`)));
      const answers = await Promise.all(writes);
      expect(answers.filter((answer) => answer === 'stored')).toHaveLength(1);
      expect(await readFile(join(root, key), 'utf8')).toBe(`${answers.indexOf('stored')}`);
    }
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
  });

  it('agree on the id, also when both start at once and after a restart', async () => {
    const root = await temporaryFolder();
    const ids = await Promise.all(Array.from({ length: 12 }, () => createFileObjectStore(root).id()));
    expect(new Set([...ids, await createFileObjectStore(root).id()]).size).toBe(1);
  });
});

describe('a file store', () => {
  it('keeps folders and files from other users', async () => {
    const root = join(await temporaryFolder(), 'store');
    const store = createFileObjectStore(root);
    await store.id();
    await store.putIfAbsent('a/b/c', bytes('x'));
    for (const folder of ['', 'a', 'a/b', '.tmp']) expect((await stat(join(root, folder))).mode & 0o777).toBe(0o700);
    for (const file of ['a/b/c', 'store-id']) expect((await stat(join(root, file))).mode & 0o777).toBe(0o600);
  });

  it('that has gone is not available, and no new one is made in its place', async () => {
    const root = join(await temporaryFolder(), 'store');
    const store = createFileObjectStore(root);
    const id = await store.id();
    await store.putIfAbsent('a/b', bytes('x'));
    await rename(root, `${root}-away`);
    const asks = [
      () => store.id(),
      () => store.get('a/b'),
      () => store.list('a/'),
      () => store.putIfAbsent('a/c', bytes('y')),
    ];
    for (const ask of asks) expect(await portErrorOf(ask)).toMatchObject({ kind: 'unavailable' });
    await expect(stat(root)).rejects.toMatchObject({ code: 'ENOENT' });
    await rename(`${root}-away`, root);
    expect([await store.id(), await store.list('a/')]).toEqual([id, ['a/b']]);
  });

  it('never shows the temporary file of a writer that died, and removes it when it is old', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, '.tmp'));
    await mkdir(join(root, 'a'));
    for (const file of ['.tmp/.new.tmp', '.tmp/.old.tmp', 'a/.torn.tmp'])
      await writeFile(join(root, file), 'half a val');
    await utimes(join(root, '.tmp/.old.tmp'), 0, 0);
    const store = createFileObjectStore(root);
    expect(await store.list('')).toEqual([]);
    expect(await store.putIfAbsent('a/torn', bytes('whole'))).toBe('stored');
    expect(await store.list('')).toEqual(['a/torn']);
    expect(await readdir(join(root, '.tmp'))).toEqual(['.new.tmp']);
  });

  it('makes its folders again when somebody has cleaned up', async () => {
    const root = await temporaryFolder();
    const store = createFileObjectStore(root);
    for (const folder of ['a', '.tmp', '.']) {
      await store.putIfAbsent('a/one', bytes('x'));
      await rm(join(root, folder), { recursive: true });
      expect(await store.putIfAbsent(`a/${folder.length}`, bytes('x'))).toBe('stored');
      expect(await store.get(`a/${folder.length}`)).toBeDefined();
    }
  });

  it('names the folder when a damaged store id cannot be used', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'store-id'), '');
    const error = await portErrorOf(() => createFileObjectStore(root).id());
    expect(error.kind).toBe('corrupt');
    expect(error.message).toContain(join(root, 'store-id'));
  });

  it('keeps a value under another key when a key is also a folder', async () => {
    const store = createFileObjectStore(await temporaryFolder());
    await store.putIfAbsent('a/b', bytes('x'));
    expect((await portErrorOf(() => store.putIfAbsent('a', bytes('y')))).kind).toBe('invalid');
    expect((await portErrorOf(() => store.putIfAbsent('a/b/c', bytes('y')))).kind).toBe('invalid');
    expect(await store.get('a')).toBeUndefined();
    expect(await store.get('a/b/c')).toBeUndefined();
  });

  it('names the folder when its root is a file', async () => {
    const root = join(await temporaryFolder(), 'file');
    await writeFile(root, '');
    const error = await portErrorOf(() => createFileObjectStore(root).putIfAbsent('a', bytes('x')));
    expect([error.kind, error.message]).toEqual(['invalid', expect.stringContaining(root)]);
  });

  it.skipIf(isRoot)('says unavailable when the folder may not be written', async () => {
    const root = await temporaryFolder();
    await chmod(root, 0o500);
    const error = await portErrorOf(() => createFileObjectStore(root).putIfAbsent('a', bytes('x')));
    await chmod(root, 0o700);
    expect(error).toMatchObject({ kind: 'unavailable', details: { reason: 'EACCES' } });
  });

  it('keeps any bytes under any valid key', async () => {
    const store = createFileObjectStore(await temporaryFolder());
    const segment = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
    const key = fc
      .array(segment, { minLength: 1, maxLength: 3 })
      .map((parts) => `p/${parts.length}/${parts.join('/x-')}/v_`);
    await fc.assert(
      fc.asyncProperty(key, fc.uint8Array({ maxLength: 400 }), async (name, value) => {
        await store.delete(name);
        expect(await store.putIfAbsent(name, value)).toBe('stored');
        expect(Buffer.from((await store.get(name)) ?? [])).toEqual(Buffer.from(value));
        expect(await store.list(name)).toContain(name);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a writer killed at any moment', () => {
  it('leaves only whole values behind', async () => {
    const root = await temporaryFolder();
    const script = fileURLToPath(new URL('./put-forever.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, root], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 150));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = createFileObjectStore(root);
    const keys = await store.list('');
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect((await store.get(key))?.length).toBe(1_000_000);
  });
});

describe('system errors', () => {
  it.each(['ENOSPC', 'EACCES', 'EIO', 'EROFS', 'EDQUOT', 'EMFILE', 'EWHATEVER'])(
    '%s is unavailable, with folder and fix',
    (code) => {
      const error = filePortError(Object.assign(new Error('system'), { code }), 'store folder /data');
      expect(error).toMatchObject({ name: 'PortError', kind: 'unavailable', details: { reason: code } });
      expect((error as Error).message).toMatch(/^store folder \/data: .{10,}/);
    },
  );

  it('passes a bug on as it is', () => {
    const bug = new TypeError('x is not a function');
    expect(filePortError(bug, 'store folder /data')).toBe(bug);
  });
});

it('leaves nothing but values, the id and an empty temporary folder', async () => {
  const root = await temporaryFolder();
  const store = createFileObjectStore(root);
  await store.id();
  await Promise.all(Array.from({ length: 30 }, (_, index) => store.putIfAbsent(`v/${index % 10}`, bytes('x'))));
  expect([...(await filesBelow(root)).keys()].sort()).toEqual([
    'store-id',
    ...Array.from({ length: 10 }, (_, i) => `v/${i}`),
  ]);
});
