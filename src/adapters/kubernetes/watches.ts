import type { ListQuery, WatchEvent } from '../../ports/cluster.ts';
import type { Json, KubeObject } from '../../schema/json.ts';
import type { ApiClient } from './api-client.ts';
import { objectAt, textAt } from './json-access.ts';
import { collectionPath } from './paths.ts';

/** Seconds until the server ends a watch, and up to as many again: not all are opened anew at the same time. */
const LASTING = 300;

export interface WatchAsk {
  readonly query: ListQuery;
  readonly from: string;
  readonly signal: AbortSignal;
}

export async function* watchObjects(client: ApiClient, { query, from, signal }: WatchAsk): AsyncGenerator<WatchEvent> {
  const { type, namespace, selector } = query;
  const request = {
    method: 'GET',
    path: collectionPath(type, namespace),
    query: {
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      labelSelector: selector,
      timeoutSeconds: String(Math.round(LASTING * (1 + Math.random()))),
    },
    effect: 'read',
    subject: { action: `watch ${type.resource} in ${namespace ?? 'all namespaces'}`, kind: type.kind },
  } as const;
  for await (const event of client.follow(request, signal)) yield toWatchEvent(event);
}

function toWatchEvent(event: Json): WatchEvent {
  const object = objectAt(event, 'object');
  const type = textAt(event, 'type');
  if (type === 'BOOKMARK') {
    return { kind: 'bookmark', resourceVersion: textAt(objectAt(object, 'metadata'), 'resourceVersion') ?? '' };
  }
  return { kind: type === 'DELETED' ? 'deleted' : 'stored', object: object as unknown as KubeObject };
}
