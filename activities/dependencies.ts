import type { Clusters } from '../src/ports/cluster.ts';
import type { Expressions } from '../src/ports/expressions.ts';
import type { Journal } from '../src/ports/journal.ts';
import type { LiveClusters } from '../src/ports/live-cluster.ts';
import type { Metrics } from '../src/ports/metrics.ts';
import type { Probe } from '../src/ports/probe.ts';
import type { ReleaseReader } from '../src/ports/release-reader.ts';
import type { Runs } from '../src/ports/runs.ts';
import type { SnapshotStore } from '../src/ports/snapshot-store.ts';

/** What this worker is told about a cluster, beside how to reach it. */
export interface ClusterSettings {
  /** Activities of this cluster run on this queue, its watchers on `<taskQueue>-watch`. */
  readonly taskQueue?: string | undefined;
  readonly lockNamespace?: string | undefined;
}

/** Everything activities reach the world through. */
export interface Dependencies {
  readonly clusters: Clusters;
  /** The same clusters, for watchers. */
  readonly live: LiveClusters;
  readonly settings: Readonly<Record<string, ClusterSettings>>;
  readonly snapshots: SnapshotStore;
  readonly journal: Journal;
  readonly expressions: Expressions;
  readonly releases: ReleaseReader;
  /** `null`: this worker knows no provider. */
  readonly metrics: Metrics | null;
  readonly probe: Probe;
  readonly runs: Runs;
  /** Part of a Lease's holder, so that another Temporal's run is told apart. */
  readonly temporalAddress: string;
}
