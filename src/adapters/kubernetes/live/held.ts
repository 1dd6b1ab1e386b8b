import { PortError } from '../../../ports/port-error.ts';

/** What the work behind a value sees: it goes on until the signal is aborted, telling each new value or failure. */
export interface Hold<T> {
  readonly signal: AbortSignal;
  set(value: T): void;
  fail(error: unknown): void;
}

/** A value that is kept current for as long as anybody uses it, and a little longer. */
export interface Held<T> {
  /** Waits for the first answer only. Throws what the latest try failed with, until one succeeds. */
  current(): Promise<T>;
  /** Work begins with the first user. The answer takes the user away again. */
  join(onChange: () => void): () => void;
  end(): void;
}

export interface HeldOptions {
  /** Milliseconds that it is kept up without users: a watcher that has just answered is soon back. */
  readonly linger: number;
  readonly onEnd: () => void;
}

type State<T> = { readonly kind: 'value'; readonly value: T } | { readonly kind: 'failed'; readonly error: unknown };

export function hold<T>(keep: (hold: Hold<T>) => Promise<void>, { linger, onEnd }: HeldOptions): Held<T> {
  const work = new AbortController();
  const users = new Set<() => void>();
  const waiting: (() => void)[] = [];
  let state: State<T> | undefined;
  let isRunning = false;
  let lingering: NodeJS.Timeout | undefined;

  const turn = (next: State<T>) => {
    state = next;
    for (const wake of [...waiting.splice(0), ...users]) wake();
  };
  const end = () => {
    clearTimeout(lingering);
    work.abort();
    onEnd();
    turn({ kind: 'failed', error: new PortError('unavailable', 'it is not watched any more', { reason: 'CLOSED' }) });
  };
  const start = () => {
    isRunning = true;
    const { signal } = work;
    const hears = (next: State<T>) => (signal.aborted ? undefined : turn(next));
    void keep({
      signal,
      set: (value) => hears({ kind: 'value', value }),
      fail: (error) => hears({ kind: 'failed', error }),
    });
  };

  return {
    async current() {
      if (state === undefined) await new Promise<void>((resolve) => waiting.push(resolve));
      if (state?.kind === 'value') return state.value;
      throw state?.error;
    },
    join(onChange) {
      const user = () => onChange();
      users.add(user);
      clearTimeout(lingering);
      if (!isRunning) start();
      return () => {
        if (users.delete(user) && users.size === 0) lingering = setTimeout(end, linger).unref();
      };
    },
    end,
  };
}
