import { aimingKinds, aimsAt, definitionOf, type Needed, namedByPods } from '../src/domain/kubernetes/closure.ts';
import { refKey, refOf } from '../src/domain/kubernetes/identity.ts';
import { groupKind } from '../src/domain/kubernetes/kinds.ts';
import type { Cluster, ServedType } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import { via } from './failures.ts';
import { readNamed, tryListKind } from './reading.ts';

export interface ClosureQuestion {
  readonly cluster: Cluster;
  readonly types: readonly ServedType[];
  readonly members: readonly KubeObject[];
  /** `refKey`s of what is not even to be read. */
  readonly excluded: ReadonlySet<string>;
}

/** What members need besides themselves. */
export interface Closure {
  readonly objects: readonly { readonly object: KubeObject; readonly of: string }[];
  readonly absent: readonly ObjectRef[];
  /** `<apiVersion>/<Kind>` that may not be read, so that nobody knows. */
  readonly unreadable: readonly string[];
}

/**
 * What the pods of members name must be readable: without it a restore would be half one. What merely aims at members,
 * and what defines their kinds, is often beyond a user's rights: then it is said, and nothing fails.
 */
export async function readClosure(question: ClosureQuestion): Promise<Closure> {
  const [named, aiming, defining] = await Promise.all([
    readNames(question),
    readAiming(question),
    readDefining(question),
  ]);
  return {
    objects: [...named.objects, ...aiming.objects, ...defining.objects],
    absent: named.absent,
    unreadable: [...aiming.unreadable, ...defining.unreadable],
  };
}

const hint = 'give the right to read it, or set scope.closure to false';

async function readNames(question: ClosureQuestion): Promise<Omit<Closure, 'unreadable'>> {
  const { cluster, types, members } = question;
  const needed = distinct(question, members.flatMap(namedByPods));
  const wanted = needed.map(({ ref }) => ({ ref, kind: 'served', hint }) as const);
  const found = await readNamed(cluster, wanted, types);
  return {
    objects: needed.flatMap(({ ref, of }) => {
      const object = found.get(refKey(ref));
      return object ? [{ object, of }] : [];
    }),
    absent: needed.map(({ ref }) => ref).filter((ref) => !found.has(refKey(ref))),
  };
}

/** Each once, with its first reason, and without what is a member anyway or excluded. */
function distinct({ members, excluded }: ClosureQuestion, needed: readonly Needed[]): readonly Needed[] {
  const known = new Set([...excluded, ...members.map((object) => refKey(refOf(object)))]);
  return needed.filter(({ ref }) => {
    const key = refKey(ref);
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
}

type Found = Omit<Closure, 'absent'>;

async function readAiming({ cluster, types, members }: ClosureQuestion): Promise<Found> {
  const known = new Set(members.map((object) => refKey(refOf(object))));
  const kinds = types.filter((type) => aimingKinds.includes(groupKind(type)));
  const namespaces = [...new Set(members.flatMap((object) => refOf(object).namespace ?? []))];
  const queries = kinds.flatMap((type) => namespaces.map((namespace) => ({ type, namespace })));
  const lists = await Promise.all(queries.map((query) => tryListKind(cluster, query)));
  return {
    objects: lists
      .flatMap((list) => list ?? [])
      .flatMap((object) => {
        const of = known.has(refKey(refOf(object))) ? undefined : aimsAt(object, members);
        return of === undefined ? [] : [{ object, of }];
      }),
    unreadable: queries.filter((_, index) => lists[index] === undefined).map(({ type }) => nameOfType(type)),
  };
}

function nameOfType({ apiVersion, kind }: Pick<ServedType, 'apiVersion' | 'kind'>): string {
  return `${apiVersion}/${kind}`;
}

/** A kind of an aggregated API has no definition to be found. */
async function readDefining(question: ClosureQuestion): Promise<Found> {
  const { cluster, types, members } = question;
  const plural = (member: KubeObject) => types.find((type) => groupKind(type) === groupKind(member))?.resource;
  const needed = distinct(
    question,
    members.flatMap((member) => definitionOf(member, plural) ?? []),
  );
  const read = await Promise.all(needed.map(async (one) => ({ ...one, object: await tryGet(cluster, one.ref) })));
  return {
    objects: read.flatMap(({ object, of }) => (object ? [{ object, of }] : [])),
    unreadable: read.filter(({ object }) => object === null).map(({ ref }) => nameOfType(ref)),
  };
}

/** `null`: it may not be read. */
async function tryGet(cluster: Cluster, ref: ObjectRef): Promise<KubeObject | undefined | null> {
  try {
    return await cluster.get(ref);
  } catch (error) {
    if (isPortError(error) && error.kind === 'denied') return null;
    if (isPortError(error) && error.kind === 'notFound') return undefined;
    return await via('cluster', () => Promise.reject(error));
  }
}
