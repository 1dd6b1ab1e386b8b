const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const first = [5 * minute, 30 * minute, 2 * hour, 8 * hour, day];

/** When people are reminded for the nth time (from 0) of a wait that began at `since`: soon, then later, then daily. */
export function remindAt(since: number, nth: number): number {
  return since + (first[nth] ?? day * (nth - first.length + 2));
}

/** How many reminders have come due by now. */
export function remindersDue(since: number, now: number): number {
  let due = 0;
  while (remindAt(since, due) <= now) due++;
  return due;
}

const longestPause = 10 * minute;

/** Who has waited long looks less often: a wait of days must not fill its history with looks. */
export function pauseBeforeLook(usual: number, waited: number): number {
  return Math.max(usual, Math.min(longestPause, waited / 20));
}

/** `3 hours`, for people. */
export function describeWait(milliseconds: number): string {
  const [size, name] =
    milliseconds >= 2 * day ? [day, 'day'] : milliseconds >= hour ? [hour, 'hour'] : [minute, 'minute'];
  const count = Math.floor(milliseconds / size);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
