import { seen } from './choices.ts';
import { cancelOrRevert, go, type Next } from './next.ts';
import type { RestoreInput, RestoreState, Steps } from './steps.ts';
import { onFailedWrite, onSilence } from './trouble.ts';
import { describeDifferences, verifyAll } from './verify.ts';

/** The point after which there is only forward: every cluster answers, every update is seen, nobody has come in between. */
export async function pivot(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  for (;;) {
    const cancelled = cancelOrRevert(steps, state);
    if (cancelled) return cancelled;
    const verified = await verifyAll(steps, input, state, 'updates');
    if (verified.kind === 'equal') return cancelOrRevert(steps, state) ?? (await pass(steps, state));
    const next =
      verified.kind === 'unknown'
        ? await onSilence(steps, input, state, {
            reason: `cannot be seen before the pivot: ${verified.reason}`,
            objects: [],
          })
        : await onFailedWrite(steps, input, state, {
            reason: `before the pivot ${describeDifferences(verified.objects)}`,
            objects: verified.objects,
            skippable: seen(verified.objects),
          });
    if (next) return next;
  }
}

async function pass(steps: Steps, state: RestoreState): Promise<Next> {
  steps.enter('restoring');
  await steps.record('pivot', 'pivot', {});
  return go({ ...state, phase: 'finish', stage: 0 });
}
