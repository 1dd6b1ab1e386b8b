/**
 * How long it takes to roll back 100 changed objects on one real API server, beside `helm rollback` and
 * `kubectl apply --server-side` of the same change in the same round. The objects are ConfigMaps: nobody waits for pods.
 * `npm run build && npx tsx bench/rollback.ts [rounds] [timeline]`: a CSV line per round; `timeline` shows each activity,
 * with the milliseconds from the report to when it was scheduled, started and ended, and the requests.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../src/sandbox/index.ts';
import type { GuardRequest } from '../src/schema/guard-spec.ts';
import type { RunResult } from '../src/schema/outcome.ts';
import type { StatusView } from '../src/schema/status.ts';
import type { RunningLab } from '../test/lab/lab.ts';
import { pollUntil } from '../test/support/poll.ts';
import { guardWorkflowId } from '../workflows/messages.ts';
import { clusterName, startBenchLab } from './support/cluster.ts';
import { openEngine } from './support/engine.ts';
import { type BenchTemporal, startBenchTemporal } from './support/temporal.ts';
import { activitiesIn, type Span } from './support/timeline.ts';
import { prepareTools, type Tools, type Version } from './support/tools.ts';

const objects = 100;

interface Site {
  readonly lab: RunningLab;
  readonly temporal: BenchTemporal;
  readonly folder: string;
}

/** Every object changes from one version to the other. */
const configMaps = (namespace: string) => (version: Version) =>
  Array.from({ length: objects }, (_, index): JsonObject => {
    const data = Object.fromEntries(
      Array.from({ length: 10 }, (_, line) => [`key-${line}`, `${version} ${index * 7919 + line}`.repeat(8)]),
    );
    const metadata = { name: `settings-${index}`, labels: { app: namespace } };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, namespace }, data };
  });

async function openNamespace({ lab, folder }: Site, namespace: string): Promise<Tools> {
  await lab
    .cluster(clusterName)
    .as('admin')
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return await prepareTools(lab, { folder, namespace, objects: configMaps(namespace) });
}

const applied = (tools: Tools, version: Version) =>
  tools.run('kubectl', 'apply', '--server-side', '-f', tools.manifests(version));

async function byKubectl(site: Site, round: number): Promise<number> {
  const tools = await openNamespace(site, `kubectl-${round}`);
  await applied(tools, 'v1');
  await applied(tools, 'v2');
  return await applied(tools, 'v1');
}

async function byHelm(site: Site, round: number): Promise<number> {
  const tools = await openNamespace(site, `helm-${round}`);
  await tools.run('helm', 'install', 'web', tools.chart('v1'));
  await tools.run('helm', 'upgrade', 'web', tools.chart('v2'));
  return await tools.run('helm', 'rollback', 'web', '1');
}

interface Rollback {
  readonly spans: readonly Span[];
  /** Milliseconds since 1970, of this machine's one clock. */
  readonly reported: number;
  readonly firstWrite: number;
  readonly verified: number;
  /** Of the engine, by what they ask for. */
  readonly requests: ReadonlyMap<string, number>;
}

async function byBelay(site: Site, round: number): Promise<Rollback> {
  const namespace = `belay-${round}`;
  const tools = await openNamespace(site, namespace);
  await applied(tools, 'v1');
  const guardId = randomUUID();
  const request: GuardRequest = {
    ...{ application: namespace, environment: 'bench', guardId, deadline: '120s', bake: '60s', haltTimeout: '1s' },
    targets: [{ cluster: clusterName, namespace, scope: { selector: `app=${namespace}` } }],
  };
  const workflowId = guardWorkflowId(request);
  const start = { workflowId, taskQueue: 'belay', args: [request] };
  const handle = await site.temporal.client.workflow.start('guardDeploy', start);
  const status = () => handle.query<StatusView>('status');
  await pollUntil('ready', status, (view) => view.phase === 'guarding');
  await applied(tools, 'v2');
  await handle.signal('deployed', { guardId });
  await pollUntil('watching', status, (view) => view.phase === 'watching');

  const reported = Date.now();
  await handle.signal('reportFailure', { source: 'command', reason: 'bench', key: randomUUID(), guardId });
  const result = (await handle.result()) as RunResult;
  if (result.outcome !== 'restored') throw new Error(`not restored: ${JSON.stringify(result)}`);
  const spans = activitiesIn((await handle.fetchHistory()).events ?? []).filter((one) => one.ended > reported);
  return { spans, reported, ...(await requestsOf(site, namespace, reported)), verified: endOf(spans, 'verifyTarget') };
}

