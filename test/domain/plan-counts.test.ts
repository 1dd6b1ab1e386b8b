import { expect, test } from 'vitest';
import { countPlans, countVerdicts, describeCounts, writesOf } from '../../src/domain/plan-counts.ts';
import type { PlanCounts, PlanSummary } from '../../src/schema/plan.ts';

const counts = countVerdicts(['noop', 'update', 'update', 'create', 'prune', 'leave', 'refuse', 'noop']);
const planWith = (of: PlanCounts): PlanSummary => ({
  target: 'eu',
  digest: 'd',
  plan: { id: 'p', digest: 'd', bytes: 1 },
  counts: of,
  stages: [],
  refused: [],
  left: [],
  unsettled: [],
});

test('every verdict is counted, also those that do not occur', () => {
  expect(counts).toEqual({ noop: 2, update: 2, create: 1, recreate: 0, prune: 1, leave: 1, refuse: 1 });
});

test('plans of several clusters are added up', () => {
  expect(countPlans([planWith(counts), planWith(counts)])).toMatchObject({ noop: 4, update: 4, create: 2 });
  expect(countPlans([])).toMatchObject({ noop: 0, refuse: 0 });
});

test('what changes is told first, and what does not occur not at all', () => {
  expect(describeCounts(counts)).toBe('2 update · 1 create · 1 prune · 1 leave · 1 refuse · 2 unchanged');
  expect(describeCounts(countVerdicts([]))).toBe('0 unchanged');
});

test('what is deleted, and what is written behind the pivot, is not among the writes to come', () => {
  const plan = planWith(counts);
  const stages = [
    { stage: 'disarm', order: 1000, does: 'delete', batches: [1] },
    { stage: 'workloads', order: 6000, does: 'write', batches: [25, 3] },
    { stage: 'recreate', order: 23_000, does: 'write', batches: [2] },
  ] as const;
  expect(writesOf({ ...plan, stages })).toBe(28);
});
