import type { Sandbox } from '../../src/sandbox/index.ts';

/** Which of the engine's requests, counted over all clusters from now on; watches do not count, they never end. */
export interface Moment {
  readonly nth: number;
  /** Before: the request is held up on its way. After: its effect is there, its answer is on its way. */
  readonly when: 'before' | 'after';
}

export interface Trigger {
  /** Requests so far. */
  readonly seen: number;
  disarm(): void;
}

/** Runs `strike` at that moment, once; the request goes on when the strike has returned. */
export function arm({ clusters }: Sandbox, { nth, when }: Moment, strike: () => Promise<void>): Trigger {
  let seen = 0;
  const run = async () => {
    seen += 1;
    if (seen === nth) await strike();
  };
  const match = { user: 'engine', path: '^(?!.*watch=)' };
  const handles = Object.values(clusters).map((cluster) =>
    cluster.faults.inject({ match, effect: { kind: 'call', when, run } }),
  );
  return {
    get seen() {
      return seen;
    },
    disarm: () => {
      for (const handle of handles) handle.remove();
    },
  };
}
