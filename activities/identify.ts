import type { Cluster, ClusterIdentity } from '../src/ports/cluster.ts';
import type { Part } from '../src/schema/stored.ts';
import { fail, via } from './failures.ts';

/**
 * Asks the cluster who it is, before anything it says is believed: an entry, or the path of a kcp workspace, may lead
 * to another one by now. `known` is the part of a snapshot that was taken from it; throws `ClusterChanged`.
 */
export async function identify(cluster: Cluster, known: Pick<Part, 'clusterId'> | null): Promise<ClusterIdentity> {
  const identity = await via('cluster', () => cluster.identity());
  if (known && known.clusterId !== identity.uid) {
    throw fail('ClusterChanged', `cluster ${cluster.name} ${describeChange(known.clusterId, identity.uid)}`);
  }
  return identity;
}

/** Both ends of the change, for people. */
export function describeChange(was: string, now: string): string {
  return `led to ${was} when the snapshot was taken and leads to ${now} now (uid of kube-system; in kcp the name of the logical cluster)`;
}
