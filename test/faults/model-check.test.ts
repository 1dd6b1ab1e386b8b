import { expect, test } from 'vitest';
import { checkModel } from './campaign.ts';

/** A part of all placements; `npm run test:faults` goes through every one. */
const every = 60;

test('two faults of a crash, a lost answer, a partition, an outsider or a cancel break no promise', {
  timeout: 240_000,
}, async () => {
  const { findings, runs, states } = await checkModel(every);
  console.log(`model check: ${runs} runs, ${states} distinct states`);
  expect(findings).toEqual([]);
  expect(runs).toBeGreaterThan(1000);
  expect(states).toBeGreaterThan(1000);
});
