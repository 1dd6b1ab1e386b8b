import { type JsonObject, put, textAt } from '../json.ts';
import type { Kind } from '../kinds.ts';
import { finalizersOf, isTerminating, ownersOf, uidOf } from '../meta.ts';
import { FOREGROUND, ORPHAN } from '../remove.ts';
import { Actor } from './actor.ts';
import { type Ground, startLoop } from './loop.ts';

/** Removes what has lost its owners, and carries out Foreground and Orphan deletions. */
export function startGarbageCollection(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-controller-manager');
  const loop = startLoop(ground, { watches: {}, reconcile: () => sweep(actor) });
  ground.state.store.subscribe(({ type, object }) => {
    const matters = type === 'DELETED' || ownersOf(object).length > 0 || isTerminating(object);
    if (matters) loop.enqueue('all');
  });
}

interface Stored {
  readonly kind: Kind;
  readonly object: JsonObject;
}

function sweep(actor: Actor): void {
  const all = everything(actor);
  for (const owner of all) if (isTerminating(owner.object)) settle(actor, owner, all);
  for (const dependent of everything(actor)) tidy(actor, dependent);
}

function everything(actor: Actor): Stored[] {
  return [...actor.state.store.all()].flatMap(({ table, object }) => {
    const kind = actor.state.registry.ofTable(table);
    return kind === undefined ? [] : [{ kind, object }];
  });
}

/** An owner deleted with Orphan lets its dependents go; one deleted with Foreground waits for them. */
function settle(actor: Actor, owner: Stored, all: readonly Stored[]): void {
  const finalizers = finalizersOf(owner.object);
  const dependents = all.filter(({ object }) => ownersOf(object).some(({ uid }) => uid === uidOf(owner.object)));
  if (finalizers.includes(ORPHAN)) {
    for (const dependent of dependents) disown(actor, dependent, [uidOf(owner.object)]);
    release(actor, owner, ORPHAN);
  }
  if (!finalizers.includes(FOREGROUND)) return;
  for (const { kind, object } of dependents) actor.remove(kind, object, { propagation: 'Foreground' });
  if (dependents.length === 0) release(actor, owner, FOREGROUND);
}

function release(actor: Actor, { kind, object }: Stored, finalizer: string): void {
  actor.modify(kind, object, (draft) => {
    const left = finalizersOf(draft).filter((name) => name !== finalizer);
    put(draft, ['metadata', 'finalizers'], left.length === 0 ? undefined : left);
  });
}

function disown(actor: Actor, { kind, object }: Stored, uids: readonly string[]): void {
  actor.modify(kind, object, (draft) => {
    const left = ownersOf(draft).filter((owner) => !uids.includes(textAt(owner, 'uid') ?? ''));
    put(draft, ['metadata', 'ownerReferences'], left.length === 0 ? undefined : left);
  });
}

/** All owners gone: removed. Some gone: their references are removed. */
function tidy(actor: Actor, dependent: Stored): void {
  const owners = ownersOf(dependent.object);
  const gone = owners.map(({ uid }) => String(uid)).filter((uid) => actor.state.store.byUid(uid) === undefined);
  if (gone.length === 0) return;
  if (gone.length < owners.length) disown(actor, dependent, gone);
  else if (!isTerminating(dependent.object)) actor.remove(dependent.kind, dependent.object);
}
