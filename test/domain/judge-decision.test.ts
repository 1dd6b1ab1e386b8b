import { describe, expect, test } from 'vitest';
import { type Answer, type Standing, whyNotTaken } from '../../src/domain/judge-decision.ts';
import type { OpenDecision } from '../../src/schema/status.ts';

const open: OpenDecision = {
  kind: 'blocked',
  step: 'finish/2',
  since: '2026-01-01T00:00:00.000Z',
  reason: 'behind the pivot not deleted',
  objects: [],
  choices: ['retry', 'skip', 'abandon'],
  skippable: ['us/ConfigMap/promotions'],
  planDigest: null,
  reminders: 0,
};
const answer: Answer = { choice: 'retry', by: 'ada', reason: 'fixed' };
const standing: Standing = { open, given: null, last: null };

const why = (more: Partial<Answer>, about: Partial<Standing> = {}) =>
  whyNotTaken({ ...answer, ...more }, { ...standing, ...about });

test('what the wait offers is taken', () => {
  expect(why({})).toBeNull();
  expect(why({ step: 'finish/2' })).toBeNull();
  expect(why({ choice: 'skip', object: 'us/ConfigMap/promotions' })).toBeNull();
});

describe('of two answers the first counts, and the second is told', () => {
  test('while the first is being acted upon', () => {
    const given = { choice: 'abandon', by: 'mia' } as const;
    expect(why({}, { given })).toBe('"decision": mia has just decided "abandon"; look at "belay status"');
  });

  test('when the wait is over', () => {
    const last = { choice: 'abandon', by: 'mia' };
    expect(why({}, { open: null, last })).toBe('nothing waits for a decision; the last decision was "abandon" by mia');
    expect(why({}, { open: null })).toBe('nothing waits for a decision');
  });

  test('when another wait has come', () => {
    expect(why({ step: 'commit/1' })).toBe(
      '"step": commit/1 is over; what waits now is finish/2, look at "belay status"',
    );
  });
});

test('what is not offered is refused with what is, and why', () => {
  expect(why({ choice: 'revert' })).toBe(
    '"decision": "revert" is not offered here (behind the pivot not deleted); choose one of retry, skip, abandon: only what was written before the pivot can be taken back',
  );
});

test('an object must be one that may be left, and belongs to skip only', () => {
  expect(why({ choice: 'skip' })).toBe('"object": say which object is to be left; name one of us/ConfigMap/promotions');
  expect(why({ choice: 'skip', object: 'eu/Secret/key' })).toBe(
    '"object": eu/Secret/key is not among what may be left; name one of us/ConfigMap/promotions',
  );
  expect(why({ object: 'us/ConfigMap/promotions' })).toBe('"object": only "skip" is about one object; leave it out');
});

test('an approval is of the plan that waits, by its digest or enough of it', () => {
  const planDigest = '3f9c21d07a55e1b2'.repeat(4);
  const approval = { open: { ...open, kind: 'approve', choices: ['approve', 'accept'], planDigest } } as const;
  expect(why({ choice: 'approve', planDigest }, approval)).toBeNull();
  expect(why({ choice: 'approve', planDigest: planDigest.slice(0, 12) }, approval)).toBeNull();
  expect(why({ choice: 'approve', planDigest: 'f'.repeat(16) }, approval)).toBe(
    '"planDigest": ffffffffffffffff is not the plan that waits (3f9c21d07a55e1b2); look at it again and approve that',
  );
});
