import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../lab/free-ports.ts';
import { debianProgram } from './debian-program.ts';
import { pollUntil } from './poll.ts';

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

export interface Alertmanager {
  /** As Prometheus posts them. */
  post(alerts: readonly Alert[]): Promise<void>;
  stop(): Promise<void>;
}

/** A real Alertmanager with this configuration, on loopback. */
export async function startAlertmanager(config: string): Promise<Alertmanager> {
  const names = ['prometheus-alertmanager', 'alertmanager'] as const;
  const { file: program, cwd } = await debianProgram({
    package: 'prometheus-alertmanager',
    names,
    variable: 'ALERTMANAGER_PATH',
    data: '/usr/share/prometheus/alertmanager',
  });
  const folder = await mkdtemp(join(tmpdir(), 'belay-alertmanager-'));
  const file = join(folder, 'alertmanager.yml');
  await writeFile(file, config);
  const [port] = await freePorts(1);
  const args = [
    `--config.file=${file}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];
  const child = spawn(program, args, { cwd });
  const said = { text: '' };
  child.stderr.on('data', (chunk) => (said.text += String(chunk)));
  const api = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${api}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await pollUntil('Alertmanager is ready, or has ended', async () => (await isReady()) || hasEnded(child), Boolean);
  if (hasEnded(child)) throw new Error(`Alertmanager ended: ${said.text}`);
  return {
    post: async (alerts) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${api}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(alerts) });
      if (!answer.ok) throw new Error(`Alertmanager: ${answer.status} ${await answer.text()}`);
    },
    stop: async () => {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
  await closed;
  clearTimeout(kill);
}
