import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface DebianProgram {
  /** Debian's package; unpacked, not installed. */
  readonly package: string;
  /** Names it may have on the PATH; Debian's comes first. */
  readonly names: readonly [string, ...string[]];
  /** Environment variable that may hold its path. */
  readonly variable: string;
}

/**
 * A program from the environment, the PATH, our cache, or its Debian package, fetched once. Throws when there is none: a
 * test against the real program must not pass by being skipped.
 */
export async function debianProgram(program: DebianProgram): Promise<string> {
  const named = process.env[program.variable];
  if (named) return named;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const kept = join(cacheHome(), program.package);
  const places = [
    ...folders.flatMap((folder) => program.names.map((name) => join(folder, name))),
    pathIn(kept, program),
  ];
  for (const place of places) if (await exists(place)) return place;
  await fetchPackage(program, kept);
  return pathIn(kept, program);
}

function pathIn(folder: string, { names }: DebianProgram): string {
  return join(folder, 'usr/bin', names[0]);
}

function cacheHome(): string {
  const caches = process.env.XDG_CACHE_HOME ?? (process.env.HOME ? join(process.env.HOME, '.cache') : tmpdir());
  return join(caches, 'belay', 'debian');
}

/** In a folder beside the final one, renamed when all is there: of two at once one wins, with the same content. */
async function fetchPackage(program: DebianProgram, kept: string): Promise<void> {
  await mkdir(cacheHome(), { recursive: true });
  const scratch = await mkdtemp(`${kept}.`);
  try {
    await run('apt-get', ['download', program.package], { cwd: scratch, timeout: 120_000 });
    const file = (await readdir(scratch)).find((name) => name.endsWith('.deb')) ?? '';
    await run('dpkg-deb', ['-x', file, 'root'], { cwd: scratch });
    await rename(join(scratch, 'root'), kept).catch(async (error: unknown) => {
      if (!(await exists(kept))) throw error;
    });
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error);
    const way = `put it on the PATH, name it in ${program.variable}, or let "apt-get download ${program.package}" work`;
    throw new Error(`There is no ${program.names.join(' or ')}, and it could not be fetched (${why}): ${way}.`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
