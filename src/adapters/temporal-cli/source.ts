import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from './run.ts';

/** What Belay is developed on; downloads are of exactly this one. */
export const pinnedVersion = '1.9.1';

/** Older ones lack server features the engine relies on (server 1.32 comes with 1.9). */
const oldestVersion = [1, 9] as const;

export interface SourceContext {
  readonly env: NodeJS.ProcessEnv;
  /** Where a fetched binary is kept, by version. */
  readonly cachedPath: string;
  /** `linux-x64`, `darwin-arm64` …: Node's own names. */
  readonly platform: string;
  /** The Node binary that runs the SDK's download in a process of its own. */
  readonly node: string;
  /** Milliseconds for each try. */
  readonly limit: number;
}

/** One place a Temporal CLI may come from. Throws the reason when it has none. */
export interface CliSource {
  readonly name: string;
  readonly find: (context: SourceContext) => Promise<FoundCli>;
}

export interface FoundCli {
  readonly path: string;
  readonly version: string;
}

/** Asks the binary itself, so that a broken or foreign file is never taken for a CLI. */
export async function inspectCli(path: string, { env, limit }: SourceContext): Promise<FoundCli> {
  const answer = await run(path, ['--version'], { env, limit });
  const version = /^temporal version (\d+\.\d+\.\d+\S*)/m.exec(answer)?.[1];
  if (version === undefined) throw new Error(`${path} does not answer "--version" as the Temporal CLI does`);
  return { path, version };
}

export function requireRecent(found: FoundCli): FoundCli {
  const [major = 0, minor = 0] = found.version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestVersion;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return found;
  throw new Error(`${found.path} is ${found.version}; ${oldestMajor}.${oldestMinor} or newer is needed`);
}

/** Moves a fetched binary into the cache in one step: another process sees all of it or nothing. */
export async function keepInCache(fetched: string, context: SourceContext): Promise<FoundCli> {
  await chmod(fetched, 0o755);
  const found = await inspectCli(fetched, context);
  if (found.version !== pinnedVersion) throw new Error(`got version ${found.version} instead of ${pinnedVersion}`);
  await rename(fetched, context.cachedPath);
  return { ...found, path: context.cachedPath };
}

/** A folder on the cache's own file system (a rename across file systems fails), removed whatever happens. */
export async function withScratchFolder<T>(context: SourceContext, use: (folder: string) => Promise<T>): Promise<T> {
  const home = dirname(context.cachedPath);
  await mkdir(home, { recursive: true });
  const folder = await mkdtemp(join(home, '.fetch-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function defaultCachePath(env: NodeJS.ProcessEnv): string {
  const home = env.XDG_CACHE_HOME ?? (env.HOME === undefined ? tmpdir() : join(env.HOME, '.cache'));
  return join(home, 'belay', 'temporal', pinnedVersion, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
}
