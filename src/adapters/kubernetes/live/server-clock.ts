/** A clock that is told in whole seconds, beside our monotonic one: the earliest that a second was heard is nearest. */
export class ServerClock {
  #offset: number | undefined;

  /** Milliseconds; `heard` by the monotonic clock. */
  note(serverTime: number, heard: number): void {
    const offset = serverTime - heard;
    const isNew = this.#offset === undefined || Math.abs(offset - this.#offset) > step;
    this.#offset = isNew ? offset : Math.max(offset, this.#offset ?? offset);
  }

  at(now: number): number {
    return now + (this.#offset ?? 0);
  }
}

/** More than rounding and the way of an answer explain: the clock was set. */
const step = 3000;
