import type { ResolvedTarget } from '../schema/resolved-request.ts';
import type { Part } from '../schema/stored.ts';
import { isEverybodys } from './kubernetes/closure.ts';
import { describeRef } from './kubernetes/identity.ts';
import { isSmokeJob } from './smoke-job.ts';

type Census = NonNullable<Part['census']>;

/** `<apiVersion>/<Kind>` of the types whose objects in that namespace are in the part's census. */
export function typesReadIn({ census, target }: Part, namespace: string | undefined): readonly string[] {
  if (!census || namespace === undefined) return [];
  if (namespace === target.namespace) return census.read;
  return census.elsewhere?.find((place) => place.namespace === namespace)?.read ?? [];
}

/** Made by controllers all the time, and restored by their parents. */
const madeByControllers: readonly string[] = [
  'v1/Pod',
  'v1/Endpoints',
  'apps/v1/ReplicaSet',
  'apps/v1/ControllerRevision',
  'discovery.k8s.io/v1/EndpointSlice',
  'coordination.k8s.io/v1/Lease',
];

/** What the promise does not cover, in the target's namespace: types the scope does not look at, or may not. */
export function unseenTypes(
  census: Census,
  { scope }: ResolvedTarget,
  unreadable: readonly string[],
): NonNullable<Part['unseen']> {
  const seen = new Set([...scope.kinds, ...madeByControllers]);
  return {
    outOfScope: census.read.filter((type) => !seen.has(type)).sort(),
    unreadable: [...new Set([...census.unreadable, ...unreadable])].sort(),
  };
}

export interface CountedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  /** Made by a controller for another object. */
  readonly isControlled: boolean;
  /** ISO time. */
  readonly createdAt: string;
}

export interface SuspectQuestion {
  /** The part taken right before the deploy. */
  readonly before: Part;
  /** What is there after it, in the namespaces of that part's census. */
  readonly now: readonly CountedObject[];
  /** uids of what is in scope now. */
  readonly members: ReadonlySet<string>;
  /** Until when the deploy could write; ISO time. */
  readonly until: string;
}

/** Whether objects of this type in that namespace may be suspects: only such are worth counting again. */
export function mayBeSuspect(before: Part, type: string, namespace: string | undefined): boolean {
  return !madeByControllers.includes(type) && typesReadIn(before, namespace).includes(type);
}

/**
 * Objects that appeared while the deploy could write and that are not in its scope, as `Kind/name`: perhaps the
 * deploy's. They are told, and never touched.
 */
export function suspects({ before, now, members, until }: SuspectQuestion): readonly string[] {
  const known = new Set([...(before.census?.uids ?? []), ...members]);
  const isSuspect = (object: CountedObject) =>
    object.uid !== '' &&
    !object.isControlled &&
    !isEverybodys(object) &&
    !isSmokeJob(object) &&
    !known.has(object.uid) &&
    !(Date.parse(object.createdAt) > Date.parse(until)) &&
    mayBeSuspect(before, `${object.apiVersion}/${object.kind}`, object.namespace);
  // A type may be served in several versions.
  const found = new Map(now.filter(isSuspect).map((object) => [object.uid, describeRef(object)]));
  return [...found.values()].sort();
}
