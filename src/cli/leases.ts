import { createHash } from 'node:crypto';
import type { ApplicationName } from '../client/index.ts';
import type { ClusterConfig } from '../config.ts';
import { leaseRef } from '../domain/lease.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubeObject } from '../schema/json.ts';
import type { ObjectRef } from '../schema/object-ref.ts';

export interface LeasePlace {
  readonly cluster: Cluster;
  readonly ref: ObjectRef;
  /** `undefined`: nobody has ever taken it. */
  readonly lease: KubeObject | undefined;
}

interface Wanted {
  readonly name: ApplicationName;
  readonly cluster: string;
  readonly entry: ClusterConfig;
  readonly lockNamespace: string;
}

/** Reads an application's Lease in one cluster; the cluster is open until `use` is done. */
export async function withLease<T>(
  { name, cluster: called, entry, lockNamespace }: Wanted,
  use: (place: LeasePlace) => Promise<T>,
): Promise<T> {
  // Loaded only here: the other commands should not wait for what they do not use.
  const { openCluster } = await import('../wire.ts');
  const cluster = await openCluster(called, entry);
  try {
    const ref = leaseRef(name, lockNamespace, (text) => createHash('sha256').update(text).digest('hex'));
    return await use({ cluster, ref, lease: await cluster.get(ref) });
  } finally {
    await cluster.close();
  }
}
