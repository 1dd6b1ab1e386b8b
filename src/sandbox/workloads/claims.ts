import { type JsonObject, objectAt, objectsAt, put, textAt } from '../json.ts';
import { finalizersOf, isTerminating, nameOf, namespaceOf, uidOf } from '../meta.ts';
import { Actor } from './actor.ts';
import { type Ground, type Loop, ownKey, splitKey, startLoop } from './loop.ts';
import { isActive } from './owning.ts';

const PROTECTION = 'kubernetes.io/pvc-protection';
const RECHECK_MS = 20;

/** Binds claims to volumes that exist in name only, and protects claims in use. */
export function startClaims(ground: Ground): void {
  const actor = new Actor(ground.state, 'kube-controller-manager');
  startLoop(ground, {
    watches: { '/persistentvolumeclaims': ownKey },
    reconcile: (key, loop) => reconcile(actor, key, loop),
  });
}

function reconcile(actor: Actor, key: string, loop: Loop): void {
  const { namespace, name } = splitKey(key);
  const claim = actor.get('persistentvolumeclaims', namespace, name);
  if (claim === undefined) return;
  if (!isTerminating(claim)) bind(actor, claim);
  else if (isInUse(actor, claim)) loop.enqueue(key, RECHECK_MS);
  else unprotect(actor, claim);
}

function bind(actor: Actor, claim: JsonObject): void {
  const bound = { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' };
  actor.modify('persistentvolumeclaims', claim, (draft) => {
    put(draft, ['metadata', 'annotations'], { ...objectAt(draft, 'metadata', 'annotations'), ...bound });
    put(draft, ['spec', 'volumeName'], textAt(draft, 'spec', 'volumeName') ?? `pvc-${uidOf(claim)}`);
  });
  actor.report('persistentvolumeclaims', claim, (draft) => {
    const { accessModes, resources } = objectAt(draft, 'spec');
    draft.status = { phase: 'Bound', accessModes, capacity: objectAt(resources, 'requests') };
  });
}

function isInUse(actor: Actor, claim: JsonObject): boolean {
  return actor
    .list('pods', namespaceOf(claim))
    .filter(isActive)
    .flatMap((pod) => objectsAt(pod, 'spec', 'volumes'))
    .some((volume) => textAt(volume, 'persistentVolumeClaim', 'claimName') === nameOf(claim));
}

function unprotect(actor: Actor, claim: JsonObject): void {
  actor.modify('persistentvolumeclaims', claim, (draft) => {
    const left = finalizersOf(draft).filter((finalizer) => finalizer !== PROTECTION);
    put(draft, ['metadata', 'finalizers'], left.length === 0 ? undefined : left);
  });
}
