import { expect, test } from 'vitest';
import { whoseFailure } from '../../src/domain/whose-failure.ts';

const own = { guardId: 'b', revision: 'v2', deployedAt: Date.parse('2026-01-01T10:00:00Z'), seenKeys: ['seen'] };
const report = { source: 'alerts', reason: 'errors', key: 'new' };
const kindOf = (message: object, of: Partial<typeof own> | { deployedAt: null } = {}) =>
  whoseFailure({ ...report, ...message }, { ...own, ...of }).kind;

test('a report that names this guard is ours, at any time', () => {
  expect(kindOf({ guardId: 'b' }, { deployedAt: null })).toBe('ours');
});

test('a report that names an earlier guard is not ours, even with our revision', () => {
  expect(kindOf({ guardId: 'a', revision: 'v2' })).toBe('not ours');
});

test('a report counts by its revision when it names no guard', () => {
  expect(kindOf({ revision: 'v2' })).toBe('ours');
  expect(kindOf({ revision: 'v1', observedAt: '2026-01-01T11:00:00Z' })).toBe('not ours');
});

test('a report counts by its time only when it was observed after this deploy was done', () => {
  expect(kindOf({ observedAt: '2026-01-01T10:00:00Z' })).toBe('ours');
  expect(kindOf({ observedAt: '2026-01-01T09:59:59Z' })).toBe('not ours');
  expect(kindOf({ observedAt: '2026-01-01T11:00:00Z' }, { deployedAt: null })).toBe('not ours');
});

test('a key counts once', () => {
  const again = whoseFailure({ ...report, guardId: 'b', key: 'seen' }, own);
  expect(again).toEqual({ kind: 'seen', why: 'key seen was already seen' });
});
