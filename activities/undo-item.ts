import { sameContent } from '../src/domain/kubernetes/canonical.ts';
import { fenceOf, isTerminating, uidOf } from '../src/domain/kubernetes/identity.ts';
import { asNumber, at } from '../src/domain/kubernetes/json.ts';
import { isPutBackBefore, sameOwnership } from '../src/domain/kubernetes/ownership.ts';
import { asCreated, isPutBack } from '../src/domain/kubernetes/writable.ts';
import { hasReplicas } from '../src/domain/plan/autoscaling.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { WriteResult } from '../src/schema/plan.ts';
import { giveReason, removeUntilGone } from './delete-item.ts';
import { writerOf } from './members.ts';
import { type Place, voidWrites, withoutFence } from './void-writes.ts';
import type { OpenBatch, OpenItem } from './write-batch.ts';
import { isMadeAnew, isWrittenBy, reach } from './write-item.ts';

/** Whether the forward step of an object ever got a definite answer. */
export type Forward = 'definite' | 'unclear';

/** Puts the failed state back where this run wrote or deleted, and only there. Safe to run twice, and where nothing was done. */
export async function undoItem(batch: OpenBatch, open: OpenItem, forward: Forward): Promise<WriteResult> {
  try {
    const undo = { batch, open, forward, live: await read(batch, open) };
    if (batch.does === 'delete') return await undoDelete(undo);
    return isMadeAnew(open) ? await undoCreate(undo) : await undoUpdate(undo);
  } catch (error) {
    return giveReason(error, open.name);
  }
}

async function read(batch: OpenBatch, open: OpenItem): Promise<KubeObject | undefined> {
  const place = placeOf(batch, open);
  const found = await place.read();
  return found && (await withoutFence(found, place));
}

function placeOf({ cluster, options }: OpenBatch, { item }: OpenItem): Place {
  return {
    put: (object) => cluster.replace(object, fenceOf(object), options),
    read: () => cluster.get(item.ref),
  };
}

interface Undo {
  readonly batch: OpenBatch;
  readonly open: OpenItem;
  readonly live: KubeObject | undefined;
  readonly forward: Forward;
}

async function undoUpdate(undo: Undo): Promise<WriteResult> {
  const { batch, open, live } = undo;
  const { name, failed, ignore } = open;
  if (!failed) return { object: name, kind: 'failed', reason: 'its failed state is missing' };
  if (!live) return { object: name, kind: 'newcomer', manager: 'somebody who deleted it' };
  if (!isOurs(open, failed, live)) return { object: name, kind: 'newcomer', manager: writerOf(live) };
  const back = backwards(open, failed);
  const isBack = sameContent(live, failed, ignore) && hasReplicas(live, back.item.replicas);
  if (isBack && sameOwnership(failed, live, ignore)) return await stand(undo, live);
  return await reach(batch, { open: back, to: failed, from: live, fence: fenceOf(live) });
}

/** The same object in one of the two states between which this run moves it. */
function isOurs({ baseline, ignore }: OpenItem, failed: KubeObject, live: KubeObject): boolean {
  if (isTerminating(live) || uidOf(live) !== uidOf(failed)) return false;
  return sameContent(live, failed, ignore) || (baseline !== null && isPutBack(baseline, live, ignore));
}

/** What the way forward took off or chose is not for the way back. */
function backwards(open: OpenItem, failed: KubeObject): OpenItem {
  const { item } = open;
  const had = asNumber(at(failed, 'spec', 'replicas')) ?? null;
  return { ...open, item: { ...item, strip: [], replicas: typeof item.replicas === 'number' ? had : item.replicas } };
}

/**
 * Nothing has landed, and nothing may land any more: a request without a definite answer is fenced by a version that
 * the object has had, be it the plan's or a later one.
 */
async function stand({ batch, open, forward }: Undo, live: KubeObject): Promise<WriteResult> {
  if (forward === 'unclear') await voidWrites(live, placeOf(batch, open));
  return { object: open.name, kind: 'already' };
}

/** A creation has no fence; whoever asks has waited until none can be on its way any more. */
async function undoCreate({ batch, open, live }: Undo): Promise<WriteResult> {
  const { name, baseline, ignore } = open;
  if (!live) return { object: name, kind: 'already' };
  const byUs = isWrittenBy(live, batch.options.fieldManager) || isPutBackBefore(live);
  const asWritten = baseline !== null && sameContent(live, asCreated(baseline), ignore);
  if (!(byUs && asWritten) && !isTerminating(live)) return { object: name, kind: 'newcomer', manager: writerOf(live) };
  return await removeUntilGone(batch, { ...open, item: { ...open.item, verdict: 'create' } }, live);
}

/** What was deleted is posted back as the failed deploy had it; what was not deleted yet must not be deleted any more. */
async function undoDelete(undo: Undo): Promise<WriteResult> {
  const { batch, open, live } = undo;
  const { name, failed, ignore } = open;
  if (!failed) return { object: name, kind: 'failed', reason: 'its failed state is missing' };
  if (live && isTerminating(live)) return { object: name, kind: 'unreachable', reason: 'it is still going away' };
  if (live && uidOf(live) === uidOf(failed)) return await stand(undo, live);
  if (live && !sameContent(live, failed, ignore)) return { object: name, kind: 'newcomer', manager: writerOf(live) };
  return await reach(batch, { open: backwards(open, failed), to: asCreated(failed), from: null, fence: null });
}
