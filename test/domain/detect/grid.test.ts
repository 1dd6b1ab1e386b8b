import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gridUpTo, onGrid } from '../../../src/domain/detect/grid.ts';

const spacing = { interval: 10_000, window: 60_000, minSamples: 1, consecutive: 3 };
const second = 1000;

describe('the instants of a metric', () => {
  test('begin when a whole window lies behind the deploy', () => {
    expect(gridUpTo(159 * second, 100 * second, spacing)).toBeNull();
    expect(gridUpTo(160 * second, 100 * second, spacing)).toEqual({
      start: 160 * second,
      end: 160 * second,
      step: 10 * second,
    });
  });

  test('are the same for everybody who asks within an interval, and a bounded number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 160_000, max: 10 ** 9 }), (now) => {
        const grid = gridUpTo(now, 100 * second, spacing);
        if (!grid) throw new Error('there are some');
        expect((grid.start - 160 * second) % spacing.interval).toBe(0);
        expect(now - grid.end).toBeLessThan(spacing.interval);
        expect(grid.end).toBeLessThanOrEqual(now);
        expect((grid.end - grid.start) / grid.step).toBeLessThanOrEqual(13);
      }),
    );
  });
});

test('an instant without a sample, or with none that is a number, has no value', () => {
  const grid = { start: 1000, end: 4000, step: 1000 };
  const samples = [
    { at: 2000, value: 5 },
    { at: 3000, value: Number.NaN },
    { at: 4000.4, value: 7 },
    { at: 9000, value: 9 },
  ];
  expect(onGrid(samples, grid)).toEqual([null, 5, null, 7]);
});
