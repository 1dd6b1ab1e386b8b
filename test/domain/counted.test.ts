import { expect, test } from 'vitest';
import { counted } from '../../src/domain/counted.ts';

test.each([
  [0, '0 objects'],
  [1, '1 object'],
  [2, '2 objects'],
])('%i is told as "%s"', (count, text) => {
  expect(counted(count, 'object')).toBe(text);
});
