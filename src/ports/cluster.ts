import type { Json, KubeObject } from '../schema/json.ts';
import type { ObjectRef } from '../schema/object-ref.ts';

/** A kind as this cluster serves it now. */
export interface ServedType {
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural name in paths. */
  readonly resource: string;
  readonly scope: 'namespaced' | 'cluster';
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

/** What must still hold for a write to be let through; both are always sent. */
export interface Fence {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** For objects whose status moves all the time, the uid alone may do. */
export type RemovalFence = Pick<Fence, 'uid'> & Partial<Fence>;

/** `budget`: its disruption budget does not let it go now. */
export type Eviction =
  | { readonly kind: 'evicted' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'budget'; readonly reason: string };

/** `prove` sends `dryRun=All`: the server answers what it would store, and stores nothing. */
export interface WriteOptions {
  readonly mode: 'write' | 'prove';
  readonly fieldManager: string;
  /** Milliseconds of the monotonic clock (`performance.now()`): a write that could outlive it is not sent. */
  readonly sendBefore?: number;
}

/** `Orphan` leaves what the object made, for a new one to take over. */
export interface RemoveOptions extends WriteOptions {
  readonly propagation?: 'Background' | 'Orphan';
}

export interface ListQuery {
  readonly type: ServedType;
  readonly namespace?: string;
  readonly selector?: string;
}

export interface ListResult {
  readonly objects: readonly KubeObject[];
  readonly resourceVersion: string;
}

/** What a watch tells, in order; a bookmark only says how far it has come. */
export type WatchEvent =
  | { readonly kind: 'stored' | 'deleted'; readonly object: KubeObject }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

/** Metadata only, for a census. */
export interface CensusEntry {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Empty for what is not stored, such as metrics. */
  readonly uid: string;
  /** A controller made it for another object. */
  readonly isControlled: boolean;
  /** ISO time. */
  readonly createdAt: string;
}

export interface ClusterIdentity {
  /** uid of the `kube-system` namespace; in a kcp workspace the name of its logical cluster. */
  readonly uid: string;
  /** The server's own clock (its `Date` header), ISO 8601, whole seconds. */
  readonly serverTime: string;
}

export interface AccessDetails {
  readonly resource?: string | undefined;
  readonly subresource?: string | undefined;
}

/**
 * One cluster's API, raw JSON in and out. Every method throws `PortError` and nothing else; writes whose answer got
 * lost throw kind `unclear`, all other kinds say that nothing was changed by that request.
 */
export interface Cluster {
  readonly name: string;
  identity(): Promise<ClusterIdentity>;
  /** Cached for a short time; `refresh` asks the server again. */
  discover(freshness?: 'cached' | 'refresh'): Promise<readonly ServedType[]>;
  /** Quorum reads, all pages. Items carry apiVersion and kind. */
  list(query: ListQuery): Promise<ListResult>;
  /**
   * What happens after a list's `resourceVersion`, over a connection of its own. Ends when the server ends it or the
   * signal is aborted; throws `unavailable` with status 410 when that version is too old to go on from.
   */
  watch(query: ListQuery, from: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  listMetadata(query: ListQuery): Promise<readonly CensusEntry[]>;
  /** `undefined` when it does not exist. A kind that is not served throws `notFound`. */
  get(ref: ObjectRef): Promise<KubeObject | undefined>;
  /** PUT with the fence's resourceVersion and uid put into the body. Answers the object as stored (or as it would be). */
  replace(object: KubeObject, fence: Fence, options: WriteOptions): Promise<KubeObject>;
  create(object: KubeObject, options: WriteOptions): Promise<KubeObject>;
  /** DELETE with preconditions; dependents go too unless told otherwise. `undefined` when it was already gone. */
  remove(ref: ObjectRef, fence: RemovalFence, options: RemoveOptions): Promise<KubeObject | undefined>;
  /** Second call after a PUT: sets `managedFields` as given, fenced by resourceVersion. */
  putOwnership(ref: ObjectRef, managedFields: Json, fence: Fence, options: WriteOptions): Promise<KubeObject>;
  /** Asks for the pod of this uid to go, as its disruption budgets allow. */
  evict(pod: ObjectRef, uid: string, options: WriteOptions): Promise<Eviction>;
  /** What a container has printed last, at most 64 KiB; `undefined` where that is not to be had, for whatever reason. */
  logTail(pod: ObjectRef, container: string, lines: number): Promise<string | undefined>;
  /** The name by which this cluster knows us; served from Kubernetes 1.28 on. */
  whoAmI(): Promise<string>;
  /** Self subject access review. `resource`: the kind's plural, where it is not served yet. */
  mayI(verb: string, ref: ObjectRef, asked?: AccessDetails): Promise<boolean>;
}

/** Finds a cluster by its configured name; throws `PortError` `notFound` for an unknown one. */
export type Clusters = (name: string) => Cluster;
