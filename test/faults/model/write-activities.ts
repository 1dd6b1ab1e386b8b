import { isPortError, type PortError } from '../../../src/ports/port-error.ts';
import type { WriteResult } from '../../../src/schema/plan.ts';
import { create, get, mark, own, remove, replace } from './cluster-requests.ts';
import type { Stored } from './clusters.ts';
import type { Item } from './documents.ts';
import type { Caller } from './requests.ts';

/**
 * Writing, undoing and deleting one object, request by request as `activities/write-item.ts`, `undo-item.ts` and
 * `delete-item.ts` do it, voiding included. Whoever changes those changes these.
 */

interface Goal {
  readonly object: string;
  readonly to: Stored;
  /** What it may be until then; `null`: it is not there. */
  readonly from: Stored | null;
}

const mostTries = 4;

export function writeItem(caller: Caller, { object, verdict, baseline, failed }: Item): Promise<WriteResult> {
  if (!baseline) throw new Error(`${object} has no baseline`);
  return reach(caller, { object, to: baseline, from: verdict === 'recreate' ? null : failed });
}

async function reach(caller: Caller, goal: Goal): Promise<WriteResult> {
  const { object } = goal;
  let current = goal;
  let isUnclear = false;
  for (let tries = 0; tries < mostTries; tries++) {
    const error = await attemptOf(() => send(caller, current));
    if (error === null || !needsReading(error)) return answeredBy(object, error, isUnclear);
    isUnclear ||= error.kind === 'unclear';
    const read = await readBack(caller, current);
    if (!('again' in read)) return 'ended' in read ? read.ended : settledBy(object, read.settled, isUnclear);
    current = read.again;
  }
  return { object, kind: 'unclear', reason: `no definite answer after ${mostTries} tries` };
}

function settledBy(object: string, writer: Stored['writer'], isUnclear: boolean): WriteResult {
  return { object, kind: isUnclear || writer === 'belay' ? 'done' : 'already' };
}

async function attemptOf(work: () => Promise<unknown>): Promise<PortError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (isPortError(error)) return error;
    throw error;
  }
}

function needsReading({ kind }: PortError): boolean {
  return kind === 'conflict' || kind === 'unclear' || kind === 'notFound';
}

function answeredBy(object: string, error: PortError | null, isUnclear: boolean): WriteResult {
  if (error === null) return { object, kind: 'done' };
  if (isUnclear) return { object, kind: 'unclear', reason: error.message };
  return { object, kind: error.kind === 'unavailable' ? 'unreachable' : 'failed', reason: error.message };
}

async function send(caller: Caller, { object, to, from }: Goal): Promise<void> {
  const written = from
    ? await replace(caller, object, to.content, from)
    : await create(caller, object, to.content, to.owned);
  if (written.owned !== to.owned) await own(caller, object, to.owned, written);
}

type Read = { readonly ended: WriteResult } | { readonly settled: Stored['writer'] } | { readonly again: Goal };

async function readBack(caller: Caller, goal: Goal): Promise<Read> {
  const { object, from } = goal;
  try {
    const live = await get(caller, object);
    if (live) return await judgeLive(caller, goal, live);
    if (!from) return { again: goal };
    return { ended: { object, kind: 'newcomer', manager: 'somebody who deleted it' } };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { ended: { object, kind: 'unclear', reason: error.message } };
  }
}

async function judgeLive(caller: Caller, goal: Goal, live: Stored): Promise<Read> {
  const { object, to, from } = goal;
  if (live.content === to.content) {
    const isForeign = !from && live.writer !== 'belay' && live.owned !== to.owned;
    if (isForeign) return { ended: newcomer(object, live) };
    if (live.owned !== to.owned) await own(caller, object, to.owned, live);
    return { settled: live.writer };
  }
  if (from && live.uid === from.uid && live.content === from.content) return { again: { ...goal, from: live } };
  return { ended: newcomer(object, live) };
}

function newcomer(object: string, live: Stored): WriteResult {
  return { object, kind: 'newcomer', manager: live.writer };
}

/** Deletes what the plan saw, and nothing else. */
export async function deleteItem(caller: Caller, { object, failed }: Item): Promise<WriteResult> {
  return await orReason(object, async () => {
    const live = await get(caller, object);
    if (!live) return { object, kind: 'already' };
    if (live.uid !== failed?.uid || live.content !== failed.content) return newcomer(object, live);
    return await removeUntilGone(caller, object, live);
  });
}

async function removeUntilGone(caller: Caller, object: string, live: Stored): Promise<WriteResult> {
  return await orReason(object, async () => {
    await remove(caller, object, live);
    const left = await get(caller, object);
    return left ? newcomer(object, left) : { object, kind: 'done' };
  });
}

async function orReason(object: string, work: () => Promise<WriteResult>): Promise<WriteResult> {
  try {
    return await work();
  } catch (error) {
    if (!isPortError(error)) throw error;
    const { kind, message: reason } = error;
    if (kind === 'denied' || kind === 'invalid') return { object, kind: 'failed', reason };
    return { object, kind: kind === 'unclear' ? 'unclear' : 'unreachable', reason };
  }
}

/** Puts the failed state back where this run wrote, and only there. */
export async function undoItem(caller: Caller, item: Item, forward: 'definite' | 'unclear'): Promise<WriteResult> {
  const { object, failed } = item;
  return await orReason(object, async () => {
    const found = await get(caller, object);
    const live = found?.isMarked ? await mark(caller, object, found, false) : found;
    if (!failed) return await undoCreate(caller, item, live);
    if (!live) return { object, kind: 'newcomer', manager: 'somebody who deleted it' };
    return await undoUpdate(caller, { ...item, failed }, live, forward);
  });
}

async function undoUpdate(
  caller: Caller,
  { object, baseline, failed }: Item & { readonly failed: Stored },
  live: Stored,
  forward: 'definite' | 'unclear',
): Promise<WriteResult> {
  const isOneOfBoth = live.content === failed.content || live.content === baseline?.content;
  if (live.uid !== failed.uid || !isOneOfBoth) return newcomer(object, live);
  const isBack = live.content === failed.content && live.owned === failed.owned;
  if (!isBack) return await reach(caller, { object, to: failed, from: live });
  if (forward === 'unclear') await mark(caller, object, await mark(caller, object, live, true), false);
  return { object, kind: 'already' };
}

/** A creation has no fence; whoever asks has waited until none can be on its way any more. */
async function undoCreate(caller: Caller, { object, baseline }: Item, live: Stored | undefined): Promise<WriteResult> {
  if (!live) return { object, kind: 'already' };
  if (live.writer !== 'belay' || live.content !== baseline?.content) return newcomer(object, live);
  return await removeUntilGone(caller, object, live);
}
