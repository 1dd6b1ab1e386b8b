export interface BudgetOptions {
  /** Requests per second, after `burst` requests at once. */
  readonly qps: number;
  readonly burst: number;
  /** Requests in flight at the same time. */
  readonly parallelism: number;
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** Every request to one cluster goes through its one budget. */
export interface RequestBudget {
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createRequestBudget(options: BudgetOptions): RequestBudget {
  const slots = createSlots(options.parallelism);
  const takeToken = createTokenBucket(options);
  return {
    async run(work) {
      await slots.take();
      try {
        await takeToken();
        return await work();
      } finally {
        slots.give();
      }
    },
  };
}

/** Tokens may go below zero: each waiter has then reserved its own later moment, so nobody is woken in vain. */
function createTokenBucket({ qps, burst, now, pause }: BudgetOptions): () => Promise<void> {
  let tokens = burst;
  let countedAt = now();
  return async () => {
    const time = now();
    tokens = Math.min(burst, tokens + ((time - countedAt) / 1000) * qps) - 1;
    countedAt = time;
    if (tokens < 0) await pause((-tokens / qps) * 1000);
  };
}

function createSlots(count: number): { take(): Promise<void>; give(): void } {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    take() {
      if (free > 0) {
        free -= 1;
        return Promise.resolve();
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    give() {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    },
  };
}
