import { expect, test } from 'vitest';
import { hunt } from './hunt.ts';
import { runOnModel } from './model/index.ts';
import { type SeededBug, seededBugs } from './seeded-bugs.ts';

test.each(Object.keys(seededBugs) as SeededBug[])('%s: is caught', { timeout: 240_000 }, async (bug) => {
  expect(await hunt(runOnModel, bug)).toMatchObject({ bug });
});
