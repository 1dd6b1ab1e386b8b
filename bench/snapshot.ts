/**
 * How long a snapshot of 1000 objects takes, double collect included, and how much of it is stored again when 1 % has
 * changed. `npx tsx bench/snapshot.ts [rounds] [sandbox | lab]`; one CSV line per round, each with a cluster of its own.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { mapLimited } from '../src/adapters/map-limited.ts';
import type { Activities, SnapshotPart } from '../src/schema/activities.ts';
import { type BenchCluster, type ClusterKind, clusterName, startBenchCluster } from './support/cluster.ts';
import { openEngine } from './support/engine.ts';

const objects = 1000;
const changed = objects / 100;
const namespace = 'bench';

interface Bench {
  readonly cluster: BenchCluster;
  readonly stored: () => number;
  snapshot(): Promise<SnapshotPart>;
  close(): Promise<void>;
}

async function openBench(kind: ClusterKind): Promise<Bench> {
  const cluster = await startBenchCluster(kind);
  const engine = await openEngine(cluster);
  return {
    cluster,
    stored: engine.stored,
    snapshot: await snapshotter(engine.activities),
    close: async () => {
      await engine.close();
      await cluster.stop();
    },
  };
}

/** One snapshot as a guard takes it: read twice, then sealed. */
async function snapshotter(activities: Activities): Promise<Bench['snapshot']> {
  const environment = new MockActivityEnvironment({ startToCloseTimeoutMs: 60_000 });
  const run = <I, O>(activity: (input: I) => Promise<O>, input: I) => environment.run(activity, input) as Promise<O>;
  const scope = { selector: 'app=bench' };
  const request = {
    application: 'bench',
    environment: 'bench',
    guardId: 'bench',
    targets: [{ cluster: clusterName, namespace, scope }],
  };
  const about = { kind: 'guard', workflowId: 'bench', firstRunId: 'bench', request } as const;
  const accepted = await run(activities.resolveRequest, about);
  const target = accepted.kind === 'accepted' ? accepted.request.targets[0] : undefined;
  if (accepted.kind !== 'accepted' || !target) throw new Error('the request was not accepted');
  const input = {
    run: accepted.run,
    request: accepted.request,
    target,
    alsoMembersOf: null,
    purpose: 'baseline',
  } as const;
  return async () => {
    const first = await run(activities.takeSnapshot, input);
    const second = await run(activities.takeSnapshot, input);
    if (first.versions !== second.versions) throw new Error('the cluster did not stand still');
    await run(activities.sealSnapshot, { run: accepted.run, request: accepted.request, parts: [second] });
    return second;
  };
}

async function write(cluster: BenchCluster, method: 'POST' | 'PUT', index: number, round: number): Promise<void> {
  const name = `settings-${index}`;
  const path = `/api/v1/namespaces/${namespace}/configmaps${method === 'PUT' ? `/${name}` : ''}`;
  // About 1.6 KB that does not compress to nothing, as people's settings do not.
  const data = Object.fromEntries(
    Array.from({ length: 20 }, (_, line) => [`key-${line}`, `${index * 7919 + line * 104_729 + round}`.repeat(10)]),
  );
  const metadata = { name, namespace, labels: { app: 'bench' } };
  await cluster.send(method, path, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
}

const timed = async (bench: Bench) => {
  const [start, spent, before] = [performance.now(), process.cpuUsage(), bench.stored()];
  const part = await bench.snapshot();
  const { user, system } = process.cpuUsage(spent);
  return {
    // Beside the time that passed, so that rounds on a busy machine can be compared: processor time of all threads.
    times: `${Math.round(performance.now() - start)},${Math.round((user + system) / 1000)}`,
    bytes: bench.stored() - before,
    objects: part.objects,
  };
};

/** The objects are made by several writers, and changed everywhere among the others. */
async function measure({ cluster, ...bench }: Bench, round: number): Promise<string> {
  const namespaces = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await cluster.send('POST', '/api/v1/namespaces', namespaces);
  const indices = Array.from({ length: objects }, (_, index) => index);
  await mapLimited(indices, 16, (index) => write(cluster, 'POST', index, 0));
  const first = await timed({ cluster, ...bench });
  for (const index of indices.filter((one) => one % (objects / changed) === 0)) {
    await write(cluster, 'PUT', index, round);
  }
  const again = await timed({ cluster, ...bench });
  const share = ((100 * again.bytes) / first.bytes).toFixed(1);
  return [round, first.objects, first.times, first.bytes, again.times, again.bytes, share].join(',');
}

async function run(rounds: number, kind: ClusterKind): Promise<void> {
  process.stdout.write('round,objects,first ms,first cpu ms,first bytes,again ms,again cpu ms,again bytes,again %\n');
  for (let round = 1; round <= rounds; round += 1) {
    const bench = await openBench(kind);
    try {
      process.stdout.write(`${await measure(bench, round)}\n`);
    } finally {
      await bench.close();
    }
  }
}

await run(Number(process.argv[2] ?? 3), process.argv[3] === 'lab' ? 'lab' : 'sandbox');
