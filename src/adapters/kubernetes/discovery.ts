import type { ServedType } from '../../ports/cluster.ts';
import { isPortError, PortError } from '../../ports/port-error.ts';
import type { Json } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import type { ApiClient } from './api-client.ts';
import {
  groupOf,
  joinCatalogues,
  readAggregated,
  readGroupVersions,
  readResourceList,
  type TypeCatalogue,
} from './discovery-documents.ts';
import { textAt } from './json-access.ts';
import { groupVersionPath } from './paths.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
const FRESH_FOR = 30_000;

export interface Discovery {
  /** One entry per group and resource, at the version the server prefers. */
  preferred(freshness?: 'cached' | 'refresh'): Promise<readonly ServedType[]>;
  /** Any served version. Asks the server again before it says `notFound` with reason `KindNotServed`. */
  resolve(ref: Pick<ObjectRef, 'apiVersion' | 'kind'>): Promise<ServedType>;
  /** The next question is put to the server. */
  forget(): void;
}

export function createDiscovery(client: ApiClient, now: () => number): Discovery {
  const read = createCache(() => readCatalogue(client), now);
  return {
    preferred: async (freshness = 'cached') => firstVersions((await read.value(freshness)).types),
    async resolve(ref) {
      const known = findType(await read.value('cached'), ref);
      return (
        known ?? findType(await read.value('refresh'), ref) ?? failToResolve(client, await read.value('cached'), ref)
      );
    },
    forget: read.forget,
  };
}

function createCache(read: () => Promise<TypeCatalogue>, now: () => number) {
  let current: { readonly value: Promise<TypeCatalogue>; readonly at: number; isPending: boolean } | undefined;

  function start(): Promise<TypeCatalogue> {
    const entry = { value: read(), at: now(), isPending: true };
    current = entry;
    const isDone = () => {
      entry.isPending = false;
    };
    // A failure is not kept: the next caller asks again.
    entry.value.then(isDone, () => {
      if (current === entry) current = undefined;
    });
    return entry.value;
  }

  return {
    value(freshness: 'cached' | 'refresh'): Promise<TypeCatalogue> {
      if (!current || now() - current.at > FRESH_FOR) return start();
      return freshness === 'cached' || current.isPending ? current.value : start();
    },
    forget: () => {
      current = undefined;
    },
  };
}

async function readCatalogue(client: ApiClient): Promise<TypeCatalogue> {
  return joinCatalogues(await Promise.all([readRoot(client, '/api'), readRoot(client, '/apis')]));
}

async function readRoot(client: ApiClient, path: string): Promise<TypeCatalogue> {
  const document = await readDocument(client, path);
  if (textAt(document, 'kind') === 'APIGroupDiscoveryList') return readAggregated(document);
  return joinCatalogues(await Promise.all(readGroupVersions(document).map((version) => readVersion(client, version))));
}

/** One group's server being away must not hide the other groups. */
async function readVersion(client: ApiClient, apiVersion: string): Promise<TypeCatalogue> {
  try {
    return {
      types: readResourceList(apiVersion, await readDocument(client, groupVersionPath(apiVersion))),
      unknown: [],
    };
  } catch (error) {
    if (isPortError(error) && (error.kind === 'unavailable' || error.kind === 'notFound')) {
      return { types: [], unknown: [apiVersion] };
    }
    throw error;
  }
}

async function readDocument(client: ApiClient, path: string): Promise<Json> {
  const subject = { action: `discover ${path}` };
  return (await client.call({ method: 'GET', path, accept: AGGREGATED, effect: 'read', subject })).body;
}

function findType(catalogue: TypeCatalogue, ref: Pick<ObjectRef, 'apiVersion' | 'kind'>): ServedType | undefined {
  return catalogue.types.find((type) => type.apiVersion === ref.apiVersion && type.kind === ref.kind);
}

function firstVersions(types: readonly ServedType[]): readonly ServedType[] {
  const byResource = new Map<string, ServedType>();
  for (const type of types) {
    const key = `${type.resource}.${groupOf(type.apiVersion)}`;
    if (!byResource.has(key)) byResource.set(key, type);
  }
  return [...byResource.values()];
}

function failToResolve(
  client: ApiClient,
  catalogue: TypeCatalogue,
  { apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>,
): never {
  const place = `cluster ${client.cluster}: `;
  if (catalogue.unknown.includes(apiVersion)) {
    throw new PortError(
      'unavailable',
      `${place}the server behind ${apiVersion} does not answer, so ${kind} is unknown`,
    );
  }
  const text = `${place}kind ${kind} of ${apiVersion} is not served here`;
  throw new PortError('notFound', text, { reason: 'KindNotServed' });
}
