import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { mapLimited } from '../../src/adapters/map-limited.ts';
import { type SandboxCluster, startSandbox } from '../../src/sandbox/index.ts';
import type { RunResult } from '../../src/schema/outcome.ts';
import type { StatusView } from '../../src/schema/status.ts';
import { guardWorkflowId } from '../../workflows/messages.ts';
import { clusterName } from '../support/cluster.ts';
import { startBenchTemporal } from '../support/temporal.ts';
import { type Application, install, requestFor } from './application.ts';
import { keepReport, round } from './report.ts';
import { type MeasuredWorker, startWorker } from './worker.ts';

const perNamespace = 20;
/** Seconds that everybody watches and nothing happens. */
const quiet = 30;
const reported = 5;

interface Bench {
  readonly cluster: Parameters<typeof install>[0];
  readonly sandbox: SandboxCluster;
  readonly client: Awaited<ReturnType<typeof startBenchTemporal>>['client'];
  readonly worker: MeasuredWorker;
}

interface Wanted {
  readonly count: number;
  /** No guard is started any more after so long: what is there is measured. */
  readonly minutes: number;
}

interface Guarded {
  readonly app: Application;
  readonly guardId: string;
  readonly handle: WorkflowHandle;
}

/** All of them on one worker, over one sandbox cluster that shares this process, not the worker's. */
export async function measureGuards(count: number, minutes: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-bench-'));
  const [server, sandbox] = await Promise.all([startBenchTemporal(), startSandbox({ clusters: [clusterName] })]);
  await writeFile(join(folder, 'kubeconfig.yaml'), sandbox.kubeconfig('engine'), { mode: 0o600 });
  const limits = { qps: 1000, burst: 1000, parallelism: 32 };
  const clusters = { [clusterName]: { kubeconfig: './kubeconfig.yaml', context: clusterName, ...limits } };
  await writeFile(join(folder, 'belay.yaml'), JSON.stringify({ temporal: { address: server.address }, clusters }));
  const worker = await startWorker(folder);
  try {
    const bench = {
      cluster: reach(sandbox.cluster(clusterName), folder),
      sandbox: sandbox.cluster(clusterName),
      worker,
      client: server.client,
    };
    keepReport('many guards', await compare(bench, { count, minutes }));
  } finally {
    await worker.stop();
    await server.close();
    await sandbox.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare(bench: Bench, { count, minutes }: Wanted) {
  const [first, ...others] = await installAll(bench, count + reported + 1);
  if (!first) throw new Error('no application');
  await rollBack(bench, await guard(bench, first));
  const alone = [];
  for (const app of others.splice(0, reported)) alone.push(await rollBack(bench, await guard(bench, app)));
  const before = await bench.worker.memory();
  const started = performance.now();
  const isTime = () => performance.now() - started < minutes * 60_000;
  const guards = await mapLimited(others, 12, async (app) => (isTime() ? [await guard(bench, app)] : []));
  const guarded = guards.flat();
  const took = (performance.now() - started) / 1000;
  process.stdout.write(`${guarded.length} guards watch after ${round(took)} s\n`);
  const after = await bench.worker.memory();
  const cost = await costOfWatching(bench);
  const among = [];
  for (const one of guarded.slice(0, reported)) among.push(await rollBack(bench, one));
  const each = (bytes: number) => round(bytes / 1024 / guarded.length);
  return {
    guards: guarded.length,
    namespaces: Math.ceil(guarded.length / perNamespace),
    memoryPerGuard: { unit: 'KiB', rss: each(after.rss - before.rss), heap: each(after.heapUsed - before.heapUsed) },
    worker: { unit: 'MiB', rss: round(after.rss / 2 ** 20), heap: round(after.heapUsed / 2 ** 20) },
    ...cost,
    reportedToRestored: { unit: 'ms', alone: alone.map(Math.round), amongAll: among.map(Math.round) },
  };
}

/** What the worker does while nothing happens. */
async function costOfWatching({ worker, sandbox }: Bench) {
  const [processor, asked] = [await worker.processor(), sandbox.audit().length];
  await new Promise((resolve) => setTimeout(resolve, quiet * 1000));
  return {
    processorPercent: round(((await worker.processor()) - processor) / quiet / 10),
    requestsPerSecond: round((sandbox.audit().length - asked) / quiet),
    watches: sandbox.watches.paths().length,
    sockets: await worker.sockets(),
  };
}

async function installAll({ cluster }: Bench, count: number): Promise<Application[]> {
  const apps = Array.from({ length: count }, (_, index) => {
    return { name: `app-${index}`, namespace: `team-${Math.floor(index / perNamespace)}` };
  });
  for (const namespace of new Set(apps.map((app) => app.namespace))) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await cluster.send('POST', '/api/v1/namespaces', body);
  }
  await mapLimited(apps, 16, (app) => install(cluster, app));
  process.stdout.write(`${count} applications run\n`);
  return apps;
}

/** Deployed, healthy and watched for as long as the bench lasts. */
async function guard({ client }: Bench, app: Application): Promise<Guarded> {
  const request = requestFor(app);
  const start = { workflowId: guardWorkflowId(request), taskQueue: 'belay', args: [request] };
  const handle = await client.workflow.start('guardDeploy', start);
  await until(handle, ({ phase }) => phase === 'guarding');
  await handle.signal('deployed', { guardId: request.guardId });
  const isHealthy = ({ targets }: StatusView) => targets.every(({ verdict }) => verdict === 'healthy');
  await until(handle, (view) => view.phase === 'watching' && isHealthy(view));
  return { app, guardId: request.guardId, handle };
}

/** Asks seldom, and again when nobody had time to answer: it is not the questions that are measured. */
async function until(handle: WorkflowHandle, test: (view: StatusView) => boolean): Promise<void> {
  for (let tries = 0; tries < 900; tries += 1) {
    const view = await handle.query<StatusView>('status').catch(() => undefined);
    if (view && test(view)) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(`${handle.workflowId} is not there yet`);
}

/** Milliseconds from a reported failure to the end of its run. */
async function rollBack({ cluster }: Bench, { app, guardId, handle }: Guarded): Promise<number> {
  const path = `/api/v1/namespaces/${app.namespace}/configmaps/${app.name}`;
  await cluster.send('PATCH', path, { data: { mode: 'wild' } });
  const start = performance.now();
  await handle.signal('reportFailure', { source: 'command', reason: 'bench', key: randomUUID(), guardId });
  const result = (await handle.result()) as RunResult;
  if (result.outcome !== 'restored') throw new Error(`not restored: ${JSON.stringify(result)}`);
  return performance.now() - start;
}

function reach(sandbox: SandboxCluster, folder: string): Bench['cluster'] {
  return {
    folder,
    kubeconfig: join(folder, 'kubeconfig.yaml'),
    send: async (method, path, body) => {
      const answer = await sandbox.request(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
      return answer.body;
    },
    stop: async () => undefined,
  };
}
