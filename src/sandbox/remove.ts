import { type JsonObject, numberAt, objectAt, objectsAt, textAt } from './json.ts';
import { type Kind, tableOf } from './kinds.ts';
import { finalizersOf, isTerminating, stamp, uidOf, versionOf } from './meta.ts';
import type { ClusterState } from './state.ts';
import { conflict, notFound } from './status-errors.ts';
import { isFinished } from './update-object.ts';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface RemoveOptions {
  readonly dryRun: 'none' | 'all';
  readonly propagation?: Propagation;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriod?: number;
}

export interface Doomed {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

export interface Removal {
  /** `terminating`: something still holds the object. */
  readonly outcome: 'gone' | 'terminating';
  readonly object: JsonObject;
}

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';
export const CRD_CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

/** DELETE. An object with finalizers, a running pod or a namespace only begins to terminate. */
export function removeObject(state: ClusterState, doomed: Doomed, options: RemoveOptions): Removal {
  const table = tableOf(doomed.kind);
  const live = state.store.get(table, doomed.namespace, doomed.name);
  if (live === undefined) throw notFound(doomed.kind, doomed.name);
  checkPreconditions(doomed, live, options);
  const dying = isTerminating(live) ? shortened(live, options) : doom(state, doomed, live, options);
  if (isFinished(dying)) return gone(state, table, { live, shown: doomed.kind.kind === 'Pod' ? dying : live }, options);
  if (options.dryRun === 'all' || dying === live) return { outcome: 'terminating', object: dying };
  return { outcome: 'terminating', object: state.store.write(table, dying) };
}

interface Last {
  readonly live: JsonObject;
  /** What the answer shows: only pods carry the marks of a deletion that is already over. */
  readonly shown: JsonObject;
}

function gone(state: ClusterState, table: string, { live, shown }: Last, options: RemoveOptions): Removal {
  if (options.dryRun === 'all') return { outcome: 'gone', object: shown };
  state.store.remove(table, live);
  const metadata = { ...objectAt(shown, 'metadata'), resourceVersion: String(state.store.version) };
  return { outcome: 'gone', object: { ...shown, metadata } };
}

function checkPreconditions({ kind, name }: Doomed, live: JsonObject, { uid, resourceVersion }: RemoveOptions): void {
  const named = { ...kind, plural: kind.kind, group: '' };
  if (uid !== undefined && uid !== uidOf(live)) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${uidOf(live)}). The object might have been deleted and then recreated`;
    throw conflict(named, name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== versionOf(live)) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${versionOf(live)}). The object might have been modified`;
    throw conflict(named, name, why);
  }
}

function doom(state: ClusterState, { kind }: Doomed, live: JsonObject, options: RemoveOptions): JsonObject {
  const finalizers = [...new Set([...finalizersOf(live), ...addedFinalizers(kind, options)])];
  const metadata: JsonObject = {
    ...objectAt(live, 'metadata'),
    deletionTimestamp: stamp(state.now()),
    ...(hasOwnDeletion(kind) ? {} : gracefulMarks(kind, live, options)),
    ...(finalizers.length === 0 ? {} : { finalizers }),
  };
  return { ...live, metadata, ...doomedStatus(state, kind, live) };
}

/** Namespaces and definitions are deleted by code of their own, which leaves fewer marks. */
const hasOwnDeletion = (kind: Kind): boolean => kind.kind === 'Namespace' || kind.kind === 'CustomResourceDefinition';

function gracefulMarks(kind: Kind, live: JsonObject, options: RemoveOptions): JsonObject {
  const generation = numberAt(live, 'metadata', 'generation');
  const counted = generation === undefined ? {} : { generation: generation + 1 };
  return { ...counted, deletionGracePeriodSeconds: gracePeriod(kind, live, options) };
}

function doomedStatus(state: ClusterState, kind: Kind, live: JsonObject): JsonObject {
  if (kind.kind === 'Namespace') return { status: { phase: 'Terminating' } };
  if (kind.kind !== 'CustomResourceDefinition') return {};
  const terminating = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: stamp(state.now()),
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  return {
    status: { ...objectAt(live, 'status'), conditions: [...objectsAt(live, 'status', 'conditions'), terminating] },
  };
}

/** A second DELETE can only shorten a pod's grace period. */
function shortened(live: JsonObject, { gracePeriod: asked }: RemoveOptions): JsonObject {
  const current = numberAt(live, 'metadata', 'deletionGracePeriodSeconds') ?? 0;
  if (asked === undefined || asked >= current) return live;
  return { ...live, metadata: { ...objectAt(live, 'metadata'), deletionGracePeriodSeconds: asked } };
}

function addedFinalizers(kind: Kind, options: RemoveOptions): string[] {
  const policy = options.propagation ?? (kind.kind === 'Job' ? 'Orphan' : 'Background');
  const byPolicy: Record<Propagation, string[]> = { Background: [], Foreground: [FOREGROUND], Orphan: [ORPHAN] };
  return [...byPolicy[policy], ...(kind.kind === 'CustomResourceDefinition' ? [CRD_CLEANUP] : [])];
}

function gracePeriod(kind: Kind, live: JsonObject, options: RemoveOptions): number {
  if (kind.kind !== 'Pod' || textAt(live, 'spec', 'nodeName') === undefined) return 0;
  const phase = textAt(live, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return 0;
  return options.gracePeriod ?? numberAt(live, 'spec', 'terminationGracePeriodSeconds') ?? 30;
}
