import { type JsonObject, objectAt, objectsAt, put, textAt } from '../json.ts';
import { finalizersOf, isTerminating, nameOf, stamp } from '../meta.ts';
import { CRD_CLEANUP } from '../remove.ts';
import { Actor } from './actor.ts';
import { type Ground, type Loop, startLoop } from './loop.ts';

const RECHECK_MS = 20;

/** Serves what CustomResourceDefinitions define, and stops when they go, with all their objects. */
export function startDefinitions(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-apiserver');
  startLoop(ground, {
    watches: { 'apiextensions.k8s.io/customresourcedefinitions': (object) => [nameOf(object)] },
    reconcile: (name, loop) => reconcile(actor, name, loop),
  });
  ground.state.store.subscribe(({ type, table, object }) => {
    if (type === 'DELETED' && table === 'apiextensions.k8s.io/customresourcedefinitions')
      ground.state.registry.withdraw(object);
  });
}

function reconcile(actor: Actor, name: string, loop: Loop): void {
  const crd = actor.get('customresourcedefinitions', '', name);
  if (crd === undefined) return;
  if (!isTerminating(crd)) establish(actor, crd);
  else if (removeAll(actor, crd) === 0) release(actor, crd);
  else loop.enqueue(name, RECHECK_MS);
}

function establish(actor: Actor, crd: JsonObject): void {
  actor.state.registry.define(crd);
  if (objectsAt(crd, 'status', 'conditions').length > 0) return;
  const now = stamp(actor.state.now());
  actor.report('customresourcedefinitions', crd, (draft) => {
    put(draft, ['status', 'acceptedNames'], objectAt(draft, 'spec', 'names'));
    put(
      draft,
      ['status', 'conditions'],
      [
        met('NamesAccepted', 'NoConflicts', 'no conflicts found', now),
        met('Established', 'InitialNamesAccepted', 'the initial names have been accepted', now),
      ],
    );
  });
}

function met(type: string, reason: string, message: string, now: string): JsonObject {
  return { type, status: 'True', lastTransitionTime: now, reason, message };
}

function removeAll(actor: Actor, crd: JsonObject): number {
  const table = `${textAt(crd, 'spec', 'group')}/${textAt(crd, 'spec', 'names', 'plural')}`;
  const kind = actor.state.registry.ofTable(table);
  const objects = actor.state.store.list(table);
  for (const object of objects) if (kind !== undefined && !isTerminating(object)) actor.remove(kind, object);
  return actor.state.store.list(table).length;
}

function release(actor: Actor, crd: JsonObject): void {
  actor.modify('customresourcedefinitions', crd, (draft) => {
    const left = finalizersOf(draft).filter((name) => name !== CRD_CLEANUP);
    put(draft, ['metadata', 'finalizers'], left.length === 0 ? undefined : left);
  });
}
