import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { describeReliability, readReports, reliabilityFile } from './reliability.ts';
import { summarize } from './summary.ts';

const reports = await readReports();

test('the page on reliability says what the reports say', async () => {
  expect(await readFile(reliabilityFile, 'utf8')).toBe(describeReliability(reports));
});

test('the report has no violation, and every seeded bug was caught', () => {
  expect(summarize(reports.faults)).toMatchObject({ failed: 0, lines: [] });
  const { sandbox, lab } = reports.kills;
  expect([...sandbox.rows, ...lab.rows].flatMap(({ violations }) => violations)).toEqual([]);
});
