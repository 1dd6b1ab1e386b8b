import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadKeyRing } from '../../src/adapters/load-key-ring.ts';
import { portErrorOf } from './keys.ts';
import { temporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./create-key-file.ts', import.meta.url));
const one = Buffer.alloc(32, 0xa7).toString('base64');
const two = Buffer.alloc(32, 0xb9).toString('base64');

describe('keys from the environment', () => {
  it('come before the key file, which is not created', async () => {
    const folder = await temporaryFolder();
    const ring = await loadKeyRing({
      env: { BELAY_ENCRYPTION_KEYS: `new:${two}, old:${one}` },
      keyFile: join(folder, 'keys'),
    });
    expect(ring.currentKeyId).toBe('new');
    expect(ring.mac('x', 'old')).not.toBe(ring.mac('x'));
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['only commas', ' , '],
    ['a key without id', one],
    ['a short key', `k1:${one.slice(0, 20)}`],
    ['a long key', `k1:${one.slice(0, -1)}AAAA=`],
    ['no base64', `k1:${'*'.repeat(43)}=`],
    ['an id twice', `k1:${one},k1:${two}`],
    ['a key where the id belongs', `${one}:${two}`],
    ['a bad second key', `k1:${one},${two}`],
  ])('are refused when they hold %s, naming variable and fix and no key', async (_, value) => {
    const source = { env: { BELAY_ENCRYPTION_KEYS: value }, keyFile: '/nonexistent/keys' };
    const error = await portErrorOf(() => loadKeyRing(source));
    expect(error.kind).toBe('invalid');
    expect(error.message).toMatch(/^BELAY_ENCRYPTION_KEYS.{20,}/);
    for (const key of [one, two]) expect(`${error.stack}${error.cause}`).not.toContain(key.slice(0, 12));
  });
});

describe('the key file', () => {
  it('is created for this user only, and used from then on', async () => {
    const keyFile = join(await temporaryFolder(), 'belay', 'keys');
    const first = await loadKeyRing({ env: {}, keyFile });
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    expect(first.currentKeyId).toMatch(/^k[0-9a-f]{8}$/);
    const second = await loadKeyRing({ env: {}, keyFile });
    expect([second.currentKeyId, second.mac('x')]).toEqual([first.currentKeyId, first.mac('x')]);
    expect(await readdir(join(keyFile, '..'))).toEqual(['keys']);
  });

  it('may be edited to rotate: the first line is current', async () => {
    const keyFile = join(await temporaryFolder(), 'keys');
    const before = await loadKeyRing({ env: {}, keyFile });
    await writeFile(keyFile, `# rotated\nnew:${two}\n\n${await readFile(keyFile, 'utf8')}`);
    const after = await loadKeyRing({ env: {}, keyFile });
    expect(after.currentKeyId).toBe('new');
    expect(after.mac('x', before.currentKeyId)).toBe(before.mac('x'));
  });

  it.each(['640', '604', '660', '644', '610'])('is refused with mode %s, naming the command to run', async (mode) => {
    const keyFile = join(await temporaryFolder(), 'keys');
    await writeFile(keyFile, `k1:${one}\n`);
    await chmod(keyFile, Number.parseInt(mode, 8));
    const error = await portErrorOf(() => loadKeyRing({ env: {}, keyFile }));
    expect(error.kind).toBe('denied');
    expect(error.message).toContain(`chmod 600 ${keyFile}`);
  });

  it.each([
    ['empty', ''],
    ['malformed', `${one}\n`],
  ])('is refused when it is %s, naming the file and no key', async (_, text) => {
    const keyFile = join(await temporaryFolder(), 'keys');
    await writeFile(keyFile, text, { mode: 0o600 });
    const error = await portErrorOf(() => loadKeyRing({ env: {}, keyFile }));
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain(keyFile);
    expect(error.message).not.toContain(one.slice(0, 12));
    expect(await readFile(keyFile, 'utf8')).toBe(text);
  });

  it('that is a folder is an error that names it', async () => {
    const keyFile = join(await temporaryFolder(), 'keys');
    await mkdir(keyFile, { mode: 0o700 });
    expect((await portErrorOf(() => loadKeyRing({ env: {}, keyFile }))).message).toContain(keyFile);
  });

  it('is the same for processes that create it at once', async () => {
    const keyFile = join(await temporaryFolder(), 'keys');
    const start = () => run(process.execPath, ['--import', 'tsx', script, keyFile]);
    const outputs = (await Promise.all([start(), start(), start()])).map(({ stdout }) => stdout);
    expect(outputs[0]).toMatch(/^k[0-9a-f]{8} [0-9a-f]{64}$/);
    expect(new Set(outputs).size).toBe(1);
  });

  it('is the same for many loads at once in one process', async () => {
    const keyFile = join(await temporaryFolder(), 'keys');
    const rings = await Promise.all(Array.from({ length: 20 }, () => loadKeyRing({ env: {}, keyFile })));
    expect(new Set(rings.map((ring) => ring.mac('x'))).size).toBe(1);
  });
});
