import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../lab/free-ports.ts';
import { pollUntil } from './poll.ts';

const run = promisify(execFile);

/**
 * A real Prometheus: the one in PROMETHEUS_PATH or on the PATH, else the distribution's package, unpacked once into a
 * folder outside the repository. Where it cannot be had this says so, and answers `null`.
 */
export async function findPrometheus(env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  const cache = join(env.XDG_CACHE_HOME ?? join(env.HOME ?? tmpdir(), '.cache'), 'belay', 'prometheus');
  const kept = join(cache, 'usr', 'bin', 'prometheus');
  const onPath = (env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'prometheus'));
  for (const path of [...(env.PROMETHEUS_PATH ? [env.PROMETHEUS_PATH] : []), ...onPath, kept])
    if (await exists(path)) return path;
  const why = await unpack(cache).catch((error: unknown) => String(error));
  if (why === null) return kept;
  process.stderr.write(`[prometheus] NOT TESTED against a real Prometheus: none found, and the package: ${why}\n`);
  return null;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Renamed when all is there: another process sees the whole or nothing. `null`: it is there. */
async function unpack(cache: string): Promise<null> {
  await mkdir(join(cache, '..'), { recursive: true });
  const scratch = await mkdtemp(`${cache}-`);
  try {
    await run('apt-get', ['download', 'prometheus'], { cwd: scratch, timeout: 60_000 });
    await run('sh', ['-c', 'dpkg-deb -x prometheus_*.deb unpacked'], { cwd: scratch });
    await rename(join(scratch, 'unpacked'), cache).catch(async (error: unknown) => {
      if (!(await exists(cache))) throw error;
    });
    return null;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export interface Prometheus {
  readonly url: string;
  /** It keeps what it has. */
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** Scrapes `target` five times a second. */
export async function startPrometheus(program: string, target: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-prometheus-'));
  const [port = 0] = await freePorts(1);
  await writeFile(join(folder, 'prometheus.yml'), configuration(target));
  const url = `http://127.0.0.1:${port}`;
  const state: { child: ChildProcess | null } = { child: null };
  const start = async () => {
    state.child = spawn(program, argumentsFor(folder, port), { stdio: 'ignore' });
    await pollUntil(
      'Prometheus is ready',
      () => isReady(url),
      (ready) => ready,
    );
  };
  const stop = async () => {
    const { child } = state;
    state.child = null;
    if (!child || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const remove = async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  };
  await start();
  return { url, start, stop, remove };
}

function argumentsFor(folder: string, port: number): string[] {
  return [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    // Else a value is repeated for five minutes after the last one.
    '--query.lookback-delta=2s',
  ];
}

function configuration(target: string): string {
  return `global: { scrape_interval: 200ms, scrape_timeout: 200ms }
scrape_configs:
  - { job_name: app, static_configs: [{ targets: ["${target}"] }] }
`;
}

async function isReady(url: string): Promise<boolean> {
  return await fetch(`${url}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
}
