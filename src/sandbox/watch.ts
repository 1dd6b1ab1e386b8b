import { encode, type JsonObject } from './json.ts';
import { apiVersionOf, type Kind, tableOf } from './kinds.ts';
import { namespaceOf } from './meta.ts';
import { matcherOf, selectObjects } from './read.ts';
import type { ClusterState } from './state.ts';
import { ApiError, expired } from './status-errors.ts';
import type { StoreEvent } from './store.ts';
import { textOf } from './views.ts';

/** The open answer of a watch. */
export interface WatchSink {
  line(text: string): void;
  end(): void;
}

export interface WatchAsk {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly query: URLSearchParams;
  readonly view: 'full' | 'metadata';
}

const BOOKMARK_INTERVAL_MS = 1000;

type Matches = (object: JsonObject) => boolean;

/** Starts a watch; returns the function that stops it. Throws what must be answered before any event. */
export function openWatch(state: ClusterState, ask: WatchAsk): (sink: WatchSink) => () => void {
  if (ask.query.get('sendInitialEvents') === 'true') throw noInitialEvents();
  const matches = scopeOf(ask);
  const since = ask.query.get('resourceVersion') ?? '';
  return (sink) => {
    const past =
      since === '' || since === '0' ? currentEvents(state, ask, matches) : state.store.eventsSince(Number(since));
    if (past === undefined) return refuseOld(sink, Number(since), state.store.version);
    for (const event of past) show(sink, ask, event, matches);
    const unsubscribe = state.store.subscribe((event) => show(sink, ask, event, matches));
    const stopTimers = startTimers(state, ask, sink);
    return () => {
      unsubscribe();
      stopTimers();
    };
  };
}

function noInitialEvents(): ApiError {
  const message = 'Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
  return new ApiError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: [{ reason: 'FieldValueForbidden', message, field: 'sendInitialEvents' }],
  });
}

function scopeOf(ask: WatchAsk): Matches {
  const bySelectors = matcherOf(ask.kind, ask.query);
  const isHere = (object: JsonObject) => ask.namespace === '' || namespaceOf(object) === ask.namespace;
  const isNamed = (object: JsonObject) => ask.name === '' || (object.metadata as JsonObject).name === ask.name;
  return (object) => isHere(object) && isNamed(object) && bySelectors(object);
}

/** A watch without a position starts with what exists. */
function currentEvents(state: ClusterState, ask: WatchAsk, matches: Matches): StoreEvent[] {
  const objects = selectObjects(state, ask.kind, ask.namespace, ask.query).filter(matches);
  const table = tableOf(ask.kind);
  return objects.map((object) => ({ version: 0, type: 'ADDED', table, object, previous: undefined }));
}

function refuseOld(sink: WatchSink, since: number, current: number): () => void {
  const { status } = expired(`too old resource version: ${since} (${current})`);
  sink.line(encode({ type: 'ERROR', object: status }));
  sink.end();
  return () => undefined;
}

function show(sink: WatchSink, ask: WatchAsk, event: StoreEvent, matches: Matches): void {
  if (event.table !== tableOf(ask.kind)) return;
  const type = seenAs(event, matches);
  if (type !== undefined) sink.line(`{"type":"${type}","object":${textOf(event.object, ask.view)}}`);
}

/** An object that comes to match is ADDED for this watcher, one that stops matching is DELETED. */
function seenAs(event: StoreEvent, matches: Matches): StoreEvent['type'] | undefined {
  const was = event.previous !== undefined && matches(event.previous);
  const is = event.type !== 'DELETED' && matches(event.object);
  if (was && is) return 'MODIFIED';
  if (is) return 'ADDED';
  return was ? 'DELETED' : undefined;
}

function startTimers(state: ClusterState, ask: WatchAsk, sink: WatchSink): () => void {
  const timers: NodeJS.Timeout[] = [];
  if (['true', '1'].includes(ask.query.get('allowWatchBookmarks') ?? '')) {
    timers.push(setInterval(() => sink.line(bookmark(state, ask.kind)), BOOKMARK_INTERVAL_MS));
  }
  const seconds = Number(ask.query.get('timeoutSeconds') ?? 0);
  if (seconds > 0) timers.push(setTimeout(() => sink.end(), seconds * 1000));
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}

function bookmark(state: ClusterState, kind: Kind): string {
  const metadata = { resourceVersion: String(state.store.version), creationTimestamp: null };
  return encode({ type: 'BOOKMARK', object: { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata } });
}
