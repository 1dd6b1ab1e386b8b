import { refKey, refOf } from '../src/domain/kubernetes/identity.ts';
import type { Cluster, ListQuery, ServedType } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import { fail, via } from './failures.ts';

/** Reads that make a scope: what may not be read is a failure, or the scope would shrink without anybody noticing. */

/** `any`: a kind that is not served any more has no objects. */
export async function listKind(
  cluster: Cluster,
  query: ListQuery,
  kind: Wanted['kind'] = 'served',
): Promise<readonly KubeObject[]> {
  const { type } = query;
  const { namespace: _everywhere, ...clusterWide } = query;
  try {
    return (await cluster.list(type.scope === 'namespaced' ? query : clusterWide)).objects;
  } catch (error) {
    if (kind === 'any' && isPortError(error) && error.kind === 'notFound') return [];
    if (isDenied(error)) {
      throw fail('ScopeUnreadable', `cluster ${cluster.name}: ${type.kind} cannot be listed: ${error.message}`);
    }
    return await via('cluster', () => Promise.reject(error));
  }
}

/** `undefined` when it may not be read, or is not served. */
export async function tryListKind(cluster: Cluster, query: ListQuery): Promise<readonly KubeObject[] | undefined> {
  try {
    return (await cluster.list(query)).objects;
  } catch (error) {
    if (isDenied(error)) return undefined;
    return await via('cluster', () => Promise.reject(error));
  }
}

export interface Wanted {
  readonly ref: ObjectRef;
  /** What to add when it may not be read. */
  readonly hint?: string;
  /** `served`: a kind that is not served is an error. `any`: then the object is merely not there. */
  readonly kind: 'served' | 'any';
}

/** From here on one list is cheaper than as many reads. */
const manyOfAKind = 8;

/** Live objects by `refKey`; what is not there is missing. */
export async function readNamed(
  cluster: Cluster,
  wanted: readonly Wanted[],
  types: readonly ServedType[],
): Promise<ReadonlyMap<string, KubeObject>> {
  const read = await Promise.all(byKindAndPlace(wanted).map((group) => readGroup(cluster, group, types)));
  return new Map(read.flat().map((object) => [refKey(refOf(object)), object]));
}

function byKindAndPlace(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const groups = new Map<string, Wanted[]>();
  for (const one of wanted) {
    const key = [one.ref.apiVersion, one.ref.kind, one.ref.namespace ?? ''].join('\n');
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
}

async function readGroup(
  cluster: Cluster,
  group: readonly Wanted[],
  types: readonly ServedType[],
): Promise<readonly KubeObject[]> {
  const listed = await listGroup(cluster, group, types);
  if (listed === undefined) {
    const objects = await Promise.all(group.map((wanted) => getOne(cluster, wanted)));
    return objects.filter((object) => object !== undefined);
  }
  const keys = new Set(group.map(({ ref }) => refKey(ref)));
  return listed.filter((object) => keys.has(refKey(refOf(object))));
}

/** Only by a right to list; reading one by one needs less. */
async function listGroup(
  cluster: Cluster,
  group: readonly Wanted[],
  types: readonly ServedType[],
): Promise<readonly KubeObject[] | undefined> {
  const ref = group[0]?.ref;
  const type = types.find(({ apiVersion, kind }) => apiVersion === ref?.apiVersion && kind === ref.kind);
  if (group.length < manyOfAKind || !type?.verbs.includes('list')) return undefined;
  return await tryListKind(cluster, ref?.namespace === undefined ? { type } : { type, namespace: ref.namespace });
}

async function getOne(cluster: Cluster, { ref, kind, hint }: Wanted): Promise<KubeObject | undefined> {
  try {
    return await cluster.get(ref);
  } catch (error) {
    if (isPortError(error) && error.kind === 'notFound' && kind === 'any') return undefined;
    if (isDenied(error)) {
      const what = `cluster ${cluster.name}: ${ref.kind} ${ref.name} cannot be read: ${error.message}`;
      throw fail('ScopeUnreadable', hint ? `${what}; ${hint}` : what);
    }
    return await via('cluster', () => Promise.reject(error));
  }
}

function isDenied(error: unknown): error is Error {
  return isPortError(error) && (error.kind === 'denied' || error.kind === 'notFound');
}

/** An object as it is named where kinds may live in no namespace. */
export function inNamespace(ref: ObjectRef, namespace: string, types: readonly ServedType[]): ObjectRef {
  const type = types.find((candidate) => candidate.apiVersion === ref.apiVersion && candidate.kind === ref.kind);
  const { apiVersion, kind, name } = ref;
  return type?.scope === 'cluster' ? { apiVersion, kind, name } : { ...ref, namespace: ref.namespace ?? namespace };
}
