import type { Dependencies } from '../../../activities/dependencies.ts';
import { describeRef, refOf } from '../../../src/domain/kubernetes/identity.ts';
import type { Cluster, WriteOptions } from '../../../src/ports/cluster.ts';
import type { Journal } from '../../../src/ports/journal.ts';
import type { SnapshotStore } from '../../../src/ports/snapshot-store.ts';
import type { ObjectRef } from '../../../src/schema/object-ref.ts';
import { attempts } from './run.ts';
import { strike, type Wish } from './strikes.ts';

/** The ports that activities reach the world through, with faults in the way of every call. */
export function withFaults(deps: Dependencies): Dependencies {
  return {
    ...deps,
    clusters: (name) => faultyCluster(deps.clusters(name)),
    snapshots: faultyStore(deps.snapshots),
    journal: faultyJournal(deps.journal),
  };
}

function faultyCluster(cluster: Cluster): Cluster {
  const target = cluster.name;
  const read = <T>(object: string, path: string, send: () => Promise<T>) =>
    strike({ target, does: 'read', object, match: { method: 'GET', path }, send });
  return {
    ...cluster,
    identity: () => read('identity', 'kube-system', () => cluster.identity()),
    list: (query) => read(`${query.type.kind} list`, `/${query.type.resource}([?]|$)`, () => cluster.list(query)),
    get: (ref) => read(describeRef(ref), pathOf(ref), () => cluster.get(ref)),
    replace: (object, fence, options) =>
      write({ target, method: 'PUT', ref: refOf(object), options }, (own) => cluster.replace(object, fence, own)),
    create: (object, options) =>
      write({ target, method: 'POST', ref: refOf(object), options }, (own) => cluster.create(object, own)),
    remove: (ref, fence, options) =>
      write({ target, method: 'DELETE', ref, options }, (own) => cluster.remove(ref, fence, { ...options, ...own })),
    putOwnership: (ref, managedFields, fence, options) =>
      write({ target, method: 'PATCH', ref, options }, (own) => cluster.putOwnership(ref, managedFields, fence, own)),
  };
}

interface Writing {
  readonly target: string;
  readonly method: 'PUT' | 'POST' | 'DELETE' | 'PATCH';
  readonly ref: ObjectRef;
  readonly options: WriteOptions;
}

function write<T>({ target, method, ref, options }: Writing, send: (options: WriteOptions) => Promise<T>): Promise<T> {
  const path = method === 'POST' ? pathOf(ref).replace(/\/[^/]*$/, '([?]|$)') : pathOf(ref);
  const wish = { target, object: describeRef(ref), match: { method, path } };
  const real = method === 'DELETE' ? 'delete' : 'write';
  return strike({
    ...wish,
    does: options.mode === 'prove' ? 'prove' : real,
    send: (time) => send(time === 'late' ? timeIsOver(options) : options),
  } satisfies Wish<T>);
}

/** As if the worker had stood still until its attempt was over. */
function timeIsOver({ sendBefore: _sendBefore, ...options }: WriteOptions): WriteOptions {
  const isIgnored = attempts.getStore()?.run.trial.bug === 'ignore the attempt deadline';
  return isIgnored ? options : { ...options, sendBefore: performance.now() };
}

function pathOf({ kind, namespace, name }: ObjectRef): string {
  return `/namespaces/${namespace}/${kind.toLowerCase()}s/${name}([?]|$)`;
}

function faultyStore(store: SnapshotStore): SnapshotStore {
  const asked = <T>(object: string, send: () => Promise<T>) => strike({ target: '-', does: 'store', object, send });
  return {
    ...store,
    putObjects: (objects) => asked('put objects', () => store.putObjects(objects)),
    readObjects: (blobs) => asked('read objects', () => store.readObjects(blobs)),
    putDocument: (kind, value) => asked(`put ${kind}`, () => store.putDocument(kind, value)),
    readDocument: (kind, ref) => asked(`read ${kind}`, () => store.readDocument(kind, ref)),
  };
}

function faultyJournal(journal: Journal): Journal {
  return {
    ...journal,
    append: (name, entry) =>
      strike({ target: '-', does: 'journal', object: entry.event, send: () => journal.append(name, entry) }),
  };
}
