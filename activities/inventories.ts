import { assertNever } from '../src/domain/assert-never.ts';
import { applySetOf, parseParent, usualParents } from '../src/domain/kubernetes/inventory/apply-set.ts';
import { isTrackedBy } from '../src/domain/kubernetes/inventory/argo.ts';
import { fluxGroupKinds, fluxInventory, releaseOf } from '../src/domain/kubernetes/inventory/flux.ts';
import {
  currentRecords,
  isReleaseRecord,
  releaseSelector,
  releaseText,
} from '../src/domain/kubernetes/inventory/helm.ts';
import { kappAppOf, kappRecordNames } from '../src/domain/kubernetes/inventory/kapp.ts';
import type { Listing } from '../src/domain/kubernetes/inventory/listing.ts';
import { groupKind } from '../src/domain/kubernetes/kinds.ts';
import type { Cluster, ServedType } from '../src/ports/cluster.ts';
import type { ReleaseReader } from '../src/ports/release-reader.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';
import type { Inventory } from '../src/schema/scope.ts';
import { fail, via } from './failures.ts';
import { listKind, readNamed } from './reading.ts';

export interface InventoryQuestion {
  readonly cluster: Cluster;
  readonly target: ResolvedTarget;
  readonly types: readonly ServedType[];
  readonly releases: ReleaseReader;
  /** The scope's kinds as served now. */
  readonly kinds: readonly ServedType[];
}

/** What one inventory names, and the objects that had to be read anyway to find out. */
export interface Inventoried {
  readonly of: string;
  readonly refs: readonly ObjectRef[];
  readonly objects: readonly KubeObject[];
}

/**
 * Asks each declared inventory. One that is not there yet names nothing: its first deploy is still to come. The tool's
 * own records of what it deployed are members too: restored, the tool is told the same story as the objects.
 */
export async function readInventories(question: InventoryQuestion): Promise<readonly Inventoried[]> {
  const inventories = question.target.scope.inventory ?? [];
  return await Promise.all(inventories.map((inventory) => readInventory(question, inventory)));
}

async function readInventory(question: InventoryQuestion, inventory: Inventory): Promise<Inventoried> {
  const { namespace } = question.target;
  const { helm, applySet, kapp, flux, argo } = inventory;
  if (helm !== undefined) return await readRelease(question, { name: helm, namespace });
  if (applySet !== undefined) return await readApplySet(question, applySet);
  if (kapp !== undefined) return await readKapp(question, kapp);
  if (flux !== undefined) return await readFlux(question, flux);
  if (argo !== undefined) return await readArgo(question, argo);
  throw new Error('an inventory names no source: the request was not checked');
}

interface Release {
  readonly name: string;
  readonly namespace: string;
}

async function readRelease(question: InventoryQuestion, { name, namespace }: Release): Promise<Inventoried> {
  const { cluster, releases } = question;
  const type = servedAs(question, 'Secret');
  const secrets = await listKind(cluster, { type, namespace, selector: releaseSelector(name) });
  const records = secrets.filter(isReleaseRecord);
  const refs = await Promise.all(
    currentRecords(records).map((record) =>
      readable(name, cluster, () => releases(releaseText(record) ?? '', namespace)),
    ),
  );
  return { of: `Helm release ${name}`, refs: refs.flat(), objects: records };
}

async function readable<T>(release: string, cluster: Cluster, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    throw fail('ScopeUnreadable', `cluster ${cluster.name}: Helm release ${release}: ${why}`);
  }
}

async function readApplySet(question: InventoryQuestion, text: string): Promise<Inventoried> {
  const of = `ApplySet ${text}`;
  const parents = await findParents(question, text);
  const found = parents.map((parent) => ({ parent, set: applySetOf(parent) }));
  const stranger = found.find(({ set }) => set === undefined);
  if (stranger) throw unreadable(question, of, 'its parent carries no applyset.kubernetes.io/id');
  const members = await Promise.all(found.map(({ set }) => (set ? readListing(question, set) : [])));
  return { of, refs: [], objects: [...parents, ...members.flat()] };
}

