import { sameContent } from '../src/domain/kubernetes/canonical.ts';
import { fenceOf, isTerminating, ownerUids, uidOf } from '../src/domain/kubernetes/identity.ts';
import { asList } from '../src/domain/kubernetes/json.ts';
import { groupKind } from '../src/domain/kubernetes/kinds.ts';
import { withoutFinalizers } from '../src/domain/kubernetes/writable.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { WriteResult } from '../src/schema/plan.ts';
import { becomesTrue } from './attempt.ts';
import { collectChildren } from './collect.ts';
import { writerOf } from './members.ts';
import type { OpenBatch, OpenItem } from './write-batch.ts';

const lookEvery = 250;

/** Deletes what the failed deploy created, if it is still what the plan saw. Done only when it answers 404. */
export async function deleteItem(batch: OpenBatch, open: OpenItem): Promise<WriteResult> {
  const { name, failed, item } = open;
  try {
    const live = await batch.cluster.get(item.ref);
    if (!live) return await awaitGone(batch, open, failed, 'already');
    if (!failed || uidOf(live) !== uidOf(failed)) return { object: name, kind: 'newcomer', manager: writerOf(live) };
    if (!isTerminating(live) && !sameContent(live, failed, open.ignore))
      return { object: name, kind: 'newcomer', manager: writerOf(live) };
    return await removeUntilGone(batch, open, live);
  } catch (error) {
    return giveReason(error, name);
  }
}

/** The delete is fenced by the version just read. Unclear answers need no reading back: asked again it is gone, or it is not. */
export async function removeUntilGone(batch: OpenBatch, open: OpenItem, live: KubeObject): Promise<WriteResult> {
  try {
    const ready = await stripped(batch, open, live);
    const options = { ...batch.options, propagation: propagationOf(open) };
    if (!isTerminating(ready)) await batch.cluster.remove(open.item.ref, fenceOf(ready), options);
    return await awaitGone(batch, open, live, 'done');
  } catch (error) {
    return giveReason(error, open.name);
  }
}

/** A StatefulSet that is made anew takes its pods over again; everything else that goes takes what it made with it. */
function propagationOf({ item }: OpenItem): 'Background' | 'Orphan' {
  return item.verdict === 'recreate' && groupKind(item.ref) === 'StatefulSet.apps' ? 'Orphan' : 'Background';
}

/** Finalizers that nobody would take off, where a person has consented. */
async function stripped(batch: OpenBatch, { item }: OpenItem, live: KubeObject): Promise<KubeObject> {
  const found = asList(live.metadata.finalizers).some((name) => item.strip.includes(String(name)));
  if (!found) return live;
  return await batch.cluster.replace(withoutFinalizers(live, item.strip), fenceOf(live), batch.options);
}

export function giveReason(error: unknown, object: string): WriteResult {
  if (!isPortError(error)) throw error;
  if (error.kind === 'denied' || error.kind === 'invalid') return { object, kind: 'failed', reason: error.message };
  return { object, kind: error.kind === 'unclear' ? 'unclear' : 'unreachable', reason: error.message };
}

async function awaitGone(
  batch: OpenBatch,
  open: OpenItem,
  gone: KubeObject | null,
  kind: 'done' | 'already',
): Promise<WriteResult> {
  const isDone = await becomesTrue(batch.options, lookEvery, () => isGone(batch, open, gone));
  return isDone
    ? { object: open.name, kind }
    : { object: open.name, kind: 'unclear', reason: 'deleted, but not gone yet' };
}

/** Background deletion answers before the dependents are gone: they must be, or pods of the failed deploy run on. */
async function isGone({ cluster }: OpenBatch, open: OpenItem, gone: KubeObject | null): Promise<boolean> {
  const { item } = open;
  const propagation = propagationOf(open);
  const live = await cluster.get(item.ref);
  if (live && (!gone || uidOf(live) === uidOf(gone))) return false;
  if (!gone || !item.ref.namespace || propagation === 'Orphan') return true;
  const children = await collectChildren(cluster, item.ref.namespace);
  return !children.some((child) => ownerUids(child).includes(uidOf(gone)));
}
