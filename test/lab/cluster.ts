import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from '../../src/adapters/temporal-cli/server-process.ts';
import { pollUntil } from '../support/poll.ts';
import type { LabBinaries } from './binaries.ts';
import { createLabClient } from './client.ts';
import { failWhenEnded, startLimit, startPlane } from './control-plane.ts';
import type { Access } from './identities.ts';
import { type Kubelet, type Pace, startKubelet } from './kubelet.ts';

/** A cluster as data: it can be handed to another process, which connects to it. */
export interface ClusterDescription {
  readonly access: Access;
  readonly auditFile: string;
}

export interface RunningCluster {
  readonly description: ClusterDescription;
  /** Of the servers; they end with `stop`, and also when this process dies. */
  readonly pids: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly name: string;
  readonly binaries: LabBinaries;
  readonly apiServerFlags: readonly string[];
  readonly pace: Pace;
}

/** Ready means: the API server says so, the controllers work, and pods will run. */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const folder = await mkdtemp(join(tmpdir(), `belay-lab-${options.name}-`));
  const processes: ServerProcess[] = [];
  const kubelets: Kubelet[] = [];
  const stop = async () => {
    await Promise.all(kubelets.map((kubelet) => kubelet.stop()));
    await Promise.all(processes.map(end));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const plane = await startPlane({ ...options, folder }, processes);
    const ends = Object.entries(plane.processes).map(([program, server]) => failWhenEnded(program, server));
    await Promise.race([waitUntilServing(plane.access), ...ends]);
    kubelets.push(await startKubelet(plane.access, options.pace));
    const pids = Object.entries(plane.processes).map(([name, { pid }]) => [name, pid]);
    return {
      description: { access: plane.access, auditFile: plane.auditFile },
      pids: Object.fromEntries(pids) as Record<string, number>,
      stop,
    };
  } catch (error) {
    const logs = await Promise.all(
      ['etcd', 'kube-apiserver', 'kube-controller-manager'].map((name) => lastLines(folder, name)),
    );
    await stop();
    throw new Error(`the lab cluster ${options.name} did not start: ${String(error)}\n${logs.join('\n')}`);
  }
}

/** At once: a graceful end of an API server waits for its watchers, and nothing in a lab is to be kept. */
async function end(server: ServerProcess): Promise<void> {
  const isRunning = await Promise.race([server.ended.then(() => false), delay(0, true)]);
  if (isRunning) process.kill(server.pid, 'SIGKILL');
  await server.stop();
}

/** The service account `default` is made by the controllers, in a namespace made by the server. */
async function waitUntilServing(access: Access): Promise<void> {
  const admin = createLabClient(access, 'admin');
  const statusOf = async (path: string) => (await admin.request('GET', path).catch(() => undefined))?.status;
  try {
    for (const path of [
      '/readyz',
      '/api/v1/namespaces/kube-system',
      '/api/v1/namespaces/default/serviceaccounts/default',
    ])
      await pollUntil(
        `${access.name} to serve ${path}`,
        () => statusOf(path),
        (status) => status === 200,
        startLimit,
      );
  } finally {
    await admin.close();
  }
}

async function lastLines(folder: string, program: string): Promise<string> {
  const text = await readFile(join(folder, `${program}.log`), 'utf8').catch(() => '');
  return text
    .trimEnd()
    .split('\n')
    .slice(-5)
    .map((line) => `  ${program}: ${line}`)
    .join('\n');
}
