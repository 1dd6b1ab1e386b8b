import { awaitsWord, cancelOrRevert, end, go, type Next } from './next.ts';
import { whereToBegin } from './owners.ts';
import { lookForWordEvery } from './patience.ts';
import type { RestoreInput, RestorePhase, RestoreState, Steps } from './steps.ts';

/** Held when it is known where the deploy ended, so that what people change while they think is not taken for its work. */
const holdable: readonly RestorePhase[] = ['prepare', 'approve', 'commit'];

/** Up to the first write a person, or the policy, keeps a restore from beginning; `null`: nobody does. */
export async function holdFirst(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next | null> {
  if (!holdable.includes(state.phase) || state.attempts.length > 0) return null;
  // The hold was taken back before it came to its wait.
  if (state.ownersRun && !awaitsWord(steps, input, state)) return go({ ...state, phase: whereToBegin(state) });
  const reason = whyHeld(steps, input, state);
  if (reason === null) return null;
  const stop = cancelOrRevert(steps, state);
  if (stop) return stop;
  const decision = await steps.decide(
    { kind: 'hold', reason, objects: [], choices: ['resume', 'accept'] },
    lookForWordEvery,
  );
  switch (decision.kind) {
    case 'accept':
      return end({ outcome: 'held', by: decision.by, reason: `accepted by ${decision.by}: ${decision.reason}` });
    case 'resume':
      return go({ ...state, phase: whereToBegin(state), released: true });
    default:
      return go(state);
  }
}

function whyHeld(steps: Steps, { request }: RestoreInput, state: RestoreState): string | null {
  const held = steps.held();
  if (held) return `held by ${held.by}: ${held.reason}`;
  const byPolicy = request.onFailure === 'hold' && state.released !== true;
  return byPolicy ? 'onFailure is "hold": nothing is restored before somebody says so' : null;
}
