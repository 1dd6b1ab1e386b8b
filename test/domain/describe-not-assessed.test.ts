import { expect, test } from 'vitest';
import { besides, besidesAll } from '../../src/domain/describe-not-assessed.ts';

test.each([
  [2, ', 2 not assessed'],
  [0, ''],
  [undefined, ''],
])('beside "healthy", %s objects that are not assessed are said as "%s"', (count, text) =>
  expect(besides(count)).toBe(text),
);

test('all targets are counted together', () =>
  expect(besidesAll([{ notAssessed: 2 }, {}, { notAssessed: 1 }])).toBe(', 3 not assessed'));
