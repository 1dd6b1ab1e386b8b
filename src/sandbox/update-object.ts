import { createObject } from './create-object.ts';
import { checkBody, checkPatched, decoded, own, type Place, type WriteOptions, writerOf } from './draft.ts';
import {
  clone,
  equal,
  isObject,
  type Json,
  type JsonObject,
  numberAt,
  objectAt,
  objectsAt,
  omit,
  textAt,
} from './json.ts';
import { type Kind, tableOf } from './kinds.ts';
import { differOnlyInTimes } from './managed-fields.ts';
import { deletionTimeOf, finalizersOf, isTerminating, nameOf, uidOf, versionOf } from './meta.ts';
import { countDaemonTemplates, prepareUpdate } from './prepare.ts';
import type { ClusterState } from './state.ts';
import { badRequest, conflict, invalid, MODIFIED, notFound } from './status-errors.ts';
import { invalidValue, updateCauses } from './validation.ts';

/** How the new object comes from the live one: a PUT ignores it, a PATCH starts from it. */
export type Change =
  | { readonly by: 'put'; readonly body: JsonObject }
  | { readonly by: 'patch'; readonly apply: (live: JsonObject) => JsonObject };

export interface Written {
  readonly object: JsonObject;
  readonly outcome: 'created' | 'updated';
}

/** PUT and PATCH, of an object or of its status. */
export function updateObject(state: ClusterState, place: Place, change: Change, options: WriteOptions): Written {
  const live = state.store.get(tableOf(place.kind), place.namespace, place.name);
  if (live === undefined) return createByPut(state, place, change, options);
  const body = change.by === 'put' ? change.body : change.apply(live);
  checkBody(place, body);
  checkName(place, body);
  if (change.by === 'put') checkUid(place, body, uidOf(live));
  else checkPatched(place.kind, body, options);
  checkVersion(place, body, live);
  return { object: replaceLive(state, place, { body, live }, options), outcome: 'updated' };
}

