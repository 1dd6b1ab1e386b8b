import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from '../../src/adapters/temporal-cli/server-process.ts';
import { pollUntil } from '../support/poll.ts';
import type { LabBinaries } from './binaries.ts';
import { createLabClient } from './client.ts';
import { createStart, type Plane, startApiServer, startControllers, startLimit } from './control-plane.ts';
import type { Access } from './identities.ts';
import { type Kubelet, type Pace, startKubelet } from './kubelet.ts';

/** A cluster as data: it can be handed to another process, which connects to it. */
export type ClusterDescription = Plane;

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
  const processes = new Map<string, ServerProcess>();
  const kubelets: Kubelet[] = [];
  const stop = async () => {
    await Promise.all(kubelets.map((kubelet) => kubelet.stop()));
    await Promise.all([...processes.values()].map(end));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const start = createStart({ ...options, folder }, processes);
    const plane = await startApiServer({ ...options, folder }, start);
    const { access } = plane;
    await waitUntilServed(access, ['/readyz', '/api/v1/namespaces/kube-system'], processes);
    await startControllers(folder, access, start);
    // Made by the controllers, in a namespace made by the server.
    await waitUntilServed(access, ['/api/v1/namespaces/default/serviceaccounts/default'], processes);
    kubelets.push(await startKubelet(access, options.pace));
    const pids = [...processes].map(([program, { pid }]) => [program, pid]);
    return { description: plane, pids: Object.fromEntries(pids) as Record<string, number>, stop };
  } catch (error) {
    const logs = await Promise.all([...processes.keys()].map((program) => lastLines(folder, program)));
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

async function waitUntilServed(
  access: Access,
  paths: readonly string[],
  processes: ReadonlyMap<string, ServerProcess>,
): Promise<void> {
  const admin = createLabClient(access, 'admin');
  const ended: string[] = [];
  for (const [program, server] of processes) void server.ended.then(() => ended.push(program));
  const statusOf = async (path: string) => {
    if (ended.length > 0) throw new Error(`${ended.join(' and ')} ended`);
    return (await admin.request('GET', path).catch(() => undefined))?.status;
  };
  try {
    for (const path of paths)
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
