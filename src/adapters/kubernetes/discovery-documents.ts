import type { ServedType } from '../../ports/cluster.ts';
import type { Json } from '../../schema/json.ts';
import { listAt, objectAt, textAt, textsAt } from './json-access.ts';

export interface TypeCatalogue {
  /** Every served version of every kind; of one group and resource, the server's preferred version comes first. */
  readonly types: readonly ServedType[];
  /** apiVersions whose own server did not answer the API server: what they serve is not known now. */
  readonly unknown: readonly string[];
}

export function joinCatalogues(parts: readonly TypeCatalogue[]): TypeCatalogue {
  return { types: parts.flatMap((part) => part.types), unknown: parts.flatMap((part) => part.unknown) };
}

/** Reads an `APIGroupDiscoveryList`. */
export function readAggregated(document: Json): TypeCatalogue {
  return joinCatalogues(listAt(document, 'items').flatMap(readGroup));
}

function readGroup(group: Json): readonly TypeCatalogue[] {
  const name = textAt(objectAt(group, 'metadata'), 'name') ?? '';
  return listAt(group, 'versions').map((version) => {
    const apiVersion = joinApiVersion(name, textAt(version, 'version') ?? '');
    const isStale = textAt(version, 'freshness') === 'Stale';
    const types = listAt(version, 'resources').flatMap((resource) => readResource(apiVersion, resource));
    return { types, unknown: isStale ? [apiVersion] : [] };
  });
}

function readResource(apiVersion: string, resource: Json): readonly ServedType[] {
  const kind = textAt(objectAt(resource, 'responseKind'), 'kind');
  const plural = textAt(resource, 'resource');
  if (kind === undefined || plural === undefined) return [];
  const scope = textAt(resource, 'scope') === 'Cluster' ? 'cluster' : 'namespaced';
  const subresources = listAt(resource, 'subresources').flatMap((entry) => textAt(entry, 'subresource') ?? []);
  return [{ apiVersion, kind, resource: plural, scope, verbs: textsAt(resource, 'verbs'), subresources }];
}

/** The apiVersions of an `APIVersions` or `APIGroupList`, preferred ones first. */
export function readGroupVersions(document: Json): readonly string[] {
  const core = textsAt(document, 'versions');
  const grouped = listAt(document, 'groups').flatMap((group) => {
    const all = listAt(group, 'versions').flatMap((version) => textAt(version, 'groupVersion') ?? []);
    const preferred = textAt(objectAt(group, 'preferredVersion'), 'groupVersion');
    return preferred === undefined ? all : [preferred, ...all.filter((version) => version !== preferred)];
  });
  return [...core, ...grouped];
}

/** Reads an `APIResourceList`, where subresources are entries of their own, such as `deployments/scale`. */
export function readResourceList(apiVersion: string, document: Json): readonly ServedType[] {
  const entries = listAt(document, 'resources').map((entry) => ({ entry, name: textAt(entry, 'name') ?? '' }));
  return entries.flatMap(({ entry, name }) => {
    const kind = textAt(entry, 'kind');
    if (kind === undefined || name === '' || name.includes('/')) return [];
    const scope = (entry as { namespaced?: Json }).namespaced === true ? 'namespaced' : 'cluster';
    const prefix = `${name}/`;
    const below = entries.filter((other) => other.name.startsWith(prefix));
    const subresources = below.map((other) => other.name.slice(prefix.length));
    return [{ apiVersion, kind, resource: name, scope, verbs: textsAt(entry, 'verbs'), subresources }];
  });
}

function joinApiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
