import { join } from 'node:path';
import { createActivities } from '../../activities/index.ts';
import { createCelExpressions } from '../../src/adapters/cel-expressions.ts';
import { createChainedJournal } from '../../src/adapters/chained-journal.ts';
import { createFileObjectStore } from '../../src/adapters/file-object-store.ts';
import { createHelmReleaseReader } from '../../src/adapters/helm-release-reader.ts';
import { createKeyRing, generateMasterKey } from '../../src/adapters/key-ring.ts';
import { loadClusterConnections } from '../../src/adapters/kubernetes/kubeconfig.ts';
import { createKubernetesCluster } from '../../src/adapters/kubernetes/kubernetes-cluster.ts';
import { createLiveClusters } from '../../src/adapters/kubernetes/live/live-cluster.ts';
import { createSealedSnapshotStore } from '../../src/adapters/sealed-snapshot-store.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import type { Activities } from '../../src/schema/activities.ts';
import { clusterName } from './cluster.ts';

export interface BenchEngine {
  readonly activities: Activities;
  /** Bytes written to the store so far. */
  stored(): number;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly kubeconfig: string;
  /** The store is in it. */
  readonly folder: string;
  readonly temporalAddress?: string;
}

/** The real activities over one cluster and a store of files. */
export async function openEngine(options: EngineOptions): Promise<BenchEngine> {
  const { kubeconfig, folder, temporalAddress = 'none' } = options;
  const [connection] = await loadClusterConnections([{ name: clusterName, kubeconfig, context: clusterName }]);
  if (!connection) throw new Error('the cluster has no connection');
  const api = createKubernetesCluster({ ...connection, qps: 500, burst: 500 });
  const { store, bytes } = counting(createFileObjectStore(join(folder, 'store')));
  const keys = createKeyRing([generateMasterKey()]);
  const live = createLiveClusters(() => api);
  const activities = createActivities({
    clusters: () => api,
    live: live.open,
    settings: { [clusterName]: {} },
    snapshots: createSealedSnapshotStore(store, keys),
    journal: createChainedJournal(store, keys),
    expressions: createCelExpressions(),
    releases: createHelmReleaseReader(),
    metrics: null,
    probe: async () => ({ kind: 'good' }),
    runs: { stateOf: async () => ({ kind: 'unknown' }), holderState: async () => 'unknown' },
    temporalAddress,
  });
  const close = async () => {
    live.close();
    await api.close();
  };
  return { activities, stored: bytes, close };
}

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
