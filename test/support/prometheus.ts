import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../lab/free-ports.ts';
import { debianProgram } from './debian-program.ts';
import { pollUntil } from './poll.ts';

export interface Prometheus {
  readonly url: string;
  /** It keeps what it has. */
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** A real one, that scrapes `target` five times a second. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const { file: program } = await debianProgram({
    package: 'prometheus',
    names: ['prometheus'],
    variable: 'PROMETHEUS_PATH',
  });
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
