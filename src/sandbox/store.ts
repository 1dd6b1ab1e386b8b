import type { JsonObject } from './json.ts';
import { nameOf, namespaceOf, uidOf } from './meta.ts';

export interface StoreEvent {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly table: string;
  readonly object: JsonObject;
  readonly previous: JsonObject | undefined;
}

export type Listener = (event: StoreEvent) => void;

/** All objects of one cluster. Stored objects are never changed in place; each write takes the next resourceVersion. */
export class Store {
  readonly #tables = new Map<string, Map<string, JsonObject>>();
  readonly #uids = new Map<string, { table: string; object: JsonObject }>();
  /** Sorted lists, until the next write to their table. */
  readonly #lists = new Map<string, readonly JsonObject[]>();
  readonly #events: StoreEvent[] = [];
  readonly #listeners = new Set<Listener>();
  readonly #eventBuffer: number;
  #version = 100;
  #forgotten = 100;

  /** @param eventBuffer how many past events a watch can start from; older versions are answered 410 */
  constructor(eventBuffer: number) {
    this.#eventBuffer = eventBuffer;
  }

  get version(): number {
    return this.#version;
  }

  get(table: string, namespace: string, name: string): JsonObject | undefined {
    return this.#tables.get(table)?.get(keyOf(namespace, name));
  }

  /** Sorted by namespace and name, as etcd's keys are. An empty namespace means all. */
  list(table: string, namespace = ''): readonly JsonObject[] {
    const cacheKey = `${table} ${namespace}`;
    const known = this.#lists.get(cacheKey);
    if (known !== undefined) return known;
    const list = this.#sorted(table, namespace);
    this.#lists.set(cacheKey, list);
    return list;
  }

  #sorted(table: string, namespace: string): JsonObject[] {
    const rows = [...(this.#tables.get(table) ?? [])];
    return rows
      .filter(([key]) => namespace === '' || key.startsWith(`${namespace}/`))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, object]) => object);
  }

  *all(): Generator<{ table: string; object: JsonObject }> {
    yield* this.#uids.values();
  }

  byUid(uid: string): { table: string; object: JsonObject } | undefined {
    return this.#uids.get(uid);
  }

  /** Stores a draft under its name; returns it with its new resourceVersion. */
  write(table: string, draft: JsonObject): JsonObject {
    const key = keyOf(namespaceOf(draft), nameOf(draft));
    const previous = this.#tables.get(table)?.get(key);
    const object = this.#stamped(draft);
    const rows = this.#tables.get(table) ?? new Map<string, JsonObject>();
    this.#tables.set(table, rows.set(key, object));
    this.#uids.set(uidOf(object), { table, object });
    this.#publish({ type: previous === undefined ? 'ADDED' : 'MODIFIED', table, object, previous });
    return object;
  }

  remove(table: string, object: JsonObject): void {
    const removed = this.#tables.get(table)?.delete(keyOf(namespaceOf(object), nameOf(object)));
    if (removed !== true) return;
    this.#uids.delete(uidOf(object));
    this.#publish({ type: 'DELETED', table, object: this.#stamped(object), previous: object });
  }

  /** Events after a version, or undefined if they are no longer all known. */
  eventsSince(version: number): readonly StoreEvent[] | undefined {
    return version < this.#forgotten ? undefined : this.#events.filter((event) => event.version > version);
  }

  /** Drops all past events, as a compaction does: every earlier watch position is answered 410. */
  compact(): void {
    this.#events.length = 0;
    this.#forgotten = this.#version;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #stamped(object: JsonObject): JsonObject {
    this.#version += 1;
    const metadata = object.metadata as JsonObject;
    return { ...object, metadata: { ...metadata, resourceVersion: String(this.#version) } };
  }

  #publish(change: Omit<StoreEvent, 'version'>): void {
    this.#lists.delete(`${change.table} `);
    this.#lists.delete(`${change.table} ${namespaceOf(change.object)}`);
    const event = { ...change, version: this.#version };
    this.#events.push(event);
    if (this.#events.length > this.#eventBuffer) this.#forgotten = this.#events.shift()?.version ?? this.#forgotten;
    for (const listener of [...this.#listeners]) listener(event);
  }
}

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;
