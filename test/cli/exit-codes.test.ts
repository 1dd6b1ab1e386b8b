import { expect, it } from 'vitest';
import { exitCodeOf, exitCodes } from '../../src/cli/exit-codes.ts';
import { type Outcome, outcomes } from '../../src/schema/outcome.ts';

it.each<[Outcome, number]>([
  ['kept', 0],
  ['restored', 10],
  ['reverted', 11],
  ['refused', 12],
  ['held', 13],
  ['superseded', 15],
  ['cancelled', 16],
  ['unready', 17],
  ['abandoned', 18],
])('%s exits with %i', (outcome, code) => {
  expect(exitCodeOf(outcome, 99)).toBe(code);
});

it('exits with the command’s own code when it only observed', () => {
  expect(exitCodeOf('observed', 3)).toBe(3);
});

it('gives each ending a code of its own', () => {
  const codes = Object.values(exitCodes);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.length).toBe(outcomes.length - 1 + 3);
});
