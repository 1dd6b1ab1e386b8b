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
    name: 'unanswered write',
    says: 'A write that got no answer counts as answered when the same write, sent again, was done or denied. If it arrives after the compensation all the same, the object is changed once more.',
    covers: ({ invariant, says }, faults) =>
      (invariant === 'I5' && says.includes('was changed after') && faults.some((fault) => /^late/.test(fault))) ||
      (invariant === 'I14' && says.includes('token is v1') && faults.some((fault) => /^delayed/.test(fault))),
  },
  {
    name: 'unclear write',
    says: 'A write without a definite answer is not made void yet: the run stays blocked until a person closes it.',
    covers: ({ invariant, says }) => invariant === 'I14' && says.includes('may still land'),
  },
  {
    name: 'silent wait',
    says: 'While a stage is written, the wait for a cluster begins anew each time it is over: a person may never be asked.',
    covers: ({ invariant, says }, faults) =>
      invariant === 'I14' && says.startsWith('did not end') && faults.some((fault) => /^outage/.test(fault)),
  },
  {
    name: 'list of one stage',
    says: 'While a stage is blocked, a person is shown the objects of that stage, and not those whose turn comes later.',
    covers: ({ invariant, says }) =>
      invariant === 'I3' && /written back:|behind the pivot an object cannot|while writing$/.test(says),
  },
];
