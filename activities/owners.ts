import { uidOf } from '../src/domain/kubernetes/identity.ts';
import { groupKind } from '../src/domain/kubernetes/kinds.ts';
import { type Claim, claimsOn } from '../src/domain/owners/claims.ts';
import { isActive, valueBefore } from '../src/domain/owners/pause.ts';
import type { Cluster, ServedType } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { OwnerActivities } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { Owner } from '../src/schema/owner.ts';
import { beating } from './beating.ts';
import { collect } from './collect.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf } from './documents.ts';
import { via } from './failures.ts';
import { identify } from './identify.ts';
import { pauseOwner, resumeOwner } from './pause-owner.ts';
import { tryListKind } from './reading.ts';

export function createOwnerActivities(deps: Dependencies): OwnerActivities {
  return {
    findOwners: (input) => beating(() => findOwners(deps, input)),
    pauseOwner: (input) => pauseOwner(deps, input),
    resumeOwner: (input) => resumeOwner(deps, input),
  };
}

type Question = Parameters<OwnerActivities['findOwners']>[0];

async function findOwners(deps: Dependencies, input: Question): Promise<readonly Owner[]> {
  const { target, request, alsoMembersOf } = input;
  const part = alsoMembersOf ? await documentsOf(deps.snapshots).part(alsoMembersOf) : null;
  const cluster = await via('cluster', async () => deps.clusters(target.cluster));
  await identify(cluster, part);
  const earlier = part?.members.map(({ ref }) => ref) ?? [];
  const { members } = await collect({ cluster, target, request, releases: deps.releases, earlier });
  return await ownersOf(
    cluster,
    members.map(({ object }) => object),
  );
}

/** Whoever applies these objects from a source of its own, active or not. */
export async function ownersOf(cluster: Cluster, objects: readonly KubeObject[]): Promise<readonly Owner[]> {
  const types = await via('cluster', () => cluster.discover());
  return await Promise.all(claimsOn(objects).map((claim) => lookUp({ cluster, types, claim })));
}

interface Search {
  readonly cluster: Cluster;
  readonly types: readonly ServedType[];
  readonly claim: Claim;
}

async function lookUp(search: Search): Promise<Owner> {
  const { cluster, types, claim } = search;
  const type = types.find((candidate) => groupKind(candidate) === claim.groupKind);
  if (!type) return unknown(claim, 'v1', `cluster ${cluster.name} does not serve ${claim.groupKind}`);
  const found = await read(search, type);
  return typeof found === 'string' ? unknown(claim, type.apiVersion, found) : await describe(search, found);
}

function unknown({ tool, groupKind: name, via: mark, ...claim }: Claim, apiVersion: string, why: string): Owner {
  const kind = name.split('.')[0] ?? '';
  const ref = {
    apiVersion,
    kind,
    name: claim.name,
    ...(claim.namespace === null ? {} : { namespace: claim.namespace }),
  };
  return { tool, ref, via: mark, state: { kind: 'unknown', why } };
}

async function describe({ cluster, claim }: Search, found: KubeObject): Promise<Owner> {
  const { apiVersion, kind, metadata } = found;
  const ref: ObjectRef = { apiVersion, kind, namespace: String(metadata.namespace ?? ''), name: metadata.name };
  const about = { tool: claim.tool, ref, via: claim.via };
  if (!isActive(found)) return { ...about, state: { kind: 'resting' } };
  const mayPause = await via('cluster', () => cluster.mayI('update', ref));
  return { ...about, state: { kind: 'active', uid: uidOf(found), before: valueBefore(found), mayPause } };
}

/** The owner, or why it cannot be had. */
async function read(search: Search, type: ServedType): Promise<KubeObject | string> {
  const { namespace } = search.claim;
  return namespace === null ? await readAnywhere(search, type) : await readIn(search, type, namespace);
}

async function readIn({ cluster, claim }: Search, type: ServedType, namespace: string): Promise<KubeObject | string> {
  const { apiVersion, kind } = type;
  try {
    const found = await cluster.get({ apiVersion, kind, namespace, name: claim.name });
    return found ?? `cluster ${cluster.name} has no ${kind} ${namespace}/${claim.name}`;
  } catch (error) {
    if (isPortError(error) && error.kind === 'denied') return `it cannot be read: ${error.message}`;
    return await via('cluster', () => Promise.reject(error));
  }
}

const usualNamespace = 'argocd';

/** Argo CD's marks name no namespace: mostly it is Argo CD's own, else all are looked through. */
async function readAnywhere(search: Search, type: ServedType): Promise<KubeObject | string> {
  const usual = await readIn(search, type, usualNamespace);
  if (typeof usual !== 'string') return usual;
  const { cluster, claim } = search;
  const all = await tryListKind(cluster, { type });
  if (!all) return `${usual}; and ${type.kind}s of all namespaces cannot be listed`;
  const named = all.filter(({ metadata }) => metadata.name === claim.name);
  const [only] = named;
  if (only && named.length === 1) return only;
  return `cluster ${cluster.name} has ${named.length} ${type.kind}s named ${claim.name}`;
}
