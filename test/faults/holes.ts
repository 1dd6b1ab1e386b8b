import type { Violation } from './judge.ts';

/**
 * Promises that are known to be broken, so that each is said aloud and none hides another. A hole that does not show any
 * more is an error: whoever closes it takes it off this list.
 */
export interface Hole {
  readonly name: string;
  readonly says: string;
  readonly covers: (violation: Violation, faults: readonly string[]) => boolean;
}

export const holes: readonly Hole[] = [
  {
    name: 'late creation',
    says: 'A creation has no version to be fenced by. One that arrives more than three seconds after its writer has ended, longer than client and server give it, makes the object anew after the compensation has deleted it.',
    covers: ({ invariant, says }, faults) =>
      invariant === 'I5' &&
      says.includes('token was changed after') &&
      faults.some((fault) => /^late.*token/.test(fault)),
  },
];
