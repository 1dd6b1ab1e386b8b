import type { BlockedObject } from '../../src/schema/outcome.ts';
import type { PlanSummary } from '../../src/schema/plan.ts';
import { askOnce } from './patience.ts';
import type { RestoreInput, RestoreState, Steps } from './steps.ts';
import { verifyPlan } from './verify.ts';

/**
 * Everything that is not, or not known to be, where it must go: first what is in trouble, then what one look at every
 * target finds besides. That waits for the others, or somebody has changed it since.
 */
export async function openObjects(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  inTrouble: readonly BlockedObject[],
): Promise<readonly BlockedObject[]> {
  const found = await Promise.all(state.plans.map((plan) => look(steps, input, state, plan)));
  const named = new Set(inTrouble.map(nameOf));
  const others = found.flat().filter((one) => !named.has(nameOf(one)));
  return [...inTrouble, ...others.map((one) => waiting(one, inTrouble))];
}

/** Where all of this phase is to lead to. */
function goalOf({ phase }: RestoreState): 'baseline' | 'failedState' {
  return phase === 'revert' ? 'failedState' : 'baseline';
}

/** A target that cannot be read is open as a whole: nobody knows what is where. */
async function look(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  plan: PlanSummary,
): Promise<readonly BlockedObject[]> {
  const goal = goalOf(state);
  const asked = await askOnce(() => verifyPlan(steps, input, plan, goal));
  if (asked.kind === 'answer') return asked.value.differences;
  const expected = goal === 'baseline' ? 'baseline' : 'failed state';
  return [{ target: plan.target, object: '*', expected, actual: 'not known', why: asked.reason }];
}

function waiting(one: BlockedObject, [first, ...others]: readonly BlockedObject[]): BlockedObject {
  if (!first || one.object === '*') return one;
  const whom = others.length > 0 ? `${nameOf(first)} and ${others.length} more` : nameOf(first);
  return { ...one, why: `waits for ${whom}; ${one.why}` };
}

function nameOf({ target, object }: BlockedObject): string {
  return `${target}/${object}`;
}
