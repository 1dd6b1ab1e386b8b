import { createRandom } from '../../support/random.ts';

/**
 * Time and order of a run, both made up: whoever is about to send a request waits for its turn, one is chosen, and the
 * clock moves only when nobody has anything to send.
 */
export interface Scheduler {
  readonly now: () => number;
  /** Resolves when it is this one's turn. */
  turn(): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
  /** Runs until `work` has settled. Throws when it waits for something that never comes, or never ends. */
  until<T>(work: Promise<T>): Promise<T>;
  /** Runs until nobody has anything to send; timers do not count. */
  untilIdle(): Promise<void>;
}

/** In which order those who wait get their turn. */
export type Order =
  | { readonly kind: 'first come' }
  | { readonly kind: 'last come' }
  | { readonly kind: 'random'; readonly seed: number };

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** A run has some hundred turns; one that loops is a finding, not a hang. */
const mostTurns = 20_000;

export function createScheduler(order: Order): Scheduler {
  const waiting: (() => void)[] = [];
  const timers: Timer[] = [];
  const choose = chooser(order);
  let now = 0;
  let turns = 0;

  const wakeOne = () => {
    const [chosen] = waiting.splice(choose(waiting.length), 1);
    chosen?.();
  };
  const passTime = () => {
    timers.sort((one, other) => one.at - other.at);
    const next = timers.shift();
    if (!next) throw new Error('the run waits for something that never comes');
    now = Math.max(now, next.at);
    next.wake();
  };
  const takeTurn = () => {
    turns += 1;
    if (turns > mostTurns) throw new Error(`the run has not ended after ${mostTurns} turns`);
    if (waiting.length > 0) wakeOne();
    else passTime();
  };
  return {
    now: () => now,
    turn: () => new Promise((resolve) => waiting.push(resolve)),
    sleep: (milliseconds) => new Promise((wake) => timers.push({ at: now + milliseconds, wake })),
    until: async (work) => {
      let isSettled = false;
      const settle = () => {
        isSettled = true;
      };
      work.then(settle, settle);
      for (await allHandlers(); !isSettled; await allHandlers()) takeTurn();
      return await work;
    },
    untilIdle: async () => {
      for (await allHandlers(); waiting.length > 0; await allHandlers()) takeTurn();
    },
  };
}

function chooser(order: Order): (count: number) => number {
  if (order.kind === 'first come') return () => 0;
  if (order.kind === 'last come') return (count) => count - 1;
  const random = createRandom(order.seed);
  return (count) => random.below(count);
}

/** Nothing in the model does I/O, so the next round of the event loop begins when all promise handlers have run. */
function allHandlers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
