import { countPlans, describeCounts } from '../../src/domain/plan-counts.ts';
import { cancelOrRevert, end, go, type Next, refused } from './next.ts';
import { whereToBegin } from './owners.ts';
import { ask, beforeFirstWrite, lookForWordEvery } from './patience.ts';
import type { Gate, RestoreInput, RestoreState, Steps } from './steps.ts';

/**
 * Nothing is written by a plan that nobody has approved. An approval is of one digest: the rest of the freeze follows
 * it, the plan is made once more, and another plan is another question.
 */
export async function approve(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const { run, request } = input;
  const asked = await ask(steps, 'reading the plans', request.unreachableWait, () =>
    steps.digestPlans({ run, plans: state.plans.map(({ target, digest }) => ({ target, digest })) }),
  );
  const stop = cancelOrRevert(steps, state);
  if (stop) return stop;
  if (asked.kind !== 'answer') return refused(beforeFirstWrite(asked));
  const { digest } = asked.value;
  if (digest === state.approved) return go({ ...state, phase: 'commit' });
  return await askPerson(steps, state, digest);
}

async function askPerson(steps: Steps, state: RestoreState, digest: string): Promise<Next> {
  const decision = await steps.decide(gateOf(state, digest), lookForWordEvery);
  // What was changed meanwhile is in the plan that is asked about next.
  const anew = { ...state, phase: whereToBegin(state), quietAt: {} };
  switch (decision.kind) {
    case 'approve':
      return go({ ...anew, approved: digest });
    case 'accept':
      return end({ outcome: 'held', by: decision.by, reason: `accepted by ${decision.by}: ${decision.reason}` });
    default:
      return go(decision.kind === 'retry' && decision.by !== null ? anew : state);
  }
}

function gateOf({ plans, approved }: RestoreState, digest: string): Gate {
  const counts = describeCounts(countPlans(plans));
  const again = approved === undefined ? '' : ', not the one that was approved';
  return {
    kind: 'approve',
    reason: `plan ${digest.slice(0, 16)}: ${counts}${again}`,
    objects: [],
    choices: ['approve', 'retry', 'accept'],
    planDigest: digest,
  };
}
