export interface Rate {
  readonly perMinute: number;
  readonly burst: number;
}

/** How much one sender may ask: `burst` at once, and `perMinute` in the long run. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** 0 when the request may pass, else the seconds to wait. */
  take(now: number): number {
    const { perMinute, burst } = this.#rate;
    const perMillisecond = perMinute / 60_000;
    this.#tokens = Math.min(burst, this.#tokens + Math.max(0, now - this.#at) * perMillisecond);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil((1 - this.#tokens) / perMillisecond / 1000);
  }
}
