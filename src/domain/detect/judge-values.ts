import type { MetricRule, ResolvedMetric } from '../../schema/detect.ts';
import type { Evidence, Verdict } from '../../schema/verdict.ts';

/** One value per instant of the grid, oldest first; `null`: there was none. */
export type Values = readonly (number | null)[];

export interface Judgement {
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
}

/** What a value has to stay within, and how that was come to. */
interface Limits {
  readonly max: number | null;
  readonly min: number | null;
  readonly why: string;
}

type Judged = Pick<ResolvedMetric, 'name' | 'rule' | 'minSamples' | 'consecutive' | 'noData'>;

/**
 * The latest values in a row decide: so many bad ones are failing, one alone is not healthy any more. Where there is
 * none at all for as long, `noData` decides.
 */
export function judgeValues(metric: Judged, values: Values, baseline: number | null): Judgement {
  const limits = limitsOf(metric.rule, baseline);
  if (typeof limits === 'string') return judgeSilence(metric, limits);
  const { consecutive } = metric;
  if (values.length >= consecutive && values.slice(-consecutive).every((value) => value === null))
    return judgeSilence(metric, `no value at the last ${times(consecutive)}`);
  return judgeKnown(metric, values, limits);
}

function judgeKnown({ name, minSamples, consecutive }: Judged, values: Values, limits: Limits): Judgement {
  const known = values.filter((value) => value !== null);
  const latest = known.at(-1);
  if (latest === undefined) return { verdict: 'progressing', evidence: [] };
  const found = badOf(latest, limits);
  if (found === null) return { verdict: known.length < minSamples ? 'progressing' : 'healthy', evidence: [] };
  const row = known.slice(-consecutive);
  const isLong = row.length === consecutive && row.every((value) => badOf(value, limits) !== null);
  const message = `${row.map(shown).join(', ')}: ${found.message}${limits.why}`;
  return { verdict: isLong ? 'failing' : 'progressing', evidence: [{ object: name, reason: found.reason, message }] };
}

function badOf(value: number, { max, min }: Limits): Pick<Evidence, 'reason' | 'message'> | null {
  if (max !== null && value > max) return { reason: 'AboveMaximum', message: `must not be above ${shown(max)}` };
  if (min !== null && value < min) return { reason: 'BelowMinimum', message: `must not be below ${shown(min)}` };
  return null;
}

/** In words where there is nothing to compare with. */
function limitsOf(rule: MetricRule, baseline: number | null): Limits | string {
  switch (rule.kind) {
    case 'absolute':
      return { max: rule.max, min: rule.min, why: '' };
    case 'burn': {
      const max = rule.maxBurn * (1 - rule.objective);
      return { max, min: null, why: ` (${rule.maxBurn} times the budget of objective ${rule.objective})` };
    }
    case 'relative':
      return relativeLimits(rule, baseline);
  }
}

function relativeLimits(
  { atMost, atLeast, tolerance }: Extract<MetricRule, { kind: 'relative' }>,
  baseline: number | null,
): Limits | string {
  if (baseline === null) return 'no value before the deploy to compare with';
  if (baseline < 0) return `${shown(baseline)} before the deploy: below 0 no multiple says what is worse`;
  return {
    max: atMost === null ? null : Math.max(baseline * atMost, baseline + tolerance),
    min: atLeast === null ? null : Math.min(baseline * atLeast, baseline - tolerance),
    why: ` (${shown(baseline)} before the deploy)`,
  };
}

const silences = {
  hold: { verdict: 'inconclusive', says: '' },
  fail: { verdict: 'failing', says: '; noData is "fail"' },
  pass: { verdict: 'healthy', says: '; noData is "pass"' },
} as const;

function judgeSilence({ name, noData }: Judged, why: string): Judgement {
  const { verdict, says } = silences[noData];
  return { verdict, evidence: [{ object: name, reason: 'NoData', message: `${why}${says}` }] };
}

/** The mean of what there was; `null` where there was nothing. */
export function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function times(count: number): string {
  return count === 1 ? 'instant' : `${count} instants`;
}
