import type { Fault } from '../../src/sandbox/index.ts';
import type { Ground } from './ground.ts';

/** A request of the engine as faults see it; watches are not among them, they never end. */
export type Seen = Parameters<Extract<Fault['effect'], { kind: 'call' }>['run']>[0];

/** The first of the engine's requests that `isIt`, over all clusters and from now on. */
export interface Moment {
  readonly isIt: (request: Seen) => boolean | Promise<boolean>;
  /** Before: the request is held up on its way. After: its effect is there, its answer is on its way. */
  readonly when: 'before' | 'after';
}

export interface Trigger {
  /** Requests so far. */
  readonly seen: number;
  /** The request at which it fired. */
  readonly struck: Seen | undefined;
  disarm(): void;
}

/** Runs `strike` at that moment, once; the request goes on when the strike has returned. */
export function arm({ fronts }: Ground, { isIt, when }: Moment, strike: () => Promise<void>): Trigger {
  const state: { seen: number; struck: Seen | undefined } = { seen: 0, struck: undefined };
  const run = async (request: Seen) => {
    state.seen += 1;
    if (state.struck || !(await isIt(request)) || state.struck) return;
    state.struck = request;
    await strike();
  };
  const match = { path: '^(?!.*watch=)' };
  const handles = Object.values(fronts).map((front) => front.inject({ match, effect: { kind: 'call', when, run } }));
  return {
    get seen() {
      return state.seen;
    },
    get struck() {
      return state.struck;
    },
    disarm: () => {
      for (const handle of handles) handle.remove();
    },
  };
}
