import { expect, test } from 'vitest';
import { describeWait, pauseBeforeLook, remindAt, remindersDue } from '../../src/domain/reminders.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test('people are reminded after minutes, then hours, then once a day', () => {
  const gaps = [0, 1, 2, 3, 4, 5, 6, 7].map((nth) => remindAt(1000, nth) - 1000);
  expect(gaps).toEqual([5 * minute, 30 * minute, 2 * hour, 8 * hour, day, 2 * day, 3 * day, 4 * day]);
});

test('reminders that came due together count together', () => {
  expect(remindersDue(0, 5 * minute - 1)).toBe(0);
  expect(remindersDue(0, 5 * minute)).toBe(1);
  expect(remindersDue(0, 3 * day)).toBe(7);
});

test('a long wait is looked at less often, but at least every ten minutes', () => {
  expect(pauseBeforeLook(30_000, 0)).toBe(30_000);
  expect(pauseBeforeLook(30_000, 10 * minute)).toBe(30_000);
  expect(pauseBeforeLook(30_000, hour)).toBe(3 * minute);
  expect(pauseBeforeLook(30_000, 9 * day)).toBe(10 * minute);
  expect(pauseBeforeLook(hour, 9 * day)).toBe(hour);
});

test.each([
  [5 * minute, '5 minutes'],
  [hour, '1 hour'],
  [26 * hour, '26 hours'],
  [3 * day, '3 days'],
])('%s ms are said as "%s"', (milliseconds, text) => expect(describeWait(milliseconds)).toBe(text));
