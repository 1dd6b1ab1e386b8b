import proto from '@temporalio/proto';
import { mapLimited } from '../../src/adapters/map-limited.ts';
import type { StatusView } from '../../src/schema/status.ts';
import { pollUntil } from '../../test/support/poll.ts';
import { guardWorkflowId } from '../../workflows/messages.ts';
import { type BenchCluster, type ClusterKind, startBenchCluster } from '../support/cluster.ts';
import { openEngine } from '../support/engine.ts';
import { type BenchTemporal, startBenchTemporal } from '../support/temporal.ts';
import { type Alerting, startAlerting } from './alerting.ts';
import { type Application, deploySlowly, environment, install, pullError, requestFor } from './application.ts';
import { keepReport, percentiles } from './report.ts';

/** Guards are got ready so many at a time, and fail one after the other. */
const together = 8;

/** What tells of the trouble: a pod's status, or an alert that Alertmanager is told of. */
export type Cause = 'status' | 'alert';

interface Bench {
  readonly cluster: BenchCluster;
  readonly temporal: BenchTemporal;
  /** Makes it known that an application is in trouble. */
  readonly strike: (guard: Waiting) => Promise<unknown>;
}

/** From the moment before the trouble is made known to the moment at which the workflow has its failure. */
export async function measureLatency(kind: ClusterKind, cause: Cause, runs: number): Promise<void> {
  const [cluster, server] = await Promise.all([startBenchCluster(kind), startBenchTemporal()]);
  const engine = await openEngine({ ...cluster, temporalAddress: server.address });
  const alerting = cause === 'alert' ? await startAlerting(server) : null;
  const bench = { cluster, temporal: server, strike: strikeBy(cluster, alerting) };
  const all: number[] = [];
  try {
    await server.work(engine.activities);
    while (all.length < runs) {
      const ready = await mapLimited(freshApplications(Math.min(together, runs - all.length)), 4, (app) =>
        prepare(bench, app),
      );
      for (const guard of ready) all.push(await timeOf(bench, guard));
      process.stdout.write(`${kind},${cause},${all.slice(-ready.length).map(Math.round).join(',')}\n`);
      await Promise.all(ready.map(({ end }) => end()));
    }
    keepReport(`${cause} ${kind}`, { unit: 'ms', ...percentiles(all) });
  } finally {
    await alerting?.close();
    await server.close();
    await engine.close();
    await cluster.stop();
  }
}

let made = 0;

function freshApplications(count: number): Application[] {
  return Array.from({ length: count }, () => {
    const name = `app-${++made}`;
    return { name, namespace: name };
  });
}

function strikeBy(cluster: BenchCluster, alerting: Alerting | null): Bench['strike'] {
  if (alerting) return ({ app }) => alerting.fire({ environment, application: app.name });
  return ({ pod }) => cluster.send('PATCH', `${pod}/status`, pullError());
}

interface Waiting {
  readonly app: Application;
  /** Path of the pod that the deploy made. */
  readonly pod: string;
  status(): Promise<StatusView>;
  end(): Promise<void>;
}

/** A guard that watches a deploy which goes on. */
async function prepare({ cluster, temporal: { client } }: Bench, app: Application): Promise<Waiting> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: app.namespace } };
  await cluster.send('POST', '/api/v1/namespaces', namespace);
  await install(cluster, app);
  const request = requestFor(app);
  const start = { workflowId: guardWorkflowId(request), taskQueue: 'belay', args: [request] };
  const handle = await client.workflow.start('guardDeploy', start);
  const status = () => handle.query<StatusView>('status');
  await pollUntil('ready', status, ({ phase }) => phase === 'guarding');
  const pod = await deploySlowly(cluster, app);
  await handle.signal('deployed', { guardId: request.guardId });
  await pollUntil('watching', status, ({ phase }) => phase === 'watching');
  const { PENDING_ACTIVITY_STATE_STARTED: started } = proto.temporal.api.enums.v1.PendingActivityState;
  const watchers = async () => (await handle.describe()).raw.pendingActivities ?? [];
  await pollUntil('the watcher', watchers, (list) => list.some(({ state }) => state === started));
  // What follows it has been answered for; its end is nobody's concern.
  const end = async () => void (await handle.terminate('measured').catch(() => undefined));
  return { app, pod, status, end };
}

/** Milliseconds; both ends by this machine's clock. */
async function timeOf({ strike }: Bench, guard: Waiting): Promise<number> {
  // At any moment between two looks.
  await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1000));
  const struck = Date.now();
  await strike(guard);
  const { failure } = await pollUntil('failing', guard.status, (view) => view.failure !== null);
  if (!failure || failure.source === 'deadline') throw new Error('it failed for another reason');
  return Date.parse(failure.at) - struck;
}
