import { expect, test } from 'vitest';
import { isBusy, isLegalMove } from '../../src/domain/phases.ts';
import type { Phase } from '../../src/schema/outcome.ts';

const path: readonly Phase[] = ['preparing', 'guarding', 'watching', 'halting', 'restoring', 'reverting'];

test('a run goes forward one phase at a time', () => {
  for (const [index, phase] of path.entries())
    expect(isLegalMove(path[Math.max(0, index - 1)] ?? phase, phase)).toBe(true);
});

test('a run that has begun to restore never guards again, and one that reverts never restores', () => {
  expect(isLegalMove('restoring', 'watching')).toBe(false);
  expect(isLegalMove('restoring', 'guarding')).toBe(false);
  expect(isLegalMove('reverting', 'restoring')).toBe(false);
});

test('a blocked run goes on where it was', () => {
  for (const phase of path) {
    expect(isLegalMove(phase, 'waiting(blocked)')).toBe(true);
    expect(isLegalMove('waiting(blocked)', phase)).toBe(true);
  }
});

test('a newcomer has to wait from the halt on', () => {
  expect(path.filter(isBusy)).toEqual(['halting', 'restoring', 'reverting']);
  expect(isBusy('waiting(blocked)')).toBe(true);
  expect(isBusy('waiting(unhealthy)')).toBe(true);
});

test('what was asked about goes on with the restore, never with the watch', () => {
  expect(isLegalMove('restoring', 'waiting(approve)')).toBe(true);
  expect(isLegalMove('waiting(approve)', 'restoring')).toBe(true);
  expect(isLegalMove('waiting(approve)', 'watching')).toBe(false);
  expect(isLegalMove('waiting(approve)', 'reverting')).toBe(false);
});

test('what was held goes on where it was: with the restore, or with the watch when the sources were silent', () => {
  for (const phase of ['restoring', 'watching'] as const) {
    expect(isLegalMove(phase, 'waiting(hold)')).toBe(true);
    expect(isLegalMove('waiting(hold)', phase)).toBe(true);
  }
  expect(isLegalMove('waiting(hold)', 'reverting')).toBe(false);
});
