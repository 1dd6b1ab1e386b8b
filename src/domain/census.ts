import type { ResolvedTarget } from '../schema/resolved-request.ts';
import type { Part } from '../schema/stored.ts';

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
  readonly isControlled: boolean;
}

/**
 * Objects that were not there before the deploy and that nothing explains, as `Kind/name`: perhaps the deploy's, but
 * outside its scope. They are told, and never touched. `explained`: uids of members and of what the plan knows.
 */
export function suspects(
  before: Part,
  now: readonly CountedObject[],
  explained: ReadonlySet<string>,
): readonly string[] {
  const known = new Set([...(before.census?.uids ?? []), ...explained]);
  const isSuspect = (object: CountedObject) => {
    const type = `${object.apiVersion}/${object.kind}`;
    if (object.isControlled || madeByControllers.includes(type) || known.has(object.uid)) return false;
    return typesReadIn(before, object.namespace).includes(type);
  };
  return now.filter(isSuspect).map(({ kind, name }) => `${kind}/${name}`);
}
