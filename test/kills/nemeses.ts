import type { Lane } from './lane.ts';
import type { Moment } from './trigger.ts';

/** Something that goes wrong at one moment of a run, and what ends it. */
export interface Nemesis {
  readonly name: string;
  readonly of: 'worker' | 'temporal' | 'cluster' | 'certificate' | 'clock' | 'store';
  /** Such as a worker that stands still, which is sent tasks for another minute: begun first, and of workers half as many. */
  readonly takesLong?: boolean;
  readonly when: Moment['when'];
  /** The request goes on when all is over: a creation that does so has no version to be fenced by. */
  readonly holds?: boolean;
  /** Begins it; the request at which it strikes goes on when this has returned. `ended` resolves when the run has its outcome. */
  strike(lane: Lane, ended: Promise<unknown>): Promise<void>;
  /** The run cannot go on without what is gone: unless it is refused, it has told a person that it waits. */
  readonly blocks?: boolean;
  /** Whether the engine has met it, where a strike alone does not say so. */
  readonly reached?: (lane: Lane) => boolean;
  /** How the run may end when the deploy was let through; one that still waits for a person is not among them. */
  readonly outcomes: readonly string[];
}

/** Nothing happens. */
export const noNemesis: Nemesis = {
  name: 'none',
  of: 'worker',
  when: 'after',
  strike: async () => undefined,
  outcomes: ['restored'],
};
