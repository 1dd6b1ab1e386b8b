import type { Cluster, ServedType } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';
import type { Part } from '../src/schema/stored.ts';
import { via } from './failures.ts';

type Census = NonNullable<Part['census']>;

/** Events come and go by the second and are never pruned. */
const uninteresting: readonly string[] = ['Event'];

/** uids of everything readable in the namespace, unselected: what is in it existed before the deploy. */
export async function takeCensus(cluster: Cluster, target: ResolvedTarget): Promise<Census> {
  const types = (await via('cluster', () => cluster.discover())).filter(isCounted);
  const counted = await Promise.all(types.map((type) => count(cluster, type, target.namespace)));
  const name = (type: ServedType) => `${type.apiVersion}/${type.kind}`;
  return {
    uids: counted.flatMap((uids) => uids ?? []),
    read: types.filter((_, index) => counted[index] !== null).map(name),
    unreadable: types.filter((_, index) => counted[index] === null).map(name),
  };
}

function isCounted(type: ServedType): boolean {
  return type.scope === 'namespaced' && type.verbs.includes('list') && !uninteresting.includes(type.kind);
}

/** `null`: may not be read, or is not there any more; then nothing of this kind is ever pruned. */
async function count(cluster: Cluster, type: ServedType, namespace: string): Promise<string[] | null> {
  try {
    return (await cluster.listMetadata({ type, namespace })).map(({ uid }) => uid);
  } catch (error) {
    if (isPortError(error) && (error.kind === 'denied' || error.kind === 'notFound')) return null;
    return await via('cluster', () => Promise.reject(error));
  }
}
