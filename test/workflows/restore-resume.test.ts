import { describe, expect, test } from 'vitest';
import { unfinishedRun } from '../../src/domain/unfinished-run.ts';
import type { JournalEvent, JournalRecord } from '../../src/schema/journal.ts';
import type { UnfinishedRun } from '../../src/schema/unfinished-run.ts';
import { resumeFrom } from '../../workflows/restore/resume.ts';
import type { RestoreEnd } from '../../workflows/restore/steps.ts';
import { restore } from '../../workflows/restore.ts';
import { fakeSteps, restoreInput, type Script } from '../support/fake-steps.ts';

/** The journal of a run, as it stood when the run was ended after so many records. */
interface Story {
  readonly records: readonly JournalRecord[];
  readonly calls: readonly string[];
  readonly end: RestoreEnd;
}

const basis = { baseline: restoreInput.baseline, before: restoreInput.before, windowStart: null };

function recordOf(sequence: number, event: JournalEvent, data: Readonly<Record<string, unknown>>): JournalRecord {
  const { operationId, workflowId, guardId, firstRunId: runId } = restoreInput.run;
  const about = { key: `${sequence}`, at: '', who: null, why: null, previous: null, keyId: '', mac: '' };
  // Through JSON, as the journal keeps it.
  return { sequence, event, guardId, operationId, workflowId, runId, ...about, data: JSON.parse(JSON.stringify(data)) };
}

async function tell(script: Script, from?: Parameters<typeof restore>[2]): Promise<Story> {
  const records = [recordOf(1, 'baseline', basis)];
  const { steps, calls } = fakeSteps(script);
  const recording = { ...steps };
  recording.record = async (event, step, data) => {
    records.push(recordOf(records.length + 1, event, data));
    await steps.record(event, step, data);
  };
  return { end: await restore(recording, restoreInput, from), records, calls };
}

function endedAfter({ records }: Story, count: number): UnfinishedRun {
  const run = unfinishedRun(records.slice(0, count));
  if (!run) throw new Error('nothing is unfinished');
  return run;
}

const changes = (calls: readonly string[]) => calls.filter((call) => /^(write|delete|undo) /.test(call));

const straight = await tell({});
const points = pointsOf(straight);

function pointsOf({ records }: Story) {
  return records.map(({ event, data }, index) => ({
    after: [event, data.stage].filter(Boolean).join(' '),
    count: index + 1,
  }));
}

describe('a run that was ended right after it recorded', () => {
  test.each(points)('$after: ends restored, and leaves no change out', async ({ count }) => {
    const resumed = await tell({}, resumeFrom(endedAfter(straight, count), 'forward'));
    expect(resumed.end).toMatchObject({ outcome: 'restored', health: 'healthy' });
    // Whatever it does not do again had passed its barrier.
    const all = changes(straight.calls);
    const again = changes(resumed.calls);
    expect(again).toEqual(all.slice(all.length - again.length));
    const { committed, finishing, pivot } = endedAfter(straight, count);
    const begins = pivot === 'behind' ? (finishing ?? 'prune') : (committed.at(-1) ?? 'configuration');
    expect(again[0]).toContain(` ${begins} `);
  });

  const undoable = points.filter(({ count }) => {
    const { prepared, pivot } = endedAfter(straight, count);
    return prepared !== null && pivot === 'before';
  });

  test.each(undoable)(
    '$after: ends reverted where that is asked for, with all undone that was begun',
    async ({ count }) => {
      const run = endedAfter(straight, count);
      const resumed = await tell({}, resumeFrom(run, 'revert'));
      expect(resumed.end).toMatchObject({ outcome: 'reverted' });
      const expected = [...run.committed].reverse().flatMap((stage) => [`undo eu ${stage} 0`, `undo us ${stage} 0`]);
      expect(changes(resumed.calls)).toEqual(expected);
    },
  );
});

