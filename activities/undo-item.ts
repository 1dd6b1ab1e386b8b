import { sameContent } from '../src/domain/kubernetes/canonical.ts';
import { isTerminating, resourceVersionOf, uidOf } from '../src/domain/kubernetes/identity.ts';
import { sameOwnership } from '../src/domain/kubernetes/ownership.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { WriteResult } from '../src/schema/plan.ts';
import { removeUntilGone } from './delete-item.ts';
import { writerOf } from './members.ts';
import type { OpenBatch, OpenItem } from './write-batch.ts';
import { fenceOf, isWrittenBy, reach } from './write-item.ts';

/** Whether the forward write of an object ever got a definite answer. */
export type Forward = 'definite' | 'unclear';

/** Puts the failed state back where this run wrote, and only there. Safe to run twice, and where nothing was written. */
export async function undoItem(batch: OpenBatch, open: OpenItem, forward: Forward): Promise<WriteResult> {
  try {
    const live = await batch.cluster.get(open.item.ref);
    if (!open.failed) return await undoCreate(batch, open, live, forward);
    return await undoUpdate(batch, open, open.failed, live, forward);
  } catch (error) {
    if (!isPortError(error)) throw error;
    return {
      object: open.name,
      kind: error.kind === 'denied' || error.kind === 'invalid' ? 'failed' : 'unreachable',
      reason: error.message,
    };
  }
}

async function undoUpdate(
  batch: OpenBatch,
  open: OpenItem,
  failed: KubeObject,
  live: KubeObject | undefined,
  forward: Forward,
): Promise<WriteResult> {
  const { name, baseline } = open;
  const { ignore } = batch;
  if (!live || isTerminating(live) || uidOf(live) !== uidOf(failed))
    return { object: name, kind: 'newcomer', manager: live ? writerOf(live) : 'somebody who deleted it' };
  if (sameContent(live, failed, ignore) && sameOwnership(failed, live, ignore))
    return mayStillLand(open, live, forward) ?? { object: name, kind: 'already' };
  const ours = sameContent(live, failed, ignore) || (baseline !== null && sameContent(live, baseline, ignore));
  if (!ours) return { object: name, kind: 'newcomer', manager: writerOf(live) };
  return await reach(batch, { open, to: failed, from: live, fence: fenceOf(live) });
}

/**
 * A write without a definite answer is fenced by the version it was sent against: once that version has moved, it can
 * not land any more. While it has not, nothing may be claimed.
 */
function mayStillLand({ name, item }: OpenItem, live: KubeObject, forward: Forward): WriteResult | null {
  if (forward === 'definite' || resourceVersionOf(live) !== item.fence?.resourceVersion) return null;
  return {
    object: name,
    kind: 'unclear',
    reason: 'its write got no definite answer and may still land; voiding it is not supported by this version',
  };
}

async function undoCreate(
  batch: OpenBatch,
  open: OpenItem,
  live: KubeObject | undefined,
  forward: Forward,
): Promise<WriteResult> {
  const { name } = open;
  if (!live) {
    const reason =
      'its creation got no definite answer and may still land; voiding it is not supported by this version';
    return forward === 'unclear' ? { object: name, kind: 'unclear', reason } : { object: name, kind: 'already' };
  }
  const ours =
    isWrittenBy(live, batch.options.fieldManager) &&
    open.baseline !== null &&
    sameContent(live, open.baseline, batch.ignore);
  if (!ours && !isTerminating(live)) return { object: name, kind: 'newcomer', manager: writerOf(live) };
  return await removeUntilGone(batch, open, live);
}
