import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Report } from './campaign.ts';
import { describeReliability, readKills, reliabilityFile } from './reliability.ts';
import { summarize } from './summary.ts';

const report = JSON.parse(await readFile('reports/faults.json', 'utf8')) as Report;
const kills = await readKills();

test('the page on reliability says what the report says', async () => {
  expect(await readFile(reliabilityFile, 'utf8')).toBe(describeReliability(report, kills));
});

test('the report has no violation, and every seeded bug was caught', () => {
  expect(summarize(report)).toMatchObject({ failed: 0, lines: [] });
  expect([...kills.sandbox.rows, ...kills.lab.rows].flatMap(({ violations }) => violations)).toEqual([]);
});
