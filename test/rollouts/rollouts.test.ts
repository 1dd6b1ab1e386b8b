import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { drawBad } from './bad.ts';
import { draws, mistakeIn } from './campaign.ts';
import { faults } from './faults.ts';
import { drawGood } from './good.ts';
import { describeDetection, detectionFile, readDetectionReport } from './page.ts';
import { meansWith, type SeededBug, seededBugs } from './seeded-bugs.ts';

/** Good ones; there is one of each kind of bad ones, or as many more. */
const count = Number(process.env.BELAY_ROLLOUTS ?? 19);
const seeds = (limit: number) => Array.from({ length: limit }, (_, seed) => seed);
const report = await readDetectionReport();

describe('a good rollout is kept', () => {
  test.each(seeds(count))('seed %i', (seed) => expect(mistakeIn(drawGood(seed))).toBeUndefined());
});

describe('a bad rollout is found, in time and for its reason', () => {
  const bad = seeds(Math.max(count, faults.length)).map((seed) => [drawBad(seed).name, seed] as const);
  test.each(bad)('%s', (_, seed) => expect(mistakeIn(drawBad(seed))).toBeUndefined());
});

describe('a seeded bug is noticed', () => {
  test.each(Object.keys(seededBugs) as SeededBug[])('%s', (bug) => {
    const caught = report.bugs[bug];
    expect(caught).toBeDefined();
    if (caught) expect(mistakeIn(draws[caught.kind](caught.seed), meansWith(bug))).toBeDefined();
  });
});

describe('the published report', () => {
  test('has no false verdict over 450 good rollouts, and found every one of 200 bad ones', () => {
    expect(report.good).toMatchObject({ kept: report.good.rollouts, wrong: [] });
    expect(report.good.rollouts).toBeGreaterThanOrEqual(450);
    const sum = (key: 'rollouts' | 'found') => report.bad.reduce((total, row) => total + row[key], 0);
    expect(sum('found')).toBe(sum('rollouts'));
    expect(sum('rollouts')).toBeGreaterThanOrEqual(200);
  });

  test('is what the page says', async () => {
    expect(await readFile(detectionFile, 'utf8')).toBe(describeDetection(report));
  });
});
