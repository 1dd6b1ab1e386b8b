import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withBuildLock } from './build-lock.ts';
import { type GoCommand, kubernetesVersion, moduleFolder, type Program, type Recipe, recipes } from './recipe.ts';

/** Paths of the programs that make a cluster, of the kubectl of the same version, and of Helm. */
export type LabBinaries = Readonly<Record<Program, string>>;

export interface BinariesOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Gets a line per step of a build; standard error unless given. */
  readonly report?: (line: string) => void;
}

/**
 * The lab's programs, built from Go modules the first time (about 9 minutes on 2 cores) and kept outside the
 * repository by a hash of everything that goes into them. Throws when there is nothing kept and no Go to build with:
 * a test that needs a real API server must not pass by being skipped.
 */
export async function labBinaries(options: BinariesOptions = {}): Promise<LabBinaries> {
  const env = options.env ?? process.env;
  const report = options.report ?? ((line) => process.stderr.write(`[lab] ${line}\n`));
  const home = cacheHome(env);
  const paths: [Program, string][] = [];
  for (const recipe of recipes) {
    const folder = join(home, recipe.hash);
    if (!(await exists(folder))) await buildOnce({ folder, recipe, env, report });
    paths.push(...recipe.programs.map((program): [Program, string] => [program, join(folder, program)]));
  }
  return Object.fromEntries(paths) as LabBinaries;
}

function cacheHome(env: NodeJS.ProcessEnv): string {
  const caches = env.XDG_CACHE_HOME ?? (env.HOME === undefined ? tmpdir() : join(env.HOME, '.cache'));
  return join(caches, 'belay', 'lab');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

interface Build {
  readonly folder: string;
  readonly recipe: Recipe;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
}

async function buildOnce(what: Build): Promise<void> {
  const { folder, env, report } = what;
  const go = await requireGo(env);
  await mkdir(dirname(folder), { recursive: true });
  await withBuildLock(`${folder}.lock`, report, async () => {
    if (!(await exists(folder))) await build(what, go);
  });
}

/** In a folder beside the final one, renamed when all is there: another process sees all programs or none. */
async function build({ folder, recipe, env, report }: Build, go: string): Promise<void> {
  report(`building with ${go}, once: ${recipe.what}`);
  // One left by a build that was killed is started over: we hold the lock.
  const scratch = `${folder}.tmp`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch);
  try {
    for (const [index, program] of recipe.programs.entries()) {
      const start = performance.now();
      report(`building ${program} (${index + 1} of ${recipe.programs.length})`);
      await runGo(recipe.command(program, scratch), env);
      report(`built ${program} in ${((performance.now() - start) / 1000).toFixed(0)} s`);
    }
    await rename(scratch, folder);
    report(`kept in ${folder}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function requireGo(env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await runGo({ args: ['version'], env: {} }, env)).replace('go version ', '');
  } catch (error) {
    throw new Error(
      `The lab's kube-apiserver, kube-controller-manager, kubectl, etcd and Helm are built from Go modules, and "go version" failed: ${reasonOf(error)}. Install Go 1.21 or newer (https://go.dev/doc/install; it fetches the 1.26 that Kubernetes ${kubernetesVersion} needs by itself) and put it on the PATH.`,
    );
  }
}

async function runGo({ args, env: settings }: GoCommand, env: NodeJS.ProcessEnv): Promise<string> {
  const options = { cwd: moduleFolder, env: { ...env, ...settings }, stdio: 'pipe' } as const;
  const child = spawn('go', [...args], options);
  const text = { out: '', err: '' };
  child.stdin.end();
  child.stdout.on('data', (chunk) => (text.out += String(chunk)));
  child.stderr.on('data', (chunk) => (text.err += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return text.out.trim();
  throw new Error(`go ${args[0]} ended with ${code}: ${text.err.trim().split('\n').slice(-15).join('\n')}`);
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'there is no "go" on the PATH';
  return error instanceof Error ? error.message : String(error);
}
