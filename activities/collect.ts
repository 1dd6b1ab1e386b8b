import { controllerOf, refKey, refOf } from '../src/domain/kubernetes/identity.ts';
import { isSmokeJob } from '../src/domain/smoke-job.ts';
import type { Cluster, ServedType } from '../src/ports/cluster.ts';
import type { ReleaseReader } from '../src/ports/release-reader.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { ResolvedRequest } from '../src/schema/resolved-request.ts';
import type { Member } from '../src/schema/stored.ts';
import { type Closure, readClosure } from './closure.ts';
import { via } from './failures.ts';
import { type Inventoried, readInventories } from './inventories.ts';
import { inNamespace, listKind, readNamed } from './reading.ts';
import { readScopeTypes, type ScopeQuestion } from './scope-types.ts';

/** Why something is in scope, see `Member`. */
interface Reason {
  readonly because: Member['because'];
  readonly of?: string;
}

/** A member as it is live now. */
export interface Collected extends Reason {
  readonly object: KubeObject;
}

interface Named extends Reason {
  readonly ref: ObjectRef;
}

export interface Collection {
  readonly members: readonly Collected[];
  /** Named objects that are not there. */
  readonly absent: readonly ObjectRef[];
  /** Explicit refs to what a controller makes: its parent restores it, so it is no member. */
  readonly children: readonly KubeObject[];
  /** Types that may hold what belongs to members, and that may not be read. */
  readonly unreadable: readonly string[];
}

export interface CollectQuestion extends ScopeQuestion {
  readonly request: ResolvedRequest;
  readonly releases: ReleaseReader;
}

/**
 * Everything that belongs to the target: the union of its sources, and what their members need, without what
 * controllers made. What cannot be read is a failure: the scope would shrink without anybody noticing.
 */
export async function collect(question: CollectQuestion): Promise<Collection> {
  const { cluster } = question;
  const { types, kinds } = await readScopeTypes(question);
  const [selected, inventories] = await Promise.all([
    selectMembers(question, kinds),
    readInventories({ ...question, types, kinds }),
  ]);
  const outside = outsideOf(question, types);
  const found = mergeFound(question, selected, inventories);
  const named = namedRefs(question, inventories, types).filter(
    ({ ref }) => !found.has(refKey(ref)) && !outside.excluded.has(refKey(ref)),
  );
  const objects = await readNamed(cluster, named.map(toWanted), types);
  const members = [...found.values(), ...named.flatMap((one) => toCollected(one, objects))].filter(outside.isMember);
  const closure = await closureOf(question, types, { members, excluded: outside.excluded });
  const absent = named.map(({ ref }) => ref).filter((ref) => !objects.has(refKey(ref)));
  return {
    members: [...members, ...closure.objects.map(asNeeded).filter(outside.isMember)],
    absent: [...absent, ...closure.absent],
    children: named.filter(({ because }) => because === 'ref').flatMap((one) => childrenAmong(one, objects)),
    unreadable: closure.unreadable,
  };
}

interface Outside {
  readonly excluded: ReadonlySet<string>;
  isMember(found: Collected): boolean;
}

/**
 * No members, whatever names them: what the user excludes, our own smoke tests, and what a controller makes unless it was
 * a member before.
 */
function outsideOf({ target, earlier }: CollectQuestion, types: readonly ServedType[]): Outside {
  const before = new Set((earlier ?? []).map(refKey));
  const excluded = new Set(target.scope.exclude.map((ref) => refKey(inNamespace(ref, target.namespace, types))));
  const isMember = ({ object }: Collected) => {
    const ref = refOf(object);
    const key = refKey(ref);
    return !excluded.has(key) && !isSmokeJob(ref) && (controllerOf(object) === undefined || before.has(key));
  };
  return { excluded, isMember };
}

