const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C and its relatives, counted: the meaning of the first and of the second changes as a command goes on. */
export class Interrupts {
  #count = 0;
  #handler: (count: number) => void = () => undefined;
  readonly #listener = () => {
    this.#count += 1;
    this.#handler(this.#count);
  };

  constructor() {
    for (const signal of signals) process.on(signal, this.#listener);
  }

  /** From now on; `count` starts again at 1. */
  handle(handler: (count: number) => void): void {
    this.#count = 0;
    this.#handler = handler;
  }

  close(): void {
    for (const signal of signals) process.off(signal, this.#listener);
  }
}
