import { admit } from './admission.ts';
import { checkBody, decoded, own, type Place, type WriteOptions, writerOf } from './draft.ts';
import { type JsonObject, numberAt, objectAt, omit, textAt } from './json.ts';
import { isNamespaced, tableOf } from './kinds.ts';
import { isTerminating, nameOf, stamp, versionOf } from './meta.ts';
import { countDaemonTemplates, prepareCreate, usedClusterIps } from './prepare.ts';
import { type ClusterState, nameSuffix, newUid } from './state.ts';
import { ApiError, alreadyExists, forbidden, invalid, notFound } from './status-errors.ts';
import { creationCauses, invalidValue } from './validation.ts';

/** POST. Answers with the stored object, or with the one that a real run would store. */
export function createObject(state: ClusterState, place: Place, body: JsonObject, options: WriteOptions): JsonObject {
  checkBody(place, body);
  const draft = decoded(place.kind, body, options);
  const given = versionOf(draft);
  identify(state, place, draft);
  admitToNamespace(state, place, nameOf(draft));
  admit(place.kind, draft);
  finishCreate(state, place, draft, options);
  const causes = creationCauses(place.kind, draft);
  if (causes.length > 0) throw invalid(place.kind, nameOf(draft), causes);
  if (options.dryRun === 'all') return checkedDryCreate(state, place, draft, given);
  if (given !== '') throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
  refuseDuplicate(state, place, draft);
  return state.store.write(tableOf(place.kind), draft);
}

/** A dry run takes a resourceVersion and a taken clusterIP, as the real server does. */
function checkedDryCreate(state: ClusterState, place: Place, draft: JsonObject, given: string): JsonObject {
  refuseExisting(state, place, draft);
  return given === '' ? draft : { ...draft, metadata: { ...objectAt(draft, 'metadata'), resourceVersion: given } };
}

function refuseDuplicate(state: ClusterState, place: Place, draft: JsonObject): void {
  refuseExisting(state, place, draft);
  const address = textAt(draft, 'spec', 'clusterIP');
  if (place.kind.kind !== 'Service' || address === undefined || address === 'None') return;
  if (!usedClusterIps(state).has(address)) return;
  const why = `failed to allocate IP ${address}: provided IP is already allocated`;
  throw invalid(place.kind, nameOf(draft), [invalidValue('spec.clusterIPs', [address], why)]);
}

function refuseExisting(state: ClusterState, place: Place, draft: JsonObject): void {
  const existing = state.store.get(tableOf(place.kind), place.namespace, nameOf(draft));
  if (existing !== undefined) throw alreadyExists(place.kind, nameOf(draft));
}

const SERVER_SET = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
  'generation',
];

function identify(state: ClusterState, { kind, namespace }: Place, draft: JsonObject): void {
  const metadata = omit(objectAt(draft, 'metadata'), ...SERVER_SET);
  const prefix = textAt(metadata, 'generateName');
  draft.metadata = {
    ...metadata,
    name: textAt(metadata, 'name') ?? (prefix === undefined ? undefined : prefix + nameSuffix()),
    ...(isNamespaced(kind) ? { namespace } : { namespace: undefined }),
    uid: newUid(),
    ...(kind.traits.has('generation') ? { generation: 1 } : givenGeneration(draft)),
    creationTimestamp: stamp(state.now()),
  };
}

/** Kinds that do not count generations keep the number they are given. */
function givenGeneration(draft: JsonObject): JsonObject {
  const generation = numberAt(draft, 'metadata', 'generation');
  return generation === undefined ? {} : { generation };
}

/** A namespaced object needs its namespace, and one that is not on its way out. */
function admitToNamespace(state: ClusterState, { kind, namespace }: Place, name: string): void {
  if (!isNamespaced(kind)) return;
  const owner = state.store.get('/namespaces', '', namespace);
  if (owner === undefined) throw notFound({ group: '', kind: 'Namespace', plural: 'namespaces' }, namespace);
  if (!isTerminating(owner)) return;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(kind, name, why, { causes: [cause] });
}

function finishCreate(state: ClusterState, place: Place, draft: JsonObject, options: WriteOptions): void {
  if (place.kind.traits.has('status')) delete draft.status;
  if (place.kind.kind === 'DaemonSet') countDaemonTemplates(draft, undefined);
  own({ draft, before: {}, entries: [], writer: writerOf(state, place, options) });
  prepareCreate(place.kind, draft, state);
}
