import { counted } from '../../src/domain/counted.ts';
import { end, type Next } from './next.ts';
import { pauseAfter, stayBlocked } from './patience.ts';
import type { RestoreInput, RestoreState, Steps } from './steps.ts';
import { describeDifferences, type Verified, verifyAll } from './verify.ts';

/** Garbage collection and status may need a moment after the last delete; only then is a difference a finding. */
const quickTries = 4;

/** The claim itself: live equals the baseline in every cluster at one observed time, or the run stays open and says where not. */
export async function confirm(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  for (let tries = 0; ; tries++) {
    const verified = await verifyAll(steps, input, state, 'baseline');
    if (verified.kind === 'equal') return await recordRestored(steps, state, verified.objects);
    if (tries < quickTries && verified.kind === 'different') {
      await steps.sleep(pauseAfter(tries), 'not equal yet: read again');
      continue;
    }
    const closed = await stayBlocked(steps, whyNot(verified), verified.kind === 'different' ? verified.objects : []);
    if (closed) return end(closed);
    steps.enter('restoring');
  }
}

function whyNot(verified: Exclude<Verified, { kind: 'equal' }>): string {
  return verified.kind === 'unknown'
    ? `cannot be verified: ${verified.reason}`
    : `not equal to the baseline: ${describeDifferences(verified.objects)}`;
}

async function recordRestored(steps: Steps, state: RestoreState, objects: number): Promise<Next> {
  const left = [...state.plans.flatMap((plan) => plan.left), ...(state.stale ?? [])];
  const clusters = state.plans.length;
  await steps.record('verified', 'verified', { expect: 'baseline', objects, left });
  const text = `live = baseline in ${clusters} of ${counted(clusters, 'target')}, ${counted(objects, 'object')}, read twice; ${left.length} left`;
  steps.note({ key: 'verified', mark: 'done', title: 'verified', text });
  return end({ outcome: 'restored', reason: text, health: state.health ?? 'healthy', left });
}
