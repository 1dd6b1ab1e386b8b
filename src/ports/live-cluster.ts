import type { Cluster } from './cluster.ts';

/**
 * A cluster whose `list`, `get` and `identity` are answered from what watches keep current: for looking again and again.
 * Watches are shared by all that look at the same; what decides writes and proofs reads the cluster itself.
 */
export interface LiveCluster extends Cluster {
  /** Resolves when anything read here may have changed since it was read, at the latest after `within` milliseconds. */
  changed(within: number, signal: AbortSignal): Promise<void>;
  /** What was read here and may not be watched, with the reason: it is listed again and again instead. */
  unwatched(): readonly string[];
  close(): void;
}

/** Opens a view of the cluster of this name; throws `PortError` `notFound` for an unknown one. */
export type LiveClusters = (name: string) => LiveCluster;
