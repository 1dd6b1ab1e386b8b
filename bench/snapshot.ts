/**
 * How long a snapshot of 1000 objects takes, double collect included, and how much of it is stored again when 1 % has
 * changed. `npx tsx bench/snapshot.ts [rounds]`; one CSV line per round. The clusters are sandboxes on this machine.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../activities/index.ts';
import { createCelExpressions } from '../src/adapters/cel-expressions.ts';
import { createChainedJournal } from '../src/adapters/chained-journal.ts';
import { createFileObjectStore } from '../src/adapters/file-object-store.ts';
import { createHelmReleaseReader } from '../src/adapters/helm-release-reader.ts';
import { createKeyRing, generateMasterKey } from '../src/adapters/key-ring.ts';
import { loadClusterConnections } from '../src/adapters/kubernetes/kubeconfig.ts';
import { createKubernetesCluster } from '../src/adapters/kubernetes/kubernetes-cluster.ts';
import { createSealedSnapshotStore } from '../src/adapters/sealed-snapshot-store.ts';
import type { ObjectStore } from '../src/ports/object-store.ts';
import { type Sandbox, startSandbox } from '../src/sandbox/index.ts';
import type { Activities, SnapshotPart } from '../src/schema/activities.ts';

const objects = 1000;
const changed = objects / 100;
const cluster = 'bench';
const namespace = 'bench';

/** Counts what is new in the store; what is there already is not written. */
function counting(store: ObjectStore): { store: ObjectStore; bytes: () => number } {
  let bytes = 0;
  const putIfAbsent: ObjectStore['putIfAbsent'] = async (key, content) => {
    const answer = await store.putIfAbsent(key, content);
    if (answer === 'stored') bytes += content.byteLength;
    return answer;
  };
  return { bytes: () => bytes, store: { ...store, putIfAbsent } };
}

interface Bench {
  readonly sandbox: Sandbox;
  readonly stored: () => number;
  snapshot(): Promise<SnapshotPart>;
  close(): Promise<void>;
}

async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-bench-'));
  const sandbox = await startSandbox({ clusters: [cluster], speed: 5 });
  const kubeconfig = join(folder, 'kubeconfig.yaml');
  await writeFile(kubeconfig, sandbox.kubeconfig('engine'), { mode: 0o600 });
  const [connection] = await loadClusterConnections([{ name: cluster, kubeconfig, context: cluster }]);
  if (!connection) throw new Error('the sandbox has no connection');
  const api = createKubernetesCluster({ ...connection, qps: 500, burst: 500 });
  const { store, bytes } = counting(createFileObjectStore(join(folder, 'store')));
  const keys = createKeyRing([generateMasterKey()]);
  const activities = createActivities({
    clusters: () => api,
    settings: { [cluster]: {} },
    snapshots: createSealedSnapshotStore(store, keys),
    journal: createChainedJournal(store, keys),
    expressions: createCelExpressions(),
    releases: createHelmReleaseReader(),
    temporalAddress: 'bench',
  });
  return {
    sandbox,
    stored: bytes,
    snapshot: await snapshotter(activities),
    close: async () => {
      await api.close();
      await sandbox.stop();
      await rm(folder, { recursive: true, force: true });
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
    targets: [{ cluster, namespace, scope }],
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

async function write(sandbox: Sandbox, method: 'POST' | 'PUT', index: number, round: number): Promise<void> {
  const name = `settings-${index}`;
  const path = `/api/v1/namespaces/${namespace}/configmaps${method === 'PUT' ? `/${name}` : ''}`;
  // About 1.6 KB that does not compress to nothing, as people's settings do not.
  const data = Object.fromEntries(
    Array.from({ length: 20 }, (_, line) => [`key-${line}`, `${index * 7919 + line * 104_729 + round}`.repeat(10)]),
  );
  const metadata = { name, namespace, labels: { app: 'bench' } };
  const answer = await sandbox
    .cluster(cluster)
    .request(method, path, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
}

const timed = async (bench: Bench) => {
  const [start, before] = [performance.now(), bench.stored()];
  const part = await bench.snapshot();
  return { ms: Math.round(performance.now() - start), bytes: bench.stored() - before, objects: part.objects };
};

async function run(rounds: number): Promise<void> {
  process.stdout.write('round,objects,first ms,first bytes,again ms,again bytes,again %\n');
  for (let round = 1; round <= rounds; round += 1) {
    const bench = await openBench();
    try {
      const namespaces = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
      await bench.sandbox.cluster(cluster).request('POST', '/api/v1/namespaces', namespaces);
      for (let index = 0; index < objects; index += 1) await write(bench.sandbox, 'POST', index, 0);
      const first = await timed(bench);
      for (let index = 0; index < changed; index += 1) await write(bench.sandbox, 'PUT', index, round);
      const again = await timed(bench);
      const share = ((100 * again.bytes) / first.bytes).toFixed(1);
      const line = [round, first.objects, first.ms, first.bytes, again.ms, again.bytes, share].join(',');
      process.stdout.write(`${line}\n`);
    } finally {
      await bench.close();
    }
  }
}

await run(Number(process.argv[2] ?? 3));
