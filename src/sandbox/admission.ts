import { type JsonObject, textAt } from './json.ts';
import type { Kind } from './kinds.ts';
import { annotationOf, nameOf } from './meta.ts';
import type { ClusterState } from './state.ts';
import { forbidden } from './status-errors.ts';

/** On a pod: it is refused, with this as the reason. */
export const REFUSED = 'sandbox/refused';

/** On a namespace: as a ResourceQuota would limit its pods. */
export const MOST_PODS = 'sandbox/most-pods';

/** Refuses pods in the words of admission plugins and policies. */
export function admit(state: ClusterState, kind: Kind, namespace: string, draft: JsonObject): void {
  if (kind.kind !== 'Pod' || kind.group !== '') return;
  const why = annotationOf(draft, REFUSED) ?? overQuota(state, namespace);
  if (why !== undefined) throw forbidden(kind, nameOf(draft), why);
}

function overQuota(state: ClusterState, namespace: string): string | undefined {
  const most = annotationOf(state.store.get('/namespaces', '', namespace) ?? {}, MOST_PODS);
  const pods = state.store.list('/pods', namespace).filter((pod) => !isOver(pod));
  if (most === undefined || pods.length < Number(most)) return undefined;
  return `exceeded quota: pods, requested: pods=1, used: pods=${pods.length}, limited: pods=${most}`;
}

function isOver(pod: JsonObject): boolean {
  return ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');
}
