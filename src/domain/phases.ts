import type { Phase } from '../schema/outcome.ts';

const waiting: readonly Phase[] = ['waiting(hold)', 'waiting(approve)', 'waiting(unhealthy)', 'waiting(blocked)'];

/** The legal moves of an open run; closing is possible from every phase and is not a move. */
const moves: Readonly<Record<Phase, readonly Phase[]>> = {
  preparing: ['guarding', 'halting', 'restoring', 'waiting(blocked)'],
  guarding: ['watching', 'halting', 'waiting(blocked)'],
  watching: ['halting', 'waiting(hold)', 'waiting(blocked)'],
  halting: ['restoring', ...waiting],
  restoring: ['reverting', ...waiting],
  reverting: [...waiting],
  'waiting(hold)': ['watching', 'halting', 'restoring'],
  'waiting(approve)': ['halting', 'restoring'],
  'waiting(unhealthy)': ['restoring', 'reverting', 'waiting(blocked)'],
  'waiting(blocked)': ['preparing', 'guarding', 'watching', 'halting', 'restoring', 'reverting', 'waiting(unhealthy)'],
};

export function isWaiting(phase: Phase): boolean {
  return waiting.includes(phase);
}

export function isLegalMove(from: Phase, to: Phase): boolean {
  return from === to || moves[from].includes(to);
}

/** In these phases the run writes or waits for a person: a newer deploy must not take over. */
export function isBusy(phase: Phase): boolean {
  return phase === 'halting' || phase === 'restoring' || phase === 'reverting' || isWaiting(phase);
}
