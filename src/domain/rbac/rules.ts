import type { Use, Verb } from './uses.ts';

/** Something the worker does to objects of one resource. */
export interface Need extends Use {
  /** A namespace; `null`: in none, or in all. */
  readonly place: string | null;
  readonly group: string;
  readonly resource: string;
  /** Only these objects; `null`: any. */
  readonly names: readonly string[] | null;
}

/** As in a Role, and why. */
export interface Rule {
  readonly why: string;
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly Verb[];
}

/** One resource, one name or any. */
interface Grant {
  readonly group: string;
  readonly resource: string;
  readonly name: string | null;
  readonly verbs: readonly Verb[];
  readonly whys: readonly string[];
}

const verbOrder: readonly Verb[] = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** The fewest rules that allow all of one place and nothing else: no rule crosses groups, none has a wildcard. */
export function rulesOf(needs: readonly Need[]): readonly Rule[] {
  const grants = uncovered(merged(needs.flatMap(grantsOf)));
  const named = grouped(grants, ({ name, ...grant }) => [name === null, grant.group, grant.resource, grant.verbs]);
  const together = named.map((group) => ({ ...first(group), names: namesOf(group), whys: whysOf(group) }));
  return grouped(together, ({ group, names, verbs }) => [group, names, verbs]).map((group) => {
    const { names, verbs, group: apiGroup } = first(group);
    return {
      why: whysOf(group).join('; '),
      apiGroups: [apiGroup],
      resources: group.map(({ resource }) => resource).sort(),
      ...(names === null ? {} : { resourceNames: names }),
      verbs,
    };
  });
}

/** A create is authorised before the server knows the name: limited to names it would never be allowed. */
function grantsOf({ group, resource, names, verbs, why }: Need): readonly Grant[] {
  const about = { group, resource, whys: [why] };
  if (names === null) return [{ ...about, name: null, verbs }];
  const named = verbs.filter((verb) => verb !== 'create');
  const creates = verbs.filter((verb) => verb === 'create');
  return [
    ...(named.length > 0 ? names.map((name) => ({ ...about, name, verbs: named })) : []),
    ...(creates.length > 0 ? [{ ...about, name: null, verbs: creates }] : []),
  ];
}

function merged(grants: readonly Grant[]): readonly Grant[] {
  return grouped(grants, ({ group, resource, name }) => [group, resource, name]).map((same) => ({
    ...first(same),
    verbs: verbOrder.filter((verb) => same.some(({ verbs }) => verbs.includes(verb))),
    whys: whysOf(same),
  }));
}

/** What is allowed for any name needs no saying for one. */
function uncovered(grants: readonly Grant[]): readonly Grant[] {
  const whole = grants.filter(({ name }) => name === null);
  return grants.flatMap((grant) => {
    const any = whole.find(({ group, resource }) => group === grant.group && resource === grant.resource);
    if (grant.name === null || any === undefined) return [grant];
    const verbs = grant.verbs.filter((verb) => !any.verbs.includes(verb));
    return verbs.length === 0 ? [] : [{ ...grant, verbs }];
  });
}

function namesOf(grants: readonly Grant[]): readonly string[] | null {
  const names = grants.flatMap(({ name }) => name ?? []);
  return names.length === 0 ? null : names.sort();
}

function whysOf(parts: readonly { readonly whys: readonly string[] }[]): readonly string[] {
  return [...new Set(parts.flatMap(({ whys }) => whys))];
}

/** Groups of equal key, in the order of their keys. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => readonly unknown[]): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, group]) => group);
}

function first<T>(group: readonly T[]): T {
  const [item] = group;
  if (item === undefined) throw new Error('a group has an item');
  return item;
}
