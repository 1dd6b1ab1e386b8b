import type { Hands } from './hands.ts';

/** Milliseconds. Anybody may ask: Temporal is asked no more often than this. */
const askEvery = 2000;

/** Whether Temporal answers. */
export class Readiness {
  readonly #hands: Hands;
  readonly #now: () => number;
  #asked: { readonly at: number; readonly answer: Promise<boolean> } | undefined;

  constructor(hands: Hands, now: () => number) {
    this.#hands = hands;
    this.#now = now;
  }

  isReady(): Promise<boolean> {
    const now = this.#now();
    if (this.#asked === undefined || now - this.#asked.at >= askEvery) {
      this.#asked = { at: now, answer: this.#hands.reachTemporal().then(...outcome) };
    }
    return this.#asked.answer;
  }
}

const outcome = [() => true, () => false] as const;
