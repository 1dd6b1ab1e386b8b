import { expect, test } from 'vitest';
import type { UnfinishedRun } from '../../src/schema/unfinished-run.ts';
import { resumeFrom } from '../../workflows/restore/resume.ts';
import { restoreInput } from '../support/fake-steps.ts';

const { baseline, before } = restoreInput;
const prepared = { failedState: before, plans: [], deferred: [], quietAt: {}, round: 0, owners: [] };
const unfinished: UnfinishedRun = {
  operationId: '0123456789abcdef',
  workflowId: 'belay:test/shop',
  runId: 'r',
  during: 'waiting',
  upTo: 4,
  hasBegun: false,
  basis: { baseline, before, windowStart: null, windowEnd: null },
  request: before.snapshot,
  owners: [],
  prepared,
  committed: [],
  readers: {},
  health: null,
  pivot: 'before',
  finishing: null,
  reverting: null,
};

test('a run that was ended while it waited for approval begins anew: its plan is old, and no owner was paused', () => {
  expect(resumeFrom(unfinished, 'forward')).toMatchObject({ phase: 'freeze', plans: [], attempts: [] });
});

test('a run that had begun to write goes on where it was', () => {
  expect(resumeFrom({ ...unfinished, hasBegun: true, committed: ['configuration'] }, 'forward')).toMatchObject({
    phase: 'commit',
    rounds: 1,
  });
});
