import { type JsonObject, put } from '../json.ts';
import { isTerminating, nameOf, namespaceOf } from '../meta.ts';
import { Actor } from './actor.ts';
import { type Ground, type Loop, startLoop } from './loop.ts';

const RECHECK_MS = 20;

/** Furnishes new namespaces and empties terminating ones. */
export function startNamespaces(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-controller-manager');
  startLoop(ground, {
    watches: { '/namespaces': (object) => [nameOf(object)] },
    reconcile: (name, loop) => reconcile(actor, name, loop),
  });
}

function reconcile(actor: Actor, name: string, loop: Loop): void {
  const namespace = actor.get('namespaces', '', name);
  if (namespace === undefined) return;
  if (!isTerminating(namespace)) furnish(actor, name);
  else if (empty(actor, name) === 0) finalize(actor, namespace);
  else loop.enqueue(name, RECHECK_MS);
}

function furnish(actor: Actor, namespace: string): void {
  ensure(actor, 'serviceaccounts', namespace, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  const metadata = { name: 'kube-root-ca.crt' };
  ensure(actor, 'configmaps', namespace, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { 'ca.crt': 'sandbox' },
  });
}

function ensure(actor: Actor, plural: string, namespace: string, body: JsonObject): void {
  if (actor.get(plural, namespace, nameOf(body)) === undefined) actor.create(plural, namespace, body);
}

/** Removes the contents; answers with how many were still there. */
function empty(actor: Actor, namespace: string): number {
  const inside = [...actor.state.store.all()].filter(({ object }) => namespaceOf(object) === namespace);
  for (const { table, object } of inside) {
    const kind = actor.state.registry.ofTable(table);
    if (kind !== undefined && !isTerminating(object)) actor.remove(kind, object, { gracePeriod: 0 });
  }
  return inside.length;
}

function finalize(actor: Actor, namespace: JsonObject): void {
  actor.modify('namespaces', namespace, (draft) => put(draft, ['spec', 'finalizers'], undefined));
}
