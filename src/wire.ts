import type { Client } from '@temporalio/client';
import { createCelExpressions } from './adapters/cel-expressions.ts';
import { createChainedJournal } from './adapters/chained-journal.ts';
import { createFileObjectStore } from './adapters/file-object-store.ts';
import { createHelmReleaseReader } from './adapters/helm-release-reader.ts';
import { loadClusterConnections } from './adapters/kubernetes/kubeconfig.ts';
import { createKubernetesCluster } from './adapters/kubernetes/kubernetes-cluster.ts';
import { createLiveClusters } from './adapters/kubernetes/live/live-cluster.ts';
import { loadKeyRing } from './adapters/load-key-ring.ts';
import { createProbe } from './adapters/probes/probe.ts';
import { createPrometheusMetrics } from './adapters/prometheus-metrics.ts';
import { createSealedSnapshotStore } from './adapters/sealed-snapshot-store.ts';
import { createTemporalRuns } from './adapters/temporal-runs.ts';
import { type BelayConfig, type ClusterConfig, type PrometheusConfig, readSetting } from './config.ts';
import type { Cluster, Clusters } from './ports/cluster.ts';
import type { Expressions } from './ports/expressions.ts';
import type { Journal } from './ports/journal.ts';
import type { LiveClusters } from './ports/live-cluster.ts';
import type { Metrics } from './ports/metrics.ts';
import { PortError } from './ports/port-error.ts';
import type { Probe } from './ports/probe.ts';
import type { ReleaseReader } from './ports/release-reader.ts';
import type { Runs } from './ports/runs.ts';
import type { SnapshotStore } from './ports/snapshot-store.ts';

export interface Stores {
  readonly snapshots: SnapshotStore;
  readonly journal: Journal;
}

export interface Wired extends Stores {
  readonly clusters: Clusters;
  readonly live: LiveClusters;
  readonly expressions: Expressions;
  readonly releases: ReleaseReader;
  readonly metrics: Metrics | null;
  readonly probe: Probe;
  close(): Promise<void>;
}

/** Store and keys only: what `belay history` needs. */
export async function wireStores(config: BelayConfig): Promise<Stores> {
  const keys = await loadKeyRing({
    env: config.encryption.keys ? { BELAY_ENCRYPTION_KEYS: config.encryption.keys } : {},
    keyFile: config.encryption.keyFile,
  });
  const store = createFileObjectStore(config.store.slice('file:'.length));
  return { snapshots: createSealedSnapshotStore(store, keys), journal: createChainedJournal(store, keys) };
}

/** Checks and evaluates the conditions that users write; needs nothing else. */
export function wireExpressions(): Expressions {
  return createCelExpressions();
}

/** What is known of runs in the namespace that `client` is for; `address` is Temporal's. */
export function wireRuns(client: Client, address: string): Runs {
  return createTemporalRuns(client, address);
}

/** The only place that joins ports and adapters. Kubeconfigs are read and checked here, before any work is taken. */
export async function wire(config: BelayConfig): Promise<Wired> {
  const stores = await wireStores(config);
  const opened = await Promise.all(Object.entries(config.clusters).map(([name, entry]) => openCluster(name, entry)));
  const metrics = await openMetrics(config.metrics.prometheus);
  const clusters = new Map(opened.map((cluster) => [cluster.name, cluster]));
  const live = createLiveClusters((name) => find(clusters, name));
  return {
    ...stores,
    clusters: (name) => find(clusters, name),
    live: live.open,
    expressions: wireExpressions(),
    releases: createHelmReleaseReader(),
    metrics,
    probe: createProbe(await trusting(config.probes.ca)),
    close: async () => {
      live.close();
      await Promise.all([...opened.map((cluster) => cluster.close()), metrics?.close()]);
    },
  };
}

/** One cluster alone, without store and keys. */
export async function openCluster(name: string, entry: ClusterConfig): Promise<Cluster & { close(): Promise<void> }> {
  const { kubeconfig, context, workspace, execAllowList, qps, burst, parallelism } = entry;
  const options = execAllowList ? { execAllowList } : {};
  const [connection] = await loadClusterConnections([{ name, kubeconfig, context, workspace }], options);
  if (!connection) throw new PortError('notFound', `cluster ${name}: no connection in ${kubeconfig}`);
  const limits = { ...(qps ? { qps } : {}), ...(burst ? { burst } : {}), ...(parallelism ? { parallelism } : {}) };
  return createKubernetesCluster({ ...connection, ...limits });
}

async function openMetrics(prometheus: PrometheusConfig | undefined) {
  if (!prometheus) return null;
  const { url, bearerToken, bearerTokenFile, ca } = prometheus;
  const token = bearerTokenFile ? () => readSetting(bearerTokenFile) : bearerToken && (async () => bearerToken);
  return createPrometheusMetrics({ url, ...(token ? { token } : {}), ...(await trusting(ca)) });
}

async function trusting(file: string | undefined): Promise<{ ca?: string }> {
  return file === undefined ? {} : { ca: await readSetting(file) };
}

function find(clusters: ReadonlyMap<string, Cluster>, name: string): Cluster {
  const cluster = clusters.get(name);
  if (cluster) return cluster;
  throw new PortError('notFound', `unknown cluster ${name}; add it to clusters in belay.yaml`);
}
