import type { Access } from './access.ts';
import { refusal } from './access.ts';
import { createObject } from './create-object.ts';
import {
  AGGREGATED_TYPE,
  aggregatedDiscovery,
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
} from './discovery.ts';
import type { Place } from './draft.ts';
import { evict } from './evict.ts';
import { encode, type JsonObject, objectAt, textAt } from './json.ts';
import { apiVersionOf, isNamespaced, type Kind } from './kinds.ts';
import { uidOf } from './meta.ts';
import { logOf } from './pod-log.ts';
import { getObject, type Pages, selectObjects } from './read.ts';
import { type Doomed, removeObject } from './remove.ts';
import { type ApiRequest, bodyObject, decodeBody, patchOf } from './request-body.ts';
import { removeOptions, writeOptions } from './request-options.ts';
import { scaled, scaleOf } from './scale.ts';
import type { ClusterState } from './state.ts';
import { ApiError, methodNotAllowed, noSuchPath } from './status-errors.ts';
import { isWatch, type ResourceTarget, verbOf } from './target.ts';
import { type Change, updateObject, type Written } from './update-object.ts';
import { acceptedView, textOf } from './views.ts';
import { openWatch, type WatchSink } from './watch.ts';

export type Answer =
  | {
      readonly kind: 'text';
      readonly status: number;
      readonly body: string;
      readonly contentType: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'watch'; readonly open: (sink: WatchSink) => () => void };

/** The parts of a cluster that answer API requests. */
export interface ApiServer {
  readonly state: ClusterState;
  readonly access: Access;
  readonly pages: Pages;
}

/** Answers one request; every error becomes the Status that a client reads. */
export function answerRequest(server: ApiServer, request: ApiRequest): Answer {
  try {
    return route(server, request);
  } catch (error) {
    if (error instanceof ApiError) return json(error.code, error.status);
    throw error;
  }
}

export function json(status: number, body: JsonObject): Answer {
  return text(status, `${encode(body)}\n`);
}

function text(status: number, body: string, contentType = 'application/json'): Answer {
  return { kind: 'text', status, body, contentType };
}

const NOT_FOUND_PAGE = text(404, '404 page not found\n', 'text/plain; charset=utf-8');

function route(server: ApiServer, request: ApiRequest): Answer {
  const { target } = request;
  const { kinds } = server.state.registry;
  switch (target.at) {
    case 'health':
      return text(200, 'ok', 'text/plain; charset=utf-8');
    case 'version':
      return json(200, { major: '1', minor: '37', gitVersion: 'v1.37.2-sandbox', platform: 'sandbox' });
    case 'root':
      return discoveryRoot(kinds, target.root, request.accept);
    case 'group':
      return kinds.some((kind) => kind.group === target.group)
        ? json(200, groupDocument(kinds, target.group))
        : NOT_FOUND_PAGE;
    case 'groupVersion':
      return isServed(server, target) ? json(200, resourceList(kinds, target.group, target.version)) : NOT_FOUND_PAGE;
    case 'resource':
      return resourceAnswer(server, request, target);
    case 'nowhere':
      return NOT_FOUND_PAGE;
  }
}

function isServed({ state }: ApiServer, { group, version }: { group: string; version: string }): boolean {
  return state.registry.serves(group, version);
}

function discoveryRoot(kinds: readonly Kind[], root: 'api' | 'apis', accept: string): Answer {
  if (accept.includes('as=APIGroupDiscoveryList')) {
    return text(200, `${encode(aggregatedDiscovery(kinds, root))}\n`, AGGREGATED_TYPE);
  }
  return json(200, root === 'api' ? coreVersions() : groupList(kinds));
}

function resourceAnswer(server: ApiServer, request: ApiRequest, target: ResourceTarget): Answer {
  authorize(server, request, target);
  if (!isServed(server, target)) return NOT_FOUND_PAGE;
  const kind = server.state.registry.find(target.group, target.version, target.resource);
  if (kind === undefined || isMisplaced(kind, target)) throw noSuchPath();
  if (kind.traits.has('review')) return review(server, request, kind);
  if (target.subresource === 'eviction') return evicted(server, request, { ...target, kind });
  if (target.subresource === 'log') return logged(server, request, { ...target, kind });
  return dispatch(server, request, placeOf(kind, target));
}

function authorize({ access }: ApiServer, request: ApiRequest, target: ResourceTarget): void {
  const attempt = { ...target, verb: verbOf(request.method, target, request.query) };
  if (!access.allows(request.user, attempt)) throw refusal(request.user, attempt);
}

function isMisplaced(kind: Kind, target: ResourceTarget): boolean {
  const lacksNamespace = isNamespaced(kind) && target.namespace === '' && target.name !== '';
  const hasNeedlessNamespace = !isNamespaced(kind) && target.namespace !== '';
  return lacksNamespace || hasNeedlessNamespace || !hasSubresource(kind, target.subresource);
}

function hasSubresource(kind: Kind, subresource: string): boolean {
  return subresource === '' || (isSubresource(subresource) && kind.traits.has(subresource));
}

const SUBRESOURCES = ['status', 'scale', 'eviction', 'log'] as const;
const isSubresource = (name: string): name is (typeof SUBRESOURCES)[number] =>
  SUBRESOURCES.some((known) => known === name);

function placeOf(kind: Kind, target: ResourceTarget): Place {
  return {
    kind,
    namespace: target.namespace,
    name: target.name,
    subresource: target.subresource as Place['subresource'],
  };
}

