import { expect, test } from 'vitest';
import { cutDifferences } from '../../src/domain/cut-differences.ts';

const differences = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    target: 'eu',
    object: `ConfigMap/c${index}`,
    expected: 'baseline',
    actual: 'changed',
    why: '/data changed by kubectl',
  }));

test('a hundred differences are listed one by one', () => {
  expect(cutDifferences(differences(100))).toEqual(differences(100));
});

test('of more the number is told', () => {
  const listed = cutDifferences(differences(130));
  expect(listed.slice(0, 100)).toEqual(differences(100));
  expect(listed.slice(100)).toEqual([
    { target: 'eu', object: '*', expected: 'baseline', actual: 'not so', why: '30 more, too many to list' },
  ]);
});
