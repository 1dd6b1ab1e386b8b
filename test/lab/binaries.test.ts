import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labBinaries } from './binaries.ts';
import { withBuildLock } from './build-lock.ts';
import { recipes } from './recipe.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-lab-cache-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A machine with this `go` and nothing kept; lines are what a build reports. */
async function machine(go: string | undefined) {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  if (go !== undefined) await writeFile(join(bin, 'go'), `#!/bin/sh\n${go}\n`, { mode: 0o755 });
  const lines: string[] = [];
  const env = { PATH: `${bin}:/bin`, XDG_CACHE_HOME: join(folder, 'cache') };
  return { lines, kept: join(folder, 'cache/belay/lab'), options: { env, report: (line: string) => lines.push(line) } };
}

/** Says its version, and "builds" a file that holds its arguments. */
const working =
  'out="$GOBIN/helm"; [ "$1" = build ] && out="$(echo "$*" | sed "s/.* -o \\([^ ]*\\) .*/\\1/")"; if [ "$1" = version ]; then echo go version go1.26.0; else echo "$GOFLAGS $*" > "$out"; fi';

describe('without Go and with nothing kept', () => {
  test('the lab is an error that names what to install, never a skipped test', async () => {
    const { options } = await machine(undefined);
    await expect(labBinaries(options)).rejects.toThrow(/there is no "go" on the PATH.*Install Go 1\.21 or newer/s);
  });

  test('programs kept from an earlier build are enough', async () => {
    const { options, kept } = await machine(undefined);
    for (const { hash } of recipes) await mkdir(join(kept, hash), { recursive: true });
    const [servers, helm] = recipes.map(({ hash }) => join(kept, hash));
    expect(await labBinaries(options)).toMatchObject({ kubectl: `${servers}/kubectl`, helm: `${helm}/helm` });
  });
});

describe('a build', () => {
  test('makes the four of a cluster from go.sum alone and Helm from its own, tells its progress, and is done once for two at a time', async () => {
    const { options, kept, lines } = await machine(working);
    const [one, two] = await Promise.all([labBinaries(options), labBinaries(options)]);
    expect(two).toEqual(one);
    expect((await readdir(kept)).sort()).toEqual(recipes.map(({ hash }) => hash).sort());
    expect(await readFile(one['kube-apiserver'], 'utf8')).toMatch(
      /^-mod=readonly build .*version\.gitVersion=v1\.37\.2 .*k8s\.io\/kubernetes\/cmd\/kube-apiserver$/m,
    );
    expect(await readFile(one.helm, 'utf8')).toMatch(/install .*helm\.sh\/helm\/v4\/cmd\/helm@v4\.\d+\.\d+$/m);
    expect(lines.filter((line) => /^building .* of 4\)$/.test(line))).toHaveLength(4);
    expect(lines).toContain('building helm (1 of 1)');
  });

  test('that fails keeps nothing and says what the compiler said', async () => {
    const { options, kept } = await machine('[ "$1" = version ] && exit 0; echo no space left >&2; exit 1');
    await expect(labBinaries(options)).rejects.toThrow('go build ended with 1: no space left');
    expect(await readdir(kept)).toEqual([]);
  });
});

test('the lock of a process that has died is taken over', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const file = join(folder, 'lock');
  await writeFile(file, String(child.pid));
  const done: string[] = [];
  await withBuildLock(
    file,
    () => undefined,
    async () => void done.push('built'),
  );
  expect(done).toEqual(['built']);
  expect(await readdir(folder)).toEqual([]);
});