function dispatch(server: ApiServer, request: ApiRequest, place: Place): Answer {
  return place.name === '' ? ofCollection(server, request, place) : ofObject(server, request, place);
}

function ofCollection(server: ApiServer, request: ApiRequest, place: Place): Answer {
  const isReadable = request.method === 'GET';
  if (!isReadable && isNamespaced(place.kind) && place.namespace === '') throw methodNotAllowed();
  switch (request.method) {
    case 'GET':
      return read(server, request, place);
    case 'POST':
      return created(server, request, place);
    case 'DELETE':
      return removedCollection(server, request, place);
    default:
      throw methodNotAllowed();
  }
}

function ofObject(server: ApiServer, request: ApiRequest, place: Place): Answer {
  switch (request.method) {
    case 'GET':
      return read(server, request, place);
    case 'PUT':
      return updated(server, request, place, { by: 'put', body: bodyObject(request, place.kind) });
    case 'PATCH':
      return updated(server, request, place, patchOf(request));
    case 'DELETE':
      return removed(server, request, place);
    default:
      throw methodNotAllowed();
  }
}

function read({ state, pages }: ApiServer, request: ApiRequest, { kind, namespace, name, subresource }: Place): Answer {
  const view = acceptedView(request.accept);
  const { query } = request;
  if (isWatch(query)) return { kind: 'watch', open: openWatch(state, { kind, namespace, name, query, view }) };
  if (name === '') return text(200, pages.list(state, kind, namespace, { query, view }));
  const object = getObject(state, kind, namespace, name);
  return subresource === 'scale' ? json(200, scaleOf(object)) : text(200, `${textOf(object, view)}\n`);
}

function created({ state }: ApiServer, request: ApiRequest, place: Place): Answer {
  const options = writeOptions(request.query, request.userAgent, 'CreateOptions');
  return json(201, createObject(state, place, bodyObject(request, place.kind), options));
}

function updated({ state }: ApiServer, request: ApiRequest, place: Place, change: Change): Answer {
  const options = writeOptions(
    request.query,
    request.userAgent,
    change.by === 'put' ? 'UpdateOptions' : 'PatchOptions',
  );
  const written = updateObject(state, place, place.subresource === 'scale' ? scaling(change) : change, options);
  return json(statusOf(written), place.subresource === 'scale' ? scaleOf(written.object) : written.object);
}

const statusOf = ({ outcome }: Written): number => (outcome === 'created' ? 201 : 200);

/** A write of a Scale as a patch of its workload. */
function scaling(change: Change): Change {
  return {
    by: 'patch',
    apply: (live) => scaled(live, change.by === 'put' ? change.body : change.apply(scaleOf(live))),
  };
}

function removed({ state }: ApiServer, request: ApiRequest, place: Place): Answer {
  if (place.subresource !== '') throw methodNotAllowed();
  const body = request.body === '' ? undefined : decodeBody(request.body, "couldn't decode DeleteOptions");
  const { outcome, object } = removeObject(state, place, removeOptions(request.query, body));
  if (outcome === 'terminating' || place.kind.traits.has('returnsDeleted')) return json(200, object);
  return json(200, success(place.kind, place.name, object));
}

function success(kind: Kind, name: string, object: JsonObject): JsonObject {
  const details = { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, uid: uidOf(object) };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function logged({ state }: ApiServer, request: ApiRequest, { kind, namespace, name }: Doomed): Answer {
  if (request.method !== 'GET') throw methodNotAllowed();
  return text(200, logOf(getObject(state, kind, namespace, name), request.query), 'text/plain');
}

/** POST of an Eviction: a delete that disruption budgets may refuse. */
function evicted({ state }: ApiServer, request: ApiRequest, pod: Doomed): Answer {
  if (request.method !== 'POST') throw methodNotAllowed();
  evict(state, pod, removeOptions(request.query, objectAt(bodyObject(request, pod.kind), 'deleteOptions')));
  return json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

function removedCollection({ state }: ApiServer, request: ApiRequest, place: Place): Answer {
  if (place.kind.plural === 'namespaces' || (isNamespaced(place.kind) && place.namespace === ''))
    throw methodNotAllowed();
  const body = request.body === '' ? undefined : decodeBody(request.body, "couldn't decode DeleteOptions");
  const options = removeOptions(request.query, body);
  const objects = selectObjects(state, place.kind, place.namespace, request.query);
  for (const object of objects)
    removeObject(state, { ...place, name: textAt(object, 'metadata', 'name') ?? '' }, options);
  return json(200, {
    kind: `${place.kind.kind}List`,
    apiVersion: apiVersionOf(place.kind),
    metadata: { resourceVersion: String(state.store.version) },
    items: objects,
  });
}

/** SelfSubjectAccessReview: may the asker do this? */
function review({ access }: ApiServer, request: ApiRequest, kind: Kind): Answer {
  if (request.method !== 'POST') throw methodNotAllowed();
  const body = bodyObject(request, kind);
  const asked = objectAt(body, 'spec', 'resourceAttributes');
  const value = (key: string) => textAt(asked, key) ?? '';
  const attempt = {
    verb: value('verb'),
    group: value('group'),
    resource: value('resource'),
    subresource: value('subresource'),
  };
  const allowed = access.allows(request.user, { ...attempt, namespace: value('namespace'), name: value('name') });
  return json(201, {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: {},
    spec: body.spec,
    status: { allowed, ...(allowed ? {} : { reason: 'denied by a sandbox rule' }) },
  });
}
