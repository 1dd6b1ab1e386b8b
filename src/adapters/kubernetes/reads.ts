import type { CensusEntry, ListQuery, ListResult, ServedType } from '../../ports/cluster.ts';
import { isPortError, PortError } from '../../ports/port-error.ts';
import type { Json, KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import type { ApiClient } from './api-client.ts';
import type { Discovery } from './discovery.ts';
import { groupOf } from './discovery-documents.ts';
import { asObject, listAt, objectAt, textAt } from './json-access.ts';
import { collectionPath, describeRef, objectPath } from './paths.ts';

const PAGE = '500';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export interface ReadOptions {
  readonly client: ApiClient;
  readonly discovery: Discovery;
  /** Milliseconds for one page. */
  readonly listTimeout: number;
}

export async function getObject(options: ReadOptions, ref: ObjectRef): Promise<KubeObject | undefined> {
  const type = await options.discovery.resolve(ref);
  const subject = { action: `get ${describeRef(ref)}`, kind: ref.kind };
  const request = { method: 'GET', path: objectPath(type, ref), effect: 'read', subject } as const;
  try {
    const answer = await options.client.find(request, ref.name);
    return answer && (answer.body as KubeObject);
  } catch (error) {
    if (isPortError(error) && error.kind === 'notFound') await checkStillServed(options.discovery, ref);
    throw error;
  }
}

/** A 404 that is not about the object: the kind may have gone since it was discovered. */
async function checkStillServed(discovery: Discovery, ref: ObjectRef): Promise<void> {
  discovery.forget();
  await discovery.resolve(ref);
}

export async function listObjects(options: ReadOptions, query: ListQuery): Promise<ListResult> {
  const { apiVersion, kind } = query.type;
  const pages = await readPages(options, query, 'application/json');
  const objects = pages
    .flatMap((page) => listAt(page, 'items'))
    .map((item) => ({ apiVersion, kind, ...asObject(item) }));
  const resourceVersion = textAt(objectAt(pages[0], 'metadata'), 'resourceVersion') ?? '';
  return { objects: objects as unknown as readonly KubeObject[], resourceVersion };
}

export async function listCensus(options: ReadOptions, query: ListQuery): Promise<readonly CensusEntry[]> {
  const pages = await readPages(options, query, METADATA_LIST);
  return pages.flatMap((page) => listAt(page, 'items')).map((item) => censusEntry(query.type, item));
}

function censusEntry({ apiVersion, kind }: ServedType, item: Json): CensusEntry {
  const metadata = objectAt(item, 'metadata');
  const namespace = textAt(metadata, 'namespace');
  const name = textAt(metadata, 'name') ?? '';
  return {
    apiVersion,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid: textAt(metadata, 'uid') ?? '',
    isControlled: listAt(metadata, 'ownerReferences').some((owner) => asObject(owner).controller === true),
    createdAt: textAt(metadata, 'creationTimestamp') ?? '',
  };
}

/** All pages show one moment. When that moment is too old for the server (410), the whole list is read once more. */
async function readPages(options: ReadOptions, query: ListQuery, accept: string): Promise<readonly Json[]> {
  try {
    return await readPagesOnce(options, query, accept);
  } catch (error) {
    if (!isPortError(error) || error.details.status !== 410) throw error;
    return readPagesOnce(options, query, accept);
  }
}

async function readPagesOnce(options: ReadOptions, query: ListQuery, accept: string): Promise<readonly Json[]> {
  const pages: Json[] = [];
  let next: string | undefined;
  do {
    const page = await readPage(options, query, { accept, next });
    pages.push(page);
    next = textAt(objectAt(page, 'metadata'), 'continue') || undefined;
  } while (next !== undefined);
  return pages;
}

interface PageRequest {
  readonly accept: string;
  readonly next: string | undefined;
}

async function readPage(options: ReadOptions, query: ListQuery, { accept, next }: PageRequest): Promise<Json> {
  const { type, namespace, selector } = query;
  const answer = await options.client.call({
    method: 'GET',
    path: collectionPath(type, namespace),
    query: { limit: PAGE, labelSelector: selector, continue: next },
    accept,
    effect: 'read',
    timeout: options.listTimeout,
    subject: { action: `list ${type.resource} in ${namespace ?? 'all namespaces'}`, kind: type.kind },
  });
  return answer.body;
}

interface AccessQuestion {
  readonly verb: string;
  readonly ref: ObjectRef;
  readonly resource?: string | undefined;
  readonly subresource?: string | undefined;
}

/** Asks; changes nothing, though it is a POST. */
export async function askAccess(options: ReadOptions, question: AccessQuestion): Promise<boolean> {
  const { verb, ref, resource } = question;
  const type = resource === undefined ? await options.discovery.resolve(ref) : notServedYet(ref, resource);
  const answer = await options.client.call({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: accessReview(type, question),
    effect: 'read',
    subject: { action: `ask whether ${verb} of ${describeRef(ref)} is allowed` },
  });
  return objectAt(answer.body, 'status').allowed === true;
}

/** Asks; changes nothing, though it is a POST. */
export async function askWhoIAm({ client }: Pick<ReadOptions, 'client'>): Promise<string> {
  const apiVersion = 'authentication.k8s.io/v1';
  const answer = await client.call({
    method: 'POST',
    path: `/apis/${apiVersion}/selfsubjectreviews`,
    body: { apiVersion, kind: 'SelfSubjectReview' },
    effect: 'read',
    subject: { action: 'ask who we are' },
  });
  const name = textAt(objectAt(objectAt(answer.body, 'status'), 'userInfo'), 'username');
  if (name) return name;
  throw new PortError('invalid', `cluster ${client.cluster}: it does not say who we are`);
}

function notServedYet(ref: ObjectRef, resource: string): AskedType {
  return { apiVersion: ref.apiVersion, resource, scope: ref.namespace === undefined ? 'cluster' : 'namespaced' };
}

type AskedType = Pick<ServedType, 'apiVersion' | 'resource' | 'scope'>;

function accessReview(type: AskedType, { verb, ref, subresource }: AccessQuestion): Json {
  const namespace = type.scope === 'namespaced' ? ref.namespace : undefined;
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: {
        verb,
        group: groupOf(type.apiVersion),
        version: type.apiVersion.split('/').at(-1) ?? '',
        resource: type.resource,
        ...(subresource === undefined ? {} : { subresource }),
        ...(namespace === undefined ? {} : { namespace }),
        // A create is authorised before the server knows the name; without one it is about all of the kind.
        ...(verb === 'create' || ref.name === '' ? {} : { name: ref.name }),
      },
    },
  };
}