async function selectMembers(
  { cluster, target, earlier }: CollectQuestion,
  kinds: readonly ServedType[],
): Promise<readonly KubeObject[]> {
  const { namespace, scope } = target;
  const { selector } = scope;
  if (selector === null) return [];
  const kind = earlier === null ? 'served' : 'any';
  return (await Promise.all(kinds.map((type) => listKind(cluster, { type, namespace, selector }, kind)))).flat();
}

/** What was found by reading lists, each object with its first reason. */
function mergeFound(
  { onlyKinds }: CollectQuestion,
  selected: readonly KubeObject[],
  inventories: readonly Inventoried[],
): ReadonlyMap<string, Collected> {
  const listed = inventories.flatMap(({ of, objects }) =>
    objects.map((object): Collected => ({ object, because: 'inventory', of })),
  );
  const all = [...selected.map((object): Collected => ({ object, because: 'selector' })), ...listed];
  const wanted = all.filter(({ object }) => onlyKinds?.(object) ?? true);
  return new Map(wanted.toReversed().map((one) => [refKey(refOf(one.object)), one]));
}

function namedRefs(
  { target, request, earlier, onlyKinds }: CollectQuestion,
  inventories: readonly Inventoried[],
  types: readonly ServedType[],
): Named[] {
  const sources: readonly Named[] = [
    ...target.scope.refs.map((ref) => ({ ref, because: 'ref' as const })),
    ...inventories.flatMap(({ of, refs }) => refs.map((ref) => ({ ref, because: 'inventory' as const, of }))),
    ...request.manifests.map((ref) => ({ ref, because: 'manifest' as const })),
    ...(earlier ?? []).map((ref) => ({ ref, because: 'baseline' as const })),
  ];
  const wanted = new Map<string, Named>();
  for (const one of sources) {
    const ref = inNamespace(one.ref, target.namespace, types);
    if (one.because === 'inventory' && !(onlyKinds?.(ref) ?? true)) continue;
    if (!wanted.has(refKey(ref))) wanted.set(refKey(ref), { ...one, ref });
  }
  return [...wanted.values()];
}

/** A manifest or an inventory may name a kind that only the deploy will bring; a scope may not. */
function toWanted({ ref, because }: Named) {
  return { ref, kind: because === 'ref' ? 'served' : 'any' } as const;
}

function toCollected({ ref, ...reason }: Named, objects: ReadonlyMap<string, KubeObject>): readonly Collected[] {
  const object = objects.get(refKey(ref));
  return object ? [{ object, ...reason }] : [];
}

function asNeeded({ object, of }: Closure['objects'][number]): Collected {
  return { object, of, because: 'closure' };
}

function childrenAmong({ ref }: Named, objects: ReadonlyMap<string, KubeObject>): readonly KubeObject[] {
  const object = objects.get(refKey(ref));
  return object && controllerOf(object) ? [object] : [];
}

const noClosure: Closure = { objects: [], absent: [], unreadable: [] };

async function closureOf(
  { cluster, target, onlyKinds }: CollectQuestion,
  types: readonly ServedType[],
  { members, excluded }: { readonly members: readonly Collected[]; readonly excluded: ReadonlySet<string> },
): Promise<Closure> {
  if (onlyKinds || !target.scope.closure) return noClosure;
  return await readClosure({ cluster, types, excluded, members: members.map(({ object }) => object) });
}

const childKinds: readonly string[] = ['apps/v1/ReplicaSet', 'v1/Pod'];

/** ReplicaSets and pods of the namespace: evidence of health, never members. A cluster without them (kcp) has none. */
export async function collectChildren(cluster: Cluster, namespace: string): Promise<readonly KubeObject[]> {
  const types = await via('cluster', () => cluster.discover());
  const served = types.filter((type) => childKinds.includes(`${type.apiVersion}/${type.kind}`));
  const lists = await via('cluster', () => Promise.all(served.map((type) => cluster.list({ type, namespace }))));
  return lists.flatMap((list) => list.objects);
}
