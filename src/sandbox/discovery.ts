import type { JsonObject } from './json.ts';
import { isNamespaced, type Kind, type Trait } from './kinds.ts';

const OBJECT_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];

export const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The aggregated document of `/api` (the core group) or `/apis` (all others). */
export function aggregatedDiscovery(kinds: readonly Kind[], root: 'api' | 'apis'): JsonObject {
  const wanted = kinds.filter((kind) => (kind.group === '') === (root === 'api'));
  const groups = [...new Set(wanted.map((kind) => kind.group))];
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => discoveredGroup(group, wanted)),
  };
}

function discoveredGroup(group: string, kinds: readonly Kind[]): JsonObject {
  const members = sorted(kinds.filter((kind) => kind.group === group));
  return {
    metadata: group === '' ? {} : { name: group },
    versions: versionsOf(members).map((version) => ({
      version,
      resources: members.filter((kind) => kind.version === version).map(discoveredResource),
      freshness: 'Current',
    })),
  };
}

function discoveredResource(kind: Kind): JsonObject {
  return {
    resource: kind.plural,
    responseKind: responseKind(kind),
    scope: isNamespaced(kind) ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: verbsOf(kind),
    ...(kind.shortNames.length === 0 ? {} : { shortNames: [...kind.shortNames] }),
    ...(subresourcesOf(kind).length === 0
      ? {}
      : {
          subresources: subresourcesOf(kind).map(({ name, of, verbs }) => ({
            subresource: name,
            responseKind: of,
            verbs,
          })),
        }),
  };
}

/** Built-in kinds leave group and version blank: they are those of the document. */
function responseKind(kind: Kind): JsonObject {
  const place = kind.custom === undefined ? { group: '', version: '' } : { group: kind.group, version: kind.version };
  return { ...place, kind: kind.kind };
}

interface Subresource {
  readonly name: string;
  readonly of: JsonObject;
  readonly verbs: string[];
}

function subresourcesOf(kind: Kind): Subresource[] {
  const all: Record<string, Omit<Subresource, 'name'>> = {
    eviction: { of: { group: 'policy', version: 'v1', kind: 'Eviction' }, verbs: ['create'] },
    log: { of: responseKind(kind), verbs: ['get'] },
    scale: { of: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: SUBRESOURCE_VERBS },
    status: { of: responseKind(kind), verbs: SUBRESOURCE_VERBS },
  };
  return Object.entries(all).flatMap(([name, one]) => (kind.traits.has(name as Trait) ? [{ name, ...one }] : []));
}

const verbsOf = (kind: Kind): string[] => {
  if (kind.traits.has('review')) return ['create'];
  if (kind.custom !== undefined) return CUSTOM_VERBS;
  return kind.plural === 'namespaces' ? OBJECT_VERBS.filter((verb) => verb !== 'deletecollection') : OBJECT_VERBS;
};

const sorted = (kinds: readonly Kind[]): Kind[] =>
  [...kinds].sort((left, right) => (left.plural < right.plural ? -1 : 1));

const versionsOf = (kinds: readonly Kind[]): string[] => [...new Set(kinds.map((kind) => kind.version))];

/** `/api` for clients that do not ask for the aggregated form. */
export function coreVersions(): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'] };
}

/** `/apis` for clients that do not ask for the aggregated form. */
export function groupList(kinds: readonly Kind[]): JsonObject {
  const groups = [...new Set(kinds.map((kind) => kind.group))].filter((group) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((group) => groupEntry(kinds, group)) };
}

/** `/apis/<group>` */
export function groupDocument(kinds: readonly Kind[], group: string): JsonObject {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(kinds, group) };
}

function groupEntry(kinds: readonly Kind[], group: string): JsonObject {
  const versions = versionsOf(kinds.filter((kind) => kind.group === group)).map((version) => ({
    groupVersion: `${group}/${version}`,
    version,
  }));
  return { name: group, versions, preferredVersion: versions[0] };
}

/** `/api/v1` or `/apis/<group>/<version>` */
export function resourceList(kinds: readonly Kind[], group: string, version: string): JsonObject {
  const members = sorted(kinds.filter((kind) => kind.group === group && kind.version === version));
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: members.flatMap((kind) => [
      resourceEntry(kind),
      ...subresourcesOf(kind).map((subresource) => subresourceEntry(kind, subresource)),
    ]),
  };
}

function resourceEntry(kind: Kind): JsonObject {
  return {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: isNamespaced(kind),
    kind: kind.kind,
    verbs: verbsOf(kind),
    ...(kind.shortNames.length === 0 ? {} : { shortNames: [...kind.shortNames] }),
  };
}

function subresourceEntry(kind: Kind, { name, of, verbs }: Subresource): JsonObject {
  const answer = name === 'status' ? { kind: kind.kind } : of;
  return { name: `${kind.plural}/${name}`, singularName: '', namespaced: isNamespaced(kind), ...answer, verbs };
}
