import { mayBeSuspect } from '../src/domain/census.ts';
import type { CensusEntry, Cluster, ServedType } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';
import type { Part } from '../src/schema/stored.ts';
import { via } from './failures.ts';

type Census = NonNullable<Part['census']>;

/** Events come and go by the second and are never pruned. */
const uninteresting: readonly string[] = ['Event'];

/** uids of everything readable in the namespace, unselected: what is in it existed before the deploy. */
export async function takeCensus(cluster: Cluster, { namespace }: ResolvedTarget): Promise<Census> {
  const { entries, read, unreadable } = await countIn(cluster, namespace);
  return { uids: entries.map(({ uid }) => uid), read, unreadable };
}

/** The same for other namespaces that the scope's objects live in: what is new there cannot be told otherwise. */
export async function withNamespacesOf(
  census: Census,
  refs: readonly ObjectRef[],
  { cluster, target }: { readonly cluster: Cluster; readonly target: ResolvedTarget },
): Promise<Census> {
  const others = [...new Set(refs.flatMap(({ namespace }) => namespace ?? []))].filter(
    (namespace) => namespace !== target.namespace,
  );
  if (others.length === 0) return census;
  const counted = await Promise.all(others.map((namespace) => countIn(cluster, namespace)));
  return {
    ...census,
    uids: [...census.uids, ...counted.flatMap(({ entries }) => entries.map(({ uid }) => uid))],
    elsewhere: counted.map(({ namespace, read, unreadable }) => ({ namespace, read, unreadable })),
  };
}

/** What is there now, in the namespaces of an earlier census, of the types that may hold something suspect. */
export async function countAgain(cluster: Cluster, before: Part): Promise<readonly CensusEntry[]> {
  const types = (await via('cluster', () => cluster.discover())).filter(isCounted);
  const namespaces = [before.target.namespace, ...(before.census?.elsewhere ?? []).map(({ namespace }) => namespace)];
  const worthIt = namespaces.flatMap((namespace) =>
    types.filter((type) => mayBeSuspect(before, nameOf(type), namespace)).map((type) => ({ type, namespace })),
  );
  const counted = await Promise.all(worthIt.map(({ type, namespace }) => count(cluster, type, namespace)));
  return counted.flatMap((entries) => entries ?? []);
}

interface Counted {
  readonly namespace: string;
  readonly entries: readonly CensusEntry[];
  readonly read: string[];
  readonly unreadable: string[];
}

async function countIn(cluster: Cluster, namespace: string): Promise<Counted> {
  const types = (await via('cluster', () => cluster.discover())).filter(isCounted);
  const counted = await Promise.all(types.map((type) => count(cluster, type, namespace)));
  return {
    namespace,
    entries: counted.flatMap((entries) => entries ?? []),
    read: types.filter((_, index) => counted[index] !== null).map(nameOf),
    unreadable: types.filter((_, index) => counted[index] === null).map(nameOf),
  };
}

function nameOf({ apiVersion, kind }: ServedType): string {
  return `${apiVersion}/${kind}`;
}

function isCounted(type: ServedType): boolean {
  return type.scope === 'namespaced' && type.verbs.includes('list') && !uninteresting.includes(type.kind);
}

/** `null`: may not be read, or is not there any more; then nothing of this kind is ever pruned. */
async function count(cluster: Cluster, type: ServedType, namespace: string): Promise<readonly CensusEntry[] | null> {
  try {
    return await cluster.listMetadata({ type, namespace });
  } catch (error) {
    if (isPortError(error) && (error.kind === 'denied' || error.kind === 'notFound')) return null;
    return await via('cluster', () => Promise.reject(error));
  }
}
