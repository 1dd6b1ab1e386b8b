import { countPlans, describeCounts } from '../../src/domain/plan-counts.ts';
import { quietTimes } from './freeze.ts';
import { ask } from './patience.ts';
import { describeProof, prepareSettled } from './prepare.ts';
import type { RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';

/** Says what a restore would have done. Nobody is stopped, nothing is written. */
export async function observe(steps: Steps, input: RestoreInput, state: RestoreState): Promise<RestoreEnd> {
  const would = await wouldHave(steps, input, state);
  const cancelled = steps.cancelled();
  if (cancelled) return { outcome: 'cancelled', reason: `cancelled by ${cancelled.by}: ${cancelled.reason}` };
  steps.note({ key: 'plan', mark: 'done', title: 'observed', text: would });
  return { outcome: 'observed', reason: would };
}

async function wouldHave(steps: Steps, input: RestoreInput, state: RestoreState): Promise<string> {
  const asked = await ask(steps, 'observing', input.request.unreachableWait, () => quietTimes(steps, input));
  if (asked.kind !== 'answer') return `would have been refused: ${asked.reason}`;
  const prepared = await prepareSettled(steps, input, { ...state, quietAt: asked.value });
  if (prepared.kind !== 'ready') return `would have been refused: ${prepared.reason}`;
  const counts = countPlans(prepared.plans);
  await steps.record('prepared', 'prepared/observed', {
    plans: Object.fromEntries(prepared.plans.map((plan) => [plan.target, plan.plan.id])),
    counts,
  });
  return `would have been restored: ${describeCounts(counts)}; ${describeProof(prepared)}`;
}
