/** All timers of one cluster: they run `speed` times as fast as asked, and end together. */
export class Timers {
  readonly #speed: number;
  readonly #pending = new Set<NodeJS.Timeout>();
  readonly #sleepers = new Set<() => void>();
  #isStopped = false;

  constructor(speed: number) {
    this.#speed = speed;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Simulated milliseconds since some moment. */
  now(): number {
    return performance.now() * this.#speed;
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
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
    for (const wake of [...this.#sleepers]) wake();
  }

  #start(ms: number, action: () => void): () => void {
    if (this.#isStopped) return () => undefined;
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      action();
    }, ms);
    this.#pending.add(timer);
    return () => {
      clearTimeout(timer);
      this.#pending.delete(timer);
    };
  }
}