function checkName(place: Place, body: JsonObject): void {
  const name = nameOf(body);
  if (name === '')
    throw badRequest(`the name of the object (${place.name} based on URL) was undeterminable: name must be provided`);
  if (name !== place.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${place.name})`);
  }
}

function createByPut(state: ClusterState, place: Place, change: Change, options: WriteOptions): Written {
  if (change.by !== 'put' || !place.kind.traits.has('createOnPut') || place.subresource !== '')
    throw notFound(place.kind, place.name);
  checkName(place, change.body);
  checkUid(place, change.body, '');
  const body = { ...change.body, metadata: omit(objectAt(change.body, 'metadata'), 'resourceVersion') };
  return { object: createObject(state, place, body, options), outcome: 'created' };
}

function checkUid(place: Place, body: JsonObject, live: string): void {
  const given = uidOf(body);
  if (given === '' || given === live) return;
  const key = ['/registry', place.kind.plural, place.namespace, place.name].filter((part) => part !== '').join('/');
  const why = `Precondition failed: UID in precondition: ${given}, UID in object meta: ${live}`;
  throw conflict(
    place.kind,
    place.name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  );
}

function checkVersion(place: Place, body: JsonObject, live: JsonObject): void {
  const given = versionOf(body);
  if (given === '' || given === '0') requireVersion(place);
  else if (given !== versionOf(live)) throw conflict(place.kind, place.name, MODIFIED);
}

function requireVersion({ kind, name }: Place): void {
  if (!kind.traits.has('versionedPut')) return;
  const plural = { ...kind, kind: kind.plural };
  throw invalid(plural, name, [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')]);
}

interface Replacement {
  readonly body: JsonObject;
  readonly live: JsonObject;
}

function replaceLive(
  state: ClusterState,
  place: Place,
  { body, live }: Replacement,
  options: WriteOptions,
): JsonObject {
  const draft = mergedWithLive(place, decoded(place.kind, body, options), live);
  if (place.kind.kind === 'DaemonSet') countDaemonTemplates(draft, live);
  own({ draft, before: live, entries: startingEntries(body, live), writer: writerOf(state, place, options) });
  prepareUpdate(place.kind, draft, live);
  if (isNewGeneration(place, draft, live))
    objectAt(draft, 'metadata').generation = (numberAt(live, 'metadata', 'generation') ?? 0) + 1;
  const causes = updateCauses(place.kind, draft, live);
  if (causes.length > 0) throw invalid(place.kind, place.name, causes);
  if (differOnlyInTimes(draft, live)) return live;
  return options.dryRun === 'all' ? draft : store(state, place, draft, live);
}

/** A list in the request replaces the live one as the starting point; `[{}]` stands for an empty list. */
function startingEntries(body: JsonObject, live: JsonObject): JsonObject[] {
  const given = objectAt(body, 'metadata').managedFields;
  const list =
    given === undefined || given === null
      ? objectsAt(live, 'metadata', 'managedFields')
      : objectsAt(body, 'metadata', 'managedFields');
  return list.filter((entry) => entry.manager !== undefined);
}

const KEPT_METADATA = ['uid', 'resourceVersion', 'creationTimestamp', 'deletionGracePeriodSeconds', 'generation'];

function mergedWithLive(place: Place, draft: JsonObject, live: JsonObject): JsonObject {
  const metadata = { ...omit(objectAt(draft, 'metadata'), 'selfLink'), ...keptMetadata(draft, live) };
  if (place.subresource === 'status') return withNewStatus(place.kind, { ...draft, metadata }, live);
  const status = place.kind.traits.has('status') ? live.status : draft.status;
  return { ...omit(draft, 'status'), metadata, ...(status === undefined ? {} : { status }) };
}

function keptMetadata(draft: JsonObject, live: JsonObject): JsonObject {
  const kept = KEPT_METADATA.map((key) => [key, objectAt(live, 'metadata')[key]] as const);
  const uid = uidOf(draft) === '' ? uidOf(live) : uidOf(draft);
  const deletionTimestamp = deletionTimeOf(draft) ?? deletionTimeOf(live);
  return { namespace: textAt(live, 'metadata', 'namespace'), ...Object.fromEntries(kept), uid, deletionTimestamp };
}

/** A status write changes the status, and on built-in kinds annotations (so do the real controllers). */
function withNewStatus(kind: Kind, draft: JsonObject, live: JsonObject): JsonObject {
  const annotations =
    kind.custom === undefined ? objectAt(draft, 'metadata').annotations : objectAt(live, 'metadata').annotations;
  const metadata = {
    ...omit(objectAt(live, 'metadata'), 'annotations'),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const status: Json | undefined = draft.status;
  return { ...omit(live, 'status'), metadata: clone(metadata), ...(status === undefined ? {} : { status }) };
}

/** Deployments count annotation changes too. */
function isNewGeneration({ kind, subresource }: Place, draft: JsonObject, live: JsonObject): boolean {
  if (!kind.traits.has('generation') || subresource === 'status') return false;
  const content = (object: JsonObject) => omit(object, 'metadata', kind.traits.has('status') ? 'status' : '');
  const annotations = (object: JsonObject) => objectAt(object, 'metadata', 'annotations');
  if (kind.kind === 'Deployment' && !equal(annotations(draft), annotations(live))) return true;
  return !equal(content(draft), content(live));
}

function store(state: ClusterState, { kind }: Place, draft: JsonObject, live: JsonObject): JsonObject {
  if (!isFinished(draft)) return state.store.write(tableOf(kind), draft);
  state.store.remove(tableOf(kind), live);
  return draft;
}

/** A terminating object goes with its last finalizer; pods wait for their kubelet, namespaces for their contents. */
export function isFinished(object: JsonObject): boolean {
  const isGraceful = (numberAt(object, 'metadata', 'deletionGracePeriodSeconds') ?? 0) > 0;
  const holds = object.kind === 'Namespace' ? objectsLike(object) : 0;
  return isTerminating(object) && finalizersOf(object).length === 0 && !isGraceful && holds === 0;
}

function objectsLike(namespace: JsonObject): number {
  const list = isObject(namespace.spec) ? namespace.spec.finalizers : undefined;
  return Array.isArray(list) ? list.length : 0;
}
