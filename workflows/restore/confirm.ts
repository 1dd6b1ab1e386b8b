import { counted } from '../../src/domain/counted.ts';
import { seen } from './choices.ts';
import { end, type Next } from './next.ts';
import { leftPaused } from './owners.ts';
import { pauseAfter } from './patience.ts';
import type { RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';
import { suspectsIn } from './suspects.ts';
import { stayInTrouble } from './trouble.ts';
import { describeDifferences, type Verified, verifyAll } from './verify.ts';

/** Garbage collection and status may need a moment after the last delete; only then is a difference a finding. */
const quickTries = 4;

/** Argo CD takes what differs back after some five seconds, and an owner switched on again goes to work at once. */
const contestedFor = 10_000;
const lookAgainEvery = 2500;

/**
 * The claim itself: live equals the baseline in every cluster at one observed time, or the run stays open and says
 * where not. Where owners were met it has to stay so for a while: what they take back is reported, not written again.
 */
export async function confirm(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const steadyFor = steadyTime(state);
  let equalSince: number | null = null;
  for (let tries = 0; ; tries++) {
    const verified = await verifyAll(steps, input, state, 'baseline');
    if (verified.kind === 'equal') {
      equalSince ??= steps.now();
      if (steps.now() - equalSince >= steadyFor) return await recordRestored(steps, state, verified.objects);
      await steps.sleep(lookAgainEvery, 'restored: does it stay so?');
      continue;
    }
    const since = equalSince === null ? tries : 'contested';
    const closed = await restOrBlock(steps, input, state, { verified, tries: since });
    equalSince = null;
    if (closed) return end(closed);
    steps.enter('restoring');
  }
}

function steadyTime({ owners = [] }: RestoreState): number {
  return owners.length > 0 ? contestedFor : 0;
}

type Unequal = Exclude<Verified, { kind: 'equal' }>;

interface Finding {
  readonly verified: Unequal;
  readonly tries: number | 'contested';
}

async function restOrBlock(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { verified, tries }: Finding,
): Promise<RestoreEnd | null> {
  if (tries !== 'contested' && tries < quickTries && verified.kind === 'different') {
    await steps.sleep(pauseAfter(tries), 'not equal yet: read again');
    return null;
  }
  const objects = verified.kind === 'different' ? verified.objects : [];
  const why = whyNot(verified);
  const reason = tries === 'contested' && objects.length > 0 ? `contested: ${why}` : why;
  return await stayInTrouble(steps, input, state, { reason, objects, skippable: seen(objects) });
}

function whyNot(verified: Unequal): string {
  return verified.kind === 'unknown'
    ? `cannot be verified: ${verified.reason}`
    : `not equal to the baseline: ${describeDifferences(verified.objects)}`;
}

async function recordRestored(steps: Steps, state: RestoreState, objects: number): Promise<Next> {
  const left = [
    ...state.plans.flatMap((plan) => plan.left),
    ...(state.stale ?? []),
    ...steps.left(),
    ...leftPaused(state),
  ];
  const clusters = state.plans.length;
  await steps.record('verified', 'verified', { expect: 'baseline', objects, left });
  const text = `live = baseline in ${clusters} of ${counted(clusters, 'target')}, ${counted(objects, 'object')}, read twice; ${left.length} left`;
  steps.note({ key: 'verified', mark: 'done', title: 'verified', text });
  return end({
    outcome: 'restored',
    reason: text,
    health: state.health ?? 'healthy',
    left,
    suspects: suspectsIn(state.plans),
  });
}
