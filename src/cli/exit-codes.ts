import type { Outcome } from '../schema/outcome.ts';

/** What a script may rely on; listed in the README. */
export const exitCodes = {
  kept: 0,
  restored: 10,
  reverted: 11,
  refused: 12,
  held: 13,
  /** A person must decide; the guard is open and keeps its lock. */
  waiting: 14,
  superseded: 15,
  cancelled: 16,
  unready: 17,
  abandoned: 18,
  /** Nothing was started. */
  wrongInput: 2,
  /** Belay itself failed: the guard's state is not known here, the message says how to find out. */
  failed: 1,
} as const;

/** `observed` changes nothing, not even the command's own exit code. */
export function exitCodeOf(outcome: Outcome, ownCode: number): number {
  return outcome === 'observed' ? ownCode : exitCodes[outcome];
}
