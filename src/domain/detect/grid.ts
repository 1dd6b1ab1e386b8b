import type { Values } from './judge-values.ts';

interface Grid {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

interface Spacing {
  readonly interval: number;
  readonly window: number;
  readonly minSamples: number;
  readonly consecutive: number;
}

/** Beside the values that are judged: enough for one that came late, little enough for one request. */
const spare = 10;

/**
 * The instants whose values count now: every `interval` from the first one whose whole window lies behind `since`. They
 * are the same for every worker that asks, so a restart changes nothing. `null`: there is none yet.
 */
export function gridUpTo(
  now: number,
  since: number,
  { interval, window, minSamples, consecutive }: Spacing,
): Grid | null {
  const first = since + window;
  if (now < first) return null;
  const last = Math.floor((now - first) / interval);
  const most = Math.max(minSamples, consecutive) + spare;
  return { start: first + Math.max(0, last - most) * interval, end: first + last * interval, step: interval };
}

/** One value per instant. What is no number is no value: a share of no requests is 0/0. */
export function onGrid(
  samples: readonly { readonly at: number; readonly value: number }[],
  { start, end, step }: Grid,
): Values {
  const values: (number | null)[] = Array.from({ length: Math.floor((end - start) / step) + 1 }, () => null);
  for (const { at, value } of samples) {
    const index = Math.round((at - start) / step);
    if (index in values && !Number.isNaN(value)) values[index] = value;
  }
  return values;
}
