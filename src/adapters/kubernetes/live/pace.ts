/** How often what is kept current asks, in milliseconds. */
export interface Pace {
  /** Between lists that check what a watch has told. */
  readonly check: number;
  /** Between lists of what cannot be watched. */
  readonly poll: number;
  /** Between reads of who the cluster is: also what notices that it does not answer any more. */
  readonly identity: number;
  /** After a first failure, doubled with each further one … */
  readonly firstPause: number;
  /** … up to this. */
  readonly longestPause: number;
  /** A watch that went on for this long was no failure. */
  readonly settled: number;
  /** Until what was not allowed is tried again. */
  readonly denied: number;
  /** What nobody uses is kept up for this long. */
  readonly linger: number;
}

export const usualPace: Pace = {
  check: 30_000,
  poll: 700,
  identity: 2000,
  firstPause: 200,
  longestPause: 5000,
  settled: 5000,
  denied: 60_000,
  linger: 10_000,
};

/** Waits so long, or until one of the signals is aborted; never throws. */
export async function pause(milliseconds: number, ...signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return;
  let go = () => {};
  const over = new Promise<void>((resolve) => {
    go = resolve;
  });
  const timer = setTimeout(go, milliseconds);
  for (const signal of signals) signal.addEventListener('abort', go);
  await over;
  clearTimeout(timer);
  for (const signal of signals) signal.removeEventListener('abort', go);
}

/** Not all at the same time: between a half and one and a half of it. */
export function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}

/** Grows with each failure in a row. */
export function createBackOff({ firstPause, longestPause }: Pace): { next(): number; reset(): void } {
  let failures = 0;
  return {
    next: () => jittered(Math.min(longestPause, firstPause * 2 ** failures++)),
    reset: () => {
      failures = 0;
    },
  };
}
