import type { Fence, RemovalFence, RemoveOptions, WriteOptions } from '../../ports/cluster.ts';
import { isPortError, PortError } from '../../ports/port-error.ts';
import type { Json, JsonObject, KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';
import type { Discovery } from './discovery.ts';
import { asObject, objectAt, textAt } from './json-access.ts';
import { describeRef, homePath, objectPath, refOf } from './paths.ts';

export interface WriteContext {
  readonly client: ApiClient;
  readonly discovery: Discovery;
  /** Milliseconds, told to the server too. */
  readonly writeTimeout: number;
}

interface Replacement {
  readonly object: KubeObject;
  readonly fence: Fence;
  readonly options: WriteOptions;
}

export async function replaceObject(context: WriteContext, replacement: Replacement): Promise<KubeObject> {
  const { object, fence, options } = replacement;
  const ref = refOf(object);
  const path = objectPath(await context.discovery.resolve(ref), ref);
  const body = withMetadata(object, { resourceVersion: fence.resourceVersion, uid: fence.uid });
  return send(context, { ...writeRequest(context, 'replace', ref, options), method: 'PUT', path, body });
}

export async function createObject(
  context: WriteContext,
  object: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const ref = refOf(object);
  const path = homePath(await context.discovery.resolve(ref), ref);
  return send(context, {
    ...writeRequest(context, 'create', ref, options),
    method: 'POST',
    path,
    body: withMetadata(object, {}),
  });
}

interface Removal {
  readonly ref: ObjectRef;
  readonly fence: RemovalFence;
  readonly options: RemoveOptions;
}

export async function removeObject(context: WriteContext, removal: Removal): Promise<KubeObject | undefined> {
  const { ref, fence, options } = removal;
  const type = await context.discovery.resolve(ref);
  const request = writeRequest(context, 'delete', ref, options);
  const path = objectPath(type, ref);
  const body = deleteOptions(fence, options);
  const answer = await context.client.find({ ...request, method: 'DELETE', path, body }, ref.name);
  return answer && deletedObject(ref, fence, answer.body);
}

/** With a body, the server ignores the query: a dry run must be asked for here. */
function deleteOptions(
  { uid, resourceVersion }: RemovalFence,
  { mode, propagation = 'Background' }: RemoveOptions,
): Json {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    propagationPolicy: propagation,
    ...(mode === 'prove' ? { dryRun: ['All'] } : {}),
  };
}

/** Servers answer with the object while it is still ending, and with a bare `Status` once it is gone. */
function deletedObject(ref: ObjectRef, fence: RemovalFence, body: Json): KubeObject {
  if (textAt(body, 'kind') !== 'Status') return body as KubeObject;
  const { apiVersion, kind, name, namespace } = ref;
  const uid = textAt(objectAt(body, 'details'), 'uid') ?? fence.uid;
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid } };
}

interface Ownership {
  readonly ref: ObjectRef;
  readonly managedFields: Json;
  readonly fence: Fence;
  readonly options: WriteOptions;
}

/** The server silently keeps its own list when the given one is malformed: the answer shows what it took. */
export async function putOwnershipBack(context: WriteContext, ownership: Ownership): Promise<KubeObject> {
  const { ref, managedFields, fence, options } = ownership;
  const path = objectPath(await context.discovery.resolve(ref), ref);
  const request = writeRequest(context, 'put the field ownership back on', ref, options);
  const contentType = 'application/json-patch+json';
  const body = ownershipPatch(managedFields, fence);
  try {
    return await send(context, { ...request, method: 'PATCH', path, contentType, body });
  } catch (error) {
    throw isFailedTest(error) ? fenceConflict(context, ref) : error;
  }
}

function ownershipPatch(managedFields: Json, { resourceVersion, uid }: Fence): Json {
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'replace', path: '/metadata/managedFields', value: managedFields },
  ];
}

/** A failed `test` is a 422 that names no field; validation always names one. */
function isFailedTest(error: unknown): boolean {
  return isPortError(error) && error.details.status === 422 && error.details.fields === undefined;
}

function fenceConflict({ client }: WriteContext, ref: ObjectRef): PortError {
  const text = `cluster ${client.cluster}: ${describeRef(ref)} is not at the expected resourceVersion and uid any more`;
  return new PortError('conflict', text, { status: 422, reason: 'Conflict' });
}

type Head = Pick<ApiRequest, 'query' | 'effect' | 'subject' | 'sendBefore'>;

export function writeRequest(context: WriteContext, verb: string, ref: ObjectRef, options: WriteOptions): Head {
  const isProof = options.mode === 'prove';
  const subject = { action: `${isProof ? 'prove: ' : ''}${verb} ${describeRef(ref)}`, kind: ref.kind };
  const proof = isProof ? { dryRun: 'All', fieldValidation: 'Strict' } : {};
  return {
    effect: isProof ? 'proof' : 'write',
    query: { timeout: `${context.writeTimeout / 1_000}s`, fieldManager: options.fieldManager, ...proof },
    subject,
    ...(options.sendBefore === undefined ? {} : { sendBefore: options.sendBefore }),
  };
}

async function send(context: WriteContext, request: ApiRequest): Promise<KubeObject> {
  return (await context.client.call(request)).body as KubeObject;
}

/** What the server sets is taken out; field ownership travels by `putOwnership` only. */
function withMetadata(object: KubeObject, fence: JsonObject): Json {
  const { uid: _uid, resourceVersion: _version, managedFields: _fields, ...kept } = asObject(object.metadata);
  return { ...object, metadata: { ...kept, ...fence } };
}
