import { controllerOf, refKey, refOf } from '../src/domain/kubernetes/identity.ts';
import type { Cluster, ServedType } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { ResolvedRequest, ResolvedTarget } from '../src/schema/resolved-request.ts';
import type { Member } from '../src/schema/stored.ts';
import { fail, via } from './failures.ts';

/** A member as it is live now. */
export interface Collected {
  readonly object: KubeObject;
  readonly because: Member['because'];
}

export interface Collection {
  readonly members: readonly Collected[];
  /** Named objects that are not there. */
  readonly absent: readonly ObjectRef[];
}

export interface CollectQuestion {
  readonly cluster: Cluster;
  readonly target: ResolvedTarget;
  readonly request: ResolvedRequest;
  /** Members of an earlier snapshot, in case the selector no longer shows them. */
  readonly earlier: readonly ObjectRef[];
  /** Only these kinds of the selector's; a health check need not read every Secret. */
  readonly onlyKinds?: (type: ServedType) => boolean;
}

/**
 * Everything that belongs to the target: named objects, and what the selector finds over the scope's kinds, without
 * what controllers made. A kind that cannot be read is a failure: the scope would shrink without anybody noticing.
 */
export async function collect(question: CollectQuestion): Promise<Collection> {
  const types = await via('cluster', () => question.cluster.discover());
  const selected = await selectMembers(question, types);
  const found = new Map(selected.map((object) => [refKey(refOf(object)), { object, because: 'selector' as const }]));
  const named = namedRefs(question, types).filter(({ ref }) => !found.has(refKey(ref)));
  const gotten = await Promise.all(named.map((wanted) => getNamed(question, wanted)));
  const excluded = new Set(
    question.target.scope.exclude.map((ref) => refKey(inNamespace(ref, question.target, types))),
  );
  const members = [
    ...found.values(),
    ...gotten.flatMap((one) => (one.object ? [{ object: one.object, because: one.because }] : [])),
  ];
  return {
    members: members.filter(({ object }) => !excluded.has(refKey(refOf(object)))),
    absent: gotten.filter((one) => !one.object && !excluded.has(refKey(one.ref))).map((one) => one.ref),
  };
}

async function selectMembers(question: CollectQuestion, types: readonly ServedType[]): Promise<KubeObject[]> {
  const { cluster, target, onlyKinds } = question;
  const { selector } = target.scope;
  if (selector === null) return [];
  const kinds = scopeTypes(target, types).filter((type) => onlyKinds?.(type) ?? true);
  const lists = await Promise.all(
    kinds.map((type) => listKind(cluster, type, { namespace: target.namespace, selector })),
  );
  return lists.flat().filter((object) => !controllerOf(object));
}

/** The scope's kinds as served now. A listed kind that is not served is named; a default one is merely not there. */
function scopeTypes(target: ResolvedTarget, types: readonly ServedType[]): ServedType[] {
  const served = new Map(types.map((type) => [`${type.apiVersion}/${type.kind}`, type]));
  const missing = target.scope.kinds.filter((kind) => !served.has(kind));
  if (missing.length > 0 && target.scope.kindsAre === 'listed') {
    throw fail(
      'ScopeUnreadable',
      `cluster ${target.cluster} does not serve ${missing.join(', ')}, listed in scope.kinds`,
    );
  }
  return target.scope.kinds.flatMap((kind) => served.get(kind) ?? []);
}

async function listKind(
  cluster: Cluster,
  type: ServedType,
  where: { namespace: string; selector: string },
): Promise<readonly KubeObject[]> {
  const { namespace, selector } = where;
  try {
    const query = type.scope === 'namespaced' ? { type, namespace, selector } : { type, selector };
    return (await cluster.list(query)).objects;
  } catch (error) {
    if (isPortError(error) && (error.kind === 'denied' || error.kind === 'notFound')) {
      throw fail('ScopeUnreadable', `cluster ${cluster.name}: ${type.kind} cannot be listed: ${error.message}`);
    }
    return await via('cluster', () => Promise.reject(error));
  }
}

interface Wanted {
  readonly ref: ObjectRef;
  readonly because: Member['because'];
}

function namedRefs({ target, request, earlier }: CollectQuestion, types: readonly ServedType[]): Wanted[] {
  const sources: readonly (readonly [readonly ObjectRef[], Member['because']])[] = [
    [target.scope.refs, 'ref'],
    [request.manifests, 'manifest'],
    [earlier, 'baseline'],
  ];
  const wanted = new Map<string, Wanted>();
  for (const [refs, because] of sources) {
    for (const ref of refs.map((named) => inNamespace(named, target, types))) {
      if (!wanted.has(refKey(ref))) wanted.set(refKey(ref), { ref, because });
    }
  }
  return [...wanted.values()];
}

function inNamespace(ref: ObjectRef, target: ResolvedTarget, types: readonly ServedType[]): ObjectRef {
  const type = types.find((candidate) => candidate.apiVersion === ref.apiVersion && candidate.kind === ref.kind);
  const { apiVersion, kind, name } = ref;
  return type?.scope === 'cluster'
    ? { apiVersion, kind, name }
    : { ...ref, namespace: ref.namespace ?? target.namespace };
}

/** A manifest may name a kind that only the deploy will bring; a scope may not. */
async function getNamed(
  question: CollectQuestion,
  { ref, because }: Wanted,
): Promise<Wanted & { object: KubeObject | undefined }> {
  const { cluster } = question;
  try {
    return { ref, because, object: await cluster.get(ref) };
  } catch (error) {
    if (!isPortError(error)) throw error;
    if (error.kind === 'notFound' && because !== 'ref') return { ref, because, object: undefined };
    if (error.kind === 'denied' || error.kind === 'notFound')
      throw fail(
        'ScopeUnreadable',
        `cluster ${cluster.name}: ${ref.kind} ${ref.name} cannot be read: ${error.message}`,
      );
    return await via('cluster', () => Promise.reject(error));
  }
}

const childKinds: readonly string[] = ['apps/v1/ReplicaSet', 'v1/Pod'];

/** ReplicaSets and pods of the namespace: evidence of health, never members. A cluster without them (kcp) has none. */
export async function collectChildren(cluster: Cluster, namespace: string): Promise<readonly KubeObject[]> {
  const types = await via('cluster', () => cluster.discover());
  const served = types.filter((type) => childKinds.includes(`${type.apiVersion}/${type.kind}`));
  const lists = await via('cluster', () => Promise.all(served.map((type) => cluster.list({ type, namespace }))));
  return lists.flatMap((list) => list.objects);
}
