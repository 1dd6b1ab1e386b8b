import { cancelOrRevert, compensate, end, go, type Next } from './next.ts';
import { stayBlocked } from './patience.ts';
import type { RestoreInput, RestoreState, Steps } from './steps.ts';
import { describeDifferences, verifyAll } from './verify.ts';

/** The point after which there is only forward: every cluster answers, every update is seen, nobody has come in between. */
export async function pivot(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  for (;;) {
    const cancelled = cancelOrRevert(steps, state);
    if (cancelled) return cancelled;
    const verified = await verifyAll(steps, input, state, 'updates');
    if (verified.kind === 'different')
      return compensate(state, `before the pivot ${describeDifferences(verified.objects)}`);
    if (verified.kind === 'equal') {
      await steps.record('pivot', 'pivot', {});
      return go({ ...state, phase: 'finish', stage: 0 });
    }
    const closed = await stayBlocked(steps, `cannot be seen before the pivot: ${verified.reason}`, []);
    if (closed) return end(closed);
    steps.enter('restoring');
  }
}
