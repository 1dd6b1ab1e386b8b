import type { Attempt, RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';

/** Where a phase leads: on, with all progress as data, or to the end. */
export type Next =
  | { readonly kind: 'go'; readonly state: RestoreState }
  | {
      readonly kind: 'end';
      readonly end: RestoreEnd;
      /** Only where the phase got further than the state it began with. */
      readonly state?: RestoreState;
    };

export function go(state: RestoreState): Next {
  return { kind: 'go', state };
}

export function end(value: RestoreEnd): Next {
  return { kind: 'end', end: value };
}

export function refused(reason: string): Next {
  return end({ outcome: 'refused', reason });
}

/** Before the pivot: with anything attempted the failed state is written back, else there is nothing to undo. */
export function cancelOrRevert(steps: Steps, state: RestoreState): Next | null {
  const cancellation = steps.cancelled();
  if (!cancellation) return null;
  const reason = `cancelled by ${cancellation.by}: ${cancellation.reason}`;
  return state.attempts.length > 0 ? compensate(state, reason) : end({ outcome: 'cancelled', reason });
}

export function compensate(state: RestoreState, cause: string, attempts: readonly Attempt[] = state.attempts): Next {
  return go({ ...state, phase: 'revert', cause, attempts });
}

/** Whether a person has a word to say before the first write. */
export function awaitsWord(steps: Steps, { request }: RestoreInput, { released, approved }: RestoreState): boolean {
  if (steps.held() !== null) return true;
  if (request.onFailure === 'hold') return released !== true;
  return request.onFailure === 'approve' && approved === undefined;
}