/** From the API server's own log. */
async function requestsOf({ lab }: Site, namespace: string, since: number) {
  const audit = await lab.cluster(clusterName).audit();
  const ours = audit.filter(
    ({ user, at, objectRef }) => user === 'engine' && objectRef?.namespace === namespace && Date.parse(at) >= since,
  );
  const writes = ours.filter(({ verb, dryRun, objectRef }) => {
    return verb === 'update' && !dryRun && objectRef?.resource === 'configmaps';
  });
  if (writes.length < objects) throw new Error(`only ${writes.length} writes of ${objects}`);
  const requests = new Map<string, number>();
  for (const { verb, dryRun, objectRef } of ours) {
    const kind = `${verb} ${objectRef?.resource}${dryRun ? ' (dry run)' : ''}`;
    requests.set(kind, (requests.get(kind) ?? 0) + 1);
  }
  return { requests, firstWrite: Math.min(...writes.map(({ at }) => Date.parse(at))) };
}

const endOf = (spans: readonly Span[], activity: string) =>
  Math.max(...spans.filter((one) => one.activity === activity).map(({ ended }) => ended));

function showTimeline({ spans, reported, requests }: Rollback): void {
  const offset = (time: number) => (time - reported).toFixed(0).padStart(6);
  for (const { activity, scheduled, started, ended } of spans)
    process.stderr.write(`${[scheduled, started, ended].map(offset).join(' ')}  ${activity}\n`);
  for (const [kind, count] of requests) process.stderr.write(`${String(count).padStart(6)}  ${kind}\n`);
}

const columns = [
  'round,helm rollback ms,kubectl apply ms',
  'reported to first write ms,of that halt and quiesce ms,first write to verified ms,reported to verified ms,requests',
];

function lineOf(rollback: Rollback): string {
  const { spans, reported, firstWrite, verified, requests } = rollback;
  const quiet = endOf(spans, 'quiesce') - reported;
  const times = [firstWrite - reported, quiet, verified - firstWrite, verified - reported];
  const total = [...requests.values()].reduce((sum, count) => sum + count, 0);
  return [...times.map(Math.round), total].join(',');
}

async function run(rounds: number, show: 'csv' | 'timeline'): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-bench-'));
  const [lab, temporal] = await Promise.all([startBenchLab(), startBenchTemporal()]);
  const kubeconfig = join(folder, 'engine.yaml');
  await writeFile(kubeconfig, lab.kubeconfig('engine'), { mode: 0o600 });
  const engine = await openEngine({ kubeconfig, folder, temporalAddress: temporal.address });
  try {
    await temporal.work(engine.activities);
    const site = { lab, temporal, folder };
    process.stdout.write(`${columns.join(',')}\n`);
    for (let round = 1; round <= rounds; round += 1) {
      const [helm, kubectl] = [await byHelm(site, round), await byKubectl(site, round)];
      const rollback = await byBelay(site, round);
      process.stdout.write(`${round},${helm},${kubectl},${lineOf(rollback)}\n`);
      if (show === 'timeline') showTimeline(rollback);
    }
  } finally {
    await temporal.close();
    await engine.close();
    await lab.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

await run(Number(process.argv[2] ?? 5), process.argv[3] === 'timeline' ? 'timeline' : 'csv');