test('what may have been written without an answer is undone as unclear, what had passed its barrier is not', () => {
  const workloads = points.find(({ after }) => after === 'committing workloads');
  const { attempts } = resumeFrom(endedAfter(straight, workloads?.count ?? 0), 'revert');
  expect(attempts.map(({ stage, unclear }) => `${stage} ${JSON.stringify(unclear)}`)).toEqual([
    'configuration []',
    'configuration []',
    'workloads "all"',
    'workloads "all"',
  ]);
});

test('a newcomer met on the way on is undone: no second failed state is ever captured', async () => {
  const run = endedAfter(straight, 4);
  expect(run.committed).toEqual(['configuration']);
  const newcomer = { object: 'ConfigMap/settings', kind: 'newcomer', manager: 'kubectl' } as const;
  const resumed = await tell({ write: () => [newcomer] }, resumeFrom(run, 'forward'));
  expect(resumed.end).toMatchObject({ outcome: 'reverted' });
  expect(resumed.calls).not.toContain('seal');
});

const no = { object: 'Deployment/web', kind: 'failed', reason: 'forbidden' } as const;
const refusing: Script = { write: ({ stage }) => (stage === 'workloads' ? [no] : [{ object: 'c', kind: 'done' }]) };
const back = await tell(refusing);

describe('a run that cannot be finished, ended right after it recorded', () => {
  const undone = ['undo eu workloads 0', 'undo us workloads 0', 'undo eu configuration 0', 'undo us configuration 0'];

  test.each(pointsOf(back))('$after: ends reverted, with all undone that was begun', async ({ count }) => {
    const resumed = await tell(refusing, resumeFrom(endedAfter(back, count), 'forward'));
    expect(resumed.end).toMatchObject({ outcome: 'reverted', reason: expect.stringContaining('forbidden') });
    expect(resumed.calls.filter((call) => call.startsWith('undo '))).toEqual(undone);
  });

  test('on its way back it goes on back, whatever is asked for, and although it could be finished now', async () => {
    const count = back.records.findIndex(({ event }) => event === 'compensating') + 1;
    const resumed = await tell({}, resumeFrom(endedAfter(back, count), 'forward'));
    expect(resumed.end).toMatchObject({ outcome: 'reverted', reason: expect.stringContaining('forbidden') });
  });
});

describe('a run that is taken up and cancelled at once', () => {
  const cancelled: Script = { cancelledAt: () => true };

  test.each(points)('$after: is cancelled only where nothing can have been written', async ({ count }) => {
    const run = endedAfter(straight, count);
    const { end, calls } = await tell(cancelled, resumeFrom(run, 'forward'));
    const ends = { begun: 'reverted', behind: 'restored', not: 'cancelled' } as const;
    const how = run.pivot === 'behind' ? 'behind' : run.committed.length > 0 ? 'begun' : 'not';
    expect(end).toMatchObject({ outcome: ends[how] });
    expect(changes(calls).some((call) => call.startsWith('write '))).toBe(false);
  });
});

test('owners that may have been paused are paused again, and let go if nothing is restored', async () => {
  const ref = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: 'flux', name: 'shop' };
  const owner = { tool: 'Flux', ref, via: 'labels', state: { kind: 'active', uid: 'u', before: null, mayPause: true } };
  const owners = [{ target: 'eu', owner, is: 'unclear' }];
  const records = [recordOf(1, 'baseline', basis), recordOf(2, 'pausing', { owners })];
  const run = unfinishedRun(records);
  if (!run) throw new Error('nothing is unfinished');
  const away: Script = {
    quiesce: () => {
      throw new Error('not reached');
    },
    cancelledAt: (calls) => calls.some((call) => call.startsWith('pause')),
  };
  const resumed = await tell(away, resumeFrom(run, 'forward'));
  expect(resumed.end).toMatchObject({ outcome: 'cancelled' });
  expect(resumed.calls).toEqual(expect.arrayContaining(['pause eu shop', 'resume eu shop']));
});

const { baseline, before } = restoreInput;
const prepared = { failedState: before, plans: [], deferred: [], quietAt: {}, round: 0, owners: [] };
const unfinished: UnfinishedRun = {
  frozen: [],
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
  skipped: [],
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
