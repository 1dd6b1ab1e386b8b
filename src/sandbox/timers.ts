/** What timers run on, in milliseconds. */
export interface Clock {
  now(): number;
  /** Runs `action` later; returns the function that cancels it. */
  start(ms: number, action: () => void): () => void;
}

const realClock: Clock = {
  now: () => performance.now(),
  start: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** All timers of one cluster: they run `speed` times as fast as asked, and end together. */
export class Timers {
  readonly #speed: number;
  readonly #clock: Clock;
  readonly #pending = new Set<() => void>();
  readonly #sleepers = new Set<() => void>();
  #isStopped = false;

  constructor(speed: number, clock: Clock = realClock) {
    this.#speed = speed;
    this.#clock = clock;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Simulated milliseconds since some moment. */
  now(): number {
    return this.#clock.now() * this.#speed;
  }

  /** Runs `action` after simulated milliseconds; returns the function that cancels it. */
  later(ms: number, action: () => void): () => void {
    return this.#start(ms / this.#speed, action);
  }

  /** Real milliseconds; also ends, early, when the timers are stopped. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(wake);
        resolve();
      };
      this.#sleepers.add(wake);
      this.#start(ms, wake);
    });
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#pending) cancel();
    this.#pending.clear();
    for (const wake of [...this.#sleepers]) wake();
  }

  #start(ms: number, action: () => void): () => void {
    if (this.#isStopped) return () => undefined;
    const cancel = this.#clock.start(ms, () => {
      this.#pending.delete(cancel);
      action();
    });
    this.#pending.add(cancel);
    return () => {
      cancel();
      this.#pending.delete(cancel);
    };
  }
}
