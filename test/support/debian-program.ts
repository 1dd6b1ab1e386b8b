import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
  /** Folder of its data, which Debian's build opens by this absolute path, if it does. */
  readonly data?: `/${string}`;
}

export interface FoundProgram {
  readonly file: string;
  /** Where to start it: there lies its data, when it is not installed. */
  readonly cwd: string;
}

/**
 * A program from the environment, the PATH, our cache, or its Debian package, fetched once. Throws when there is none: a
 * test against the real program must not pass by being skipped.
 */
export async function debianProgram(program: DebianProgram): Promise<FoundProgram> {
  const named = process.env[program.variable];
  if (named) return { file: named, cwd: tmpdir() };
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const file of folders.flatMap((folder) => program.names.map((name) => join(folder, name)))) {
    if (await exists(file)) return { file, cwd: tmpdir() };
  }
  const kept = join(cacheHome(), program.package);
  if (!(await exists(kept))) await fetchPackage(program, kept);
  return { file: join(kept, 'usr/bin', program.names[0]), cwd: program.data ? join(kept, program.data) : tmpdir() };
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
    if (program.data) await openFromHere(join(scratch, 'root/usr/bin', program.names[0]), program.data);
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

/** Nothing is installed, so what it opens by an absolute path it must find where it is started: `.///…/` is as long. */
async function openFromHere(file: string, data: string): Promise<void> {
  const text = await readFile(file, 'latin1');
  await writeFile(file, text.replaceAll(data, `.${'/'.repeat(data.length - 1)}`), 'latin1');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
