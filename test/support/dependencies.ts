import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dependencies } from '../../activities/dependencies.ts';
import { createCelExpressions } from '../../src/adapters/cel-expressions.ts';
import { createChainedJournal } from '../../src/adapters/chained-journal.ts';
import { createHelmReleaseReader } from '../../src/adapters/helm-release-reader.ts';
import { createKeyRing, generateMasterKey } from '../../src/adapters/key-ring.ts';
import { loadClusterConnections } from '../../src/adapters/kubernetes/kubeconfig.ts';
import {
  createKubernetesCluster,
  type KubernetesClusterOptions,
} from '../../src/adapters/kubernetes/kubernetes-cluster.ts';
import { createLiveClusters } from '../../src/adapters/kubernetes/live/live-cluster.ts';
import type { Pace } from '../../src/adapters/kubernetes/live/pace.ts';
import { createMemoryObjectStore } from '../../src/adapters/memory-object-store.ts';
import { createProbe } from '../../src/adapters/probes/probe.ts';
import { createSealedSnapshotStore } from '../../src/adapters/sealed-snapshot-store.ts';

/** A cluster as `belay.yaml` names it, with the text of its kubeconfig. */
export interface ClusterEntry {
  readonly name: string;
  readonly kubeconfig: string;
  readonly context: string;
  readonly workspace?: string;
}

type Limits = Partial<Omit<KubernetesClusterOptions, 'name' | 'connection'>> & { readonly pace?: Partial<Pace> };

/** What activities need, over memory stores and these clusters. */
export async function connectDependencies(
  entries: readonly ClusterEntry[],
  temporalAddress: string,
  closing: (() => Promise<unknown>)[],
  limits: Limits = {},
): Promise<Dependencies> {
  const folder = await mkdtemp(join(tmpdir(), 'belay-engine-'));
  const files = await Promise.all(entries.map((entry) => toFile(folder, entry)));
  const connections = await loadClusterConnections(files);
  const clusters = new Map(
    connections.map((connection) => [
      connection.name,
      createKubernetesCluster({ ...connection, qps: 500, burst: 500, ...limits }),
    ]),
  );
  const store = createMemoryObjectStore();
  const keys = createKeyRing([generateMasterKey()]);
  const find = (name: string) => present(clusters.get(name));
  const live = createLiveClusters(find, limits.pace);
  closing.push(async () => live.close());
  closing.push(() => Promise.all([...clusters.values()].map((cluster) => cluster.close())));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  return {
    clusters: find,
    live: live.open,
    settings: Object.fromEntries(entries.map(({ name }) => [name, {}])),
    snapshots: createSealedSnapshotStore(store, keys),
    journal: createChainedJournal(store, keys),
    expressions: createCelExpressions(),
    releases: createHelmReleaseReader(),
    metrics: null,
    probe: createProbe(),
    runs: { stateOf: async () => ({ kind: 'unknown' }), holderState: async () => 'unknown' },
    temporalAddress,
  };
}

async function toFile(folder: string, entry: ClusterEntry): Promise<ClusterEntry> {
  const kubeconfig = join(folder, `${entry.name}.yaml`);
  await writeFile(kubeconfig, entry.kubeconfig, { mode: 0o600 });
  return { ...entry, kubeconfig };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no such cluster');
  return value;
}