async function findParents(question: InventoryQuestion, text: string): Promise<readonly KubeObject[]> {
  const { cluster, target, types } = question;
  const { namespace } = target;
  const parent = parseParent(text);
  switch (parent.kind) {
    case 'id': {
      const { selector } = parent;
      const kinds = usualParents.map((kind) => servedAs(question, kind));
      return (await Promise.all(kinds.map((type) => listKind(cluster, { type, namespace, selector })))).flat();
    }
    case 'object': {
      const type = servedAs(question, parent.groupKind);
      const ref = refTo(type, parent.name, namespace);
      return [...(await readNamed(cluster, [{ ref, kind: 'served' }], types)).values()];
    }
    default:
      return assertNever(parent);
  }
}

async function readKapp(question: InventoryQuestion, application: string): Promise<Inventoried> {
  const { cluster, target, types } = question;
  const of = `kapp application ${application}`;
  const type = servedAs(question, 'ConfigMap');
  const wanted = kappRecordNames(application).map((name) => refTo(type, name, target.namespace));
  const found = await readNamed(
    cluster,
    wanted.map((ref) => ({ ref, kind: 'served' })),
    types,
  );
  const [record] = found.values();
  if (!record) return { of, refs: [], objects: [] };
  const listing = kappAppOf(record);
  if (!listing)
    throw unreadable(question, of, `ConfigMap ${record.metadata.name} is no record that says what it applied`);
  return { of, refs: [], objects: [record, ...(await readListing(question, listing))] };
}

async function readFlux(question: InventoryQuestion, flux: NonNullable<Inventory['flux']>): Promise<Inventoried> {
  const { cluster, target, types } = question;
  const of = `${flux.kind} ${flux.name}`;
  const type = servedAs(question, fluxGroupKinds[flux.kind]);
  const ref = refTo(type, flux.name, flux.namespace ?? target.namespace);
  const [owner] = (await readNamed(cluster, [{ ref, kind: 'served' }], types)).values();
  if (!owner) return { of, refs: [], objects: [] };
  const release = flux.kind === 'HelmRelease' ? releaseOf(owner) : undefined;
  const helm = release ? await readRelease(question, release) : undefined;
  return { of, refs: [...fluxInventory(owner), ...(helm?.refs ?? [])], objects: helm?.objects ?? [] };
}

/** Tracking ids are annotations, which no server selects by: the scope's kinds are read whole. */
async function readArgo(question: InventoryQuestion, application: string): Promise<Inventoried> {
  const { cluster, target, kinds } = question;
  const { namespace } = target;
  const lists = await Promise.all(kinds.map((type) => listKind(cluster, { type, namespace })));
  const objects = lists.flat().filter((object) => isTrackedBy(object, application));
  return { of: `Argo CD Application ${application}`, refs: [], objects };
}

async function readListing(
  question: InventoryQuestion,
  { selector, groupKinds, namespaces }: Listing,
): Promise<readonly KubeObject[]> {
  const { cluster, target } = question;
  const kinds = await findAllServed(question, groupKinds);
  const places = [...new Set([target.namespace, ...namespaces])];
  const queries = kinds.flatMap((type) =>
    type.scope === 'cluster' ? [{ type, selector }] : places.map((namespace) => ({ type, namespace, selector })),
  );
  return (await Promise.all(queries.map((query) => listKind(cluster, query)))).flat();
}

/** A kind that the deploy has just brought is not in older answers. One that is not served has no objects. */
async function findAllServed({ cluster, types }: InventoryQuestion, names: readonly string[]): Promise<ServedType[]> {
  const isKnown = (name: string) => types.some((type) => groupKind(type) === name);
  const now = names.every(isKnown) ? types : await via('cluster', () => cluster.discover('refresh'));
  return now.filter((type) => names.includes(groupKind(type)));
}

function servedAs(question: InventoryQuestion, name: string): ServedType {
  const type = question.types.find((one) => groupKind(one) === name);
  if (!type) throw unreadable(question, 'scope.inventory', `the cluster does not serve ${name}`);
  return type;
}

function refTo({ apiVersion, kind, scope }: ServedType, name: string, namespace: string): ObjectRef {
  return scope === 'cluster' ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name };
}

function unreadable({ cluster }: InventoryQuestion, of: string, why: string) {
  return fail('ScopeUnreadable', `cluster ${cluster.name}: ${of}: ${why}`);
}
