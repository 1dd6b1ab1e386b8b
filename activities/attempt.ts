import { Context } from '@temporalio/activity';
import type { WriteOptions } from '../src/ports/cluster.ts';
import type { RunIdentity } from '../src/schema/activities.ts';
import { rest } from './beating.ts';

/** How long an attempt may lie in its queue, and how far clocks may be apart, before its own time is cut short. */
const tolerance = 2000;

/**
 * What every write of this attempt carries. Its time runs by the monotonic clock from here on; a worker that was stopped
 * before it came here would take the attempt for a fresh one, so that what has passed since it was scheduled counts too.
 */
export function attemptOptions({ operationId }: RunIdentity): WriteOptions {
  const { startToCloseTimeoutMs, currentAttemptScheduledTimestampMs } = Context.current().info;
  const late = Math.max(0, Date.now() - currentAttemptScheduledTimestampMs - tolerance);
  const sendBefore = performance.now() + startToCloseTimeoutMs - late;
  return { mode: 'write', fieldManager: `belay:${operationId}`, sendBefore };
}

/** Left of the attempt when we stop looking and say "not yet": the workflow asks again. */
const margin = 4000;

/** Looks until it is so, or until the attempt ends soon. */
export async function becomesTrue(
  { sendBefore = 0 }: WriteOptions,
  lookEvery: number,
  look: () => Promise<boolean>,
): Promise<boolean> {
  for (;;) {
    if (await look()) return true;
    if (performance.now() >= sendBefore - margin) return false;
    await rest(lookEvery);
  }
}
