import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeValues, meanOf } from '../../../src/domain/detect/judge-values.ts';
import type { MetricRule, ResolvedMetric } from '../../../src/schema/detect.ts';

type Judged = Parameters<typeof judgeValues>[0];

const below: MetricRule = { kind: 'absolute', max: 10, min: null };
const metric = (options: Partial<Judged> = {}): Judged => ({
  name: 'errors',
  rule: below,
  minSamples: 1,
  consecutive: 3,
  noData: 'hold',
  ...options,
});
const relative = (options: Partial<Extract<MetricRule, { kind: 'relative' }>>): MetricRule => ({
  kind: 'relative',
  atMost: null,
  atLeast: null,
  baselineWindow: 600_000,
  tolerance: 0,
  ...options,
});
const verdict = (values: readonly (number | null)[], options: Partial<Judged> = {}, baseline: number | null = null) =>
  judgeValues(metric(options), values, baseline).verdict;

describe('values', () => {
  test.each([
    ['none yet', [], 'progressing'],
    ['good', [5], 'healthy'],
    ['the limit itself', [10], 'healthy'],
    ['bad once', [5, 11], 'progressing'],
    ['bad twice in a row', [5, 11, 11], 'progressing'],
    ['bad three times in a row', [5, 11, 11, 11], 'failing'],
    ['bad three times, not in a row', [11, 11, 5, 11], 'progressing'],
    ['good again', [11, 11, 5], 'healthy'],
    ['bad around a gap', [11, null, 11, 11], 'failing'],
    ['good before a gap', [5, null, null], 'healthy'],
    ['good before a long silence', [5, null, null, null], 'inconclusive'],
    ['bad before a long silence', [11, 11, 11, null, null, null], 'inconclusive'],
    ['silent for a while', [null, null], 'progressing'],
    ['endless', [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 'failing'],
  ] as const)('that are %s: %j', (_, values, expected) => expect(verdict(values)).toBe(expected));

  test('are too few to be healthy before there are as many as the rule wants, never too few to be bad', () => {
    expect(verdict([5, 5], { minSamples: 3 })).toBe('progressing');
    expect(verdict([5, 5, 5], { minSamples: 3 })).toBe('healthy');
    expect(verdict([11, 11, 11], { minSamples: 5 })).toBe('failing');
  });

  test('that do not come lead to what the rule says, and it is said', () => {
    const silence = [null, null, null];
    expect(verdict(silence, { noData: 'hold' })).toBe('inconclusive');
    expect(verdict(silence, { noData: 'fail' })).toBe('failing');
    expect(verdict(silence, { noData: 'pass' })).toBe('healthy');
    const [evidence] = judgeValues(metric({ noData: 'pass' }), silence, null).evidence;
    expect(evidence).toEqual({
      object: 'errors',
      reason: 'NoData',
      message: 'no value at the last 3 instants; noData is "pass"',
    });
  });

  test('stand in the evidence beside their limit', () => {
    const [evidence] = judgeValues(metric({ consecutive: 2 }), [0.31234567, 12, 14], null).evidence;
    expect(evidence).toEqual({ object: 'errors', reason: 'AboveMaximum', message: '12, 14: must not be above 10' });
  });
});

describe('a lower limit', () => {
  const rule: MetricRule = { kind: 'absolute', max: null, min: 100 };
  test('is kept from below', () => {
    expect(verdict([100], { rule })).toBe('healthy');
    expect(verdict([99, 99, 99], { rule })).toBe('failing');
  });
});

describe('a rule relative to the time before the deploy', () => {
  test('multiplies its mean', () => {
    const rule = relative({ atMost: 1.5, atLeast: 0.5 });
    expect(verdict([15], { rule }, 10)).toBe('healthy');
    expect(verdict([16, 16, 16], { rule }, 10)).toBe('failing');
    expect(verdict([4, 4, 4], { rule }, 10)).toBe('failing');
  });

  test('has a tolerance, so that one error is no catastrophe after none', () => {
    expect(verdict([1, 1, 1], { rule: relative({ atMost: 1.5 }) }, 0)).toBe('failing');
    expect(verdict([1, 1, 1], { rule: relative({ atMost: 1.5, tolerance: 2 }) }, 0)).toBe('healthy');
    expect(verdict([3, 3, 3], { rule: relative({ atMost: 1.5, tolerance: 2 }) }, 0)).toBe('failing');
  });

  test('has no answer without a value to compare with, or with one below zero', () => {
    const rule = relative({ atMost: 1.5 });
    expect(verdict([99, 99, 99], { rule }, null)).toBe('inconclusive');
    expect(verdict([99, 99, 99], { rule }, -5)).toBe('inconclusive');
    expect(verdict([99, 99, 99], { rule, noData: 'pass' }, null)).toBe('healthy');
  });
});

test('an error budget burns as many times faster as the share of errors is above what the objective allows', () => {
  const rule: MetricRule = { kind: 'burn', objective: 0.999, maxBurn: 10 };
  expect(verdict([0.0099], { rule })).toBe('healthy');
  expect(verdict([0.0101, 0.0101, 0.0101], { rule })).toBe('failing');
});

test('a mean of nothing is nothing', () => {
  expect(meanOf([])).toBeNull();
  expect(meanOf([1, 2, 6])).toBe(3);
});

const values = fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { nil: null }), { maxLength: 30 });
const anyMetric = fc.record({
  minSamples: fc.integer({ min: 1, max: 5 }),
  consecutive: fc.integer({ min: 1, max: 5 }),
  noData: fc.constantFrom<ResolvedMetric['noData']>('hold', 'pass'),
});

describe('whatever the values', () => {
  test('failing is never said without so many bad ones in a row, and the last of them is the last there is', () => {
    fc.assert(
      fc.property(values, anyMetric, (all, options) => {
        const known = all.filter((value) => value !== null);
        const isBadRow =
          known.length >= options.consecutive && known.slice(-options.consecutive).every((value) => value > 10);
        if (verdict(all, options) === 'failing') expect(isBadRow).toBe(true);
      }),
    );
  });

  test('healthy is never said of a bad last value, nor of none where none is held back', () => {
    fc.assert(
      fc.property(values, anyMetric, (all, options) => {
        if (options.noData === 'pass' || verdict(all, options) !== 'healthy') return;
        expect(all.findLast((value) => value !== null)).toBeLessThanOrEqual(10);
      }),
    );
  });

  test('what came before the last good value does not matter, except that it is a value', () => {
    fc.assert(
      fc.property(values, values, anyMetric, (before, after, options) => {
        const one = verdict([...before, 5, ...after], { ...options, minSamples: 1 });
        expect(verdict([5, ...after], { ...options, minSamples: 1 })).toBe(one);
      }),
    );
  });
});
