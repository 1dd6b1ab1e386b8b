import type { Violation } from './judge.ts';

/**
 * Promises that are known to be broken, so that each is said aloud and none hides another. A hole that does not show any
 * more is an error: whoever closes it takes it off this list.
 */
export interface Hole {
  readonly name: string;
  readonly says: string;
  readonly covers: (violation: Violation) => boolean;
}

export const holes: readonly Hole[] = [
  {
    name: 'unanswered creation',
    says: 'A creation that got no answer and was sent again with success counts as answered. If the compensation has deleted the object when the first request arrives after all, it is there again.',
    covers: ({ invariant, says }) => invariant === 'I5' && says.endsWith('token was changed after reverted'),
  },
  {
    name: 'unclear write',
    says: 'A write without a definite answer is not made void yet: the run stays blocked until a person closes it.',
    covers: ({ invariant, says }) => invariant === 'I14' && says.includes('may still land'),
  },
  {
    name: 'list of one stage',
    says: 'While a stage is blocked, a person is shown the objects of that stage, and not those whose turn comes later.',
    covers: ({ invariant, says }) =>
      invariant === 'I3' && /written back:|behind the pivot an object cannot|while writing$/.test(says),
  },
];
