/**
 * The signatures that were taken within the time they are good for. Forgets by time alone, so that nobody can push one
 * out by sending others: each sender's rate bounds how many there can be.
 */
export class ReplayMemory {
  readonly #seen = new Map<string, number>();
  readonly #keep: number;

  /** Milliseconds. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  get size(): number {
    return this.#seen.size;
  }

  has(signature: string): boolean {
    return this.#seen.has(signature);
  }

  add(signature: string, now: number): void {
    this.#forget(now);
    this.#seen.set(signature, now + this.#keep);
  }

  /** The oldest come first. */
  #forget(now: number): void {
    for (const [signature, until] of this.#seen) {
      if (until > now) return;
      this.#seen.delete(signature);
    }
  }
}
