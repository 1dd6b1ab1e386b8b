import { expect, test } from 'vitest';
import { milliseconds } from '../../src/domain/durations.ts';

test.each([
  ['250ms', 250],
  ['0s', 0],
  ['90s', 90_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
] as const)('%s is %d milliseconds', (duration, expected) => {
  expect(milliseconds(duration)).toBe(expected);
});
