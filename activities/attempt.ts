import { Context } from '@temporalio/activity';
import type { WriteOptions } from '../src/ports/cluster.ts';
import type { RunIdentity } from '../src/schema/activities.ts';
import { rest } from './beating.ts';

/** What every write of this attempt carries. Asked for at its very beginning: from then on its time runs. */
export function attemptOptions({ operationId }: RunIdentity): WriteOptions {
  const sendBefore = performance.now() + Context.current().info.startToCloseTimeoutMs;
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
