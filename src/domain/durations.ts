import type { Duration } from '../schema/words.ts';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `90s` → 90000. */
export function milliseconds(duration: Duration): number {
  const unit = duration.endsWith('ms') ? 'ms' : (duration.slice(-1) as 's' | 'm' | 'h');
  return Number.parseInt(duration, 10) * units[unit];
}
