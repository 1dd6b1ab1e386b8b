import { expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/step-failure.ts';
import type { UndoInput } from '../../src/schema/activities.ts';
import type { WriteResult } from '../../src/schema/plan.ts';
import { restore } from '../../workflows/restore.ts';
import { type FakeSteps, fakeSteps, restoreInput, type Script } from '../support/fake-steps.ts';

/** Writes that got no definite answer, and what must be known of them before an outcome is claimed. */
async function run(script: Script) {
  const undos: UndoInput[] = [];
  const undo: NonNullable<Script['undo']> = (batch) => {
    undos.push(batch);
    return script.undo?.(batch) ?? settings('done');
  };
  const fake = fakeSteps({ ...script, undo });
  return { end: await restore(fake.steps, restoreInput), undos, ...fake };
}

const of = ({ calls }: Pick<FakeSteps, 'calls'>, ...kinds: string[]) =>
  calls.filter((call) => kinds.includes(call.split(' ')[0] ?? ''));

const settings = (kind: 'done' | 'already'): WriteResult[] => [{ object: 'ConfigMap/settings', kind }];
const failed: WriteResult[] = [{ object: 'ConfigMap/settings', kind: 'failed', reason: 'forbidden' }];
const unclear: WriteResult[] = [{ object: 'ConfigMap/settings', kind: 'unclear', reason: 'no answer' }];
const newcomer: WriteResult[] = [{ object: 'ConfigMap/settings', kind: 'newcomer', manager: 'kubectl' }];
const unansweredIn = (script: Pick<Awaited<ReturnType<typeof run>>, 'undos'>, target: string) =>
  script.undos.filter((batch) => batch.target.id === target).map((batch) => batch.unclear);

test('before anything is written back, a write without an answer is given time to land', async () => {
  const reverted = await run({ write: ({ target }) => (target.id === 'us' ? failed : unclear) });
  expect(reverted.end).toMatchObject({ outcome: 'reverted' });
  const undoing = reverted.calls.slice(reverted.calls.indexOf('record compensating compensating'));
  expect(undoing.slice(1, 6)).toEqual([
    'identify eu',
    'identify us',
    'enter reverting',
    'sleep 3000',
    'undo eu configuration 0',
  ]);
  expect([unansweredIn(reverted, 'eu'), unansweredIn(reverted, 'us')]).toEqual([[['ConfigMap/settings']], [[]]]);
});

test('where every write was answered nothing is waited for', async () => {
  const reverted = await run({ write: ({ target }) => (target.id === 'us' ? failed : settings('done')) });
  expect(of(reverted, 'sleep')).toEqual([]);
  expect(unansweredIn(reverted, 'eu')).toEqual([[]]);
});

test('of a writer that gave no answer at all, every object is unclear', async () => {
  const reverted = await run({
    write: ({ target }) => {
      if (target.id === 'us') return failed;
      throw new StepFailure('Timeout', 'writeBatch did not answer in time');
    },
  });
  expect(reverted.end).toMatchObject({ outcome: 'reverted' });
  expect(unansweredIn(reverted, 'eu')).toEqual([['*']]);
  expect(of(reverted, 'sleep')).toEqual(['sleep 3000']);
});

test('a no to a second request says nothing about the first one', async () => {
  const reverted = await run({
    write: ({ target }, nth) => {
      if (target.id !== 'eu') return settings('done');
      return nth === 1 ? unclear : failed;
    },
  });
  expect(reverted.end).toMatchObject({ outcome: 'reverted', reason: 'eu/ConfigMap/settings: forbidden' });
  expect(unansweredIn(reverted, 'eu')).toEqual([['ConfigMap/settings']]);
});

test('a write that is seen to be done is clear again, but one like it may still be on its way', async () => {
  const reverted = await run({
    write: ({ target, stage }, nth) => {
      if (stage === 'workloads') return failed;
      return target.id === 'eu' && nth === 1 ? unclear : settings('done');
    },
  });
  expect(unansweredIn(reverted, 'eu')).toEqual([[], []]);
  const sleeps = of(reverted, 'record', 'sleep').slice(-3, -1);
  expect(sleeps).toEqual(['record compensating compensating', 'sleep 2000']);
});

test('a newcomer buys no new round of preparing where a write has got no answer', async () => {
  const { end, calls } = await run({
    write: ({ target }, nth) => {
      if (target.id === 'eu' && nth === 1) throw new StepFailure('Timeout', 'writeBatch did not answer in time');
      return target.id === 'eu' ? newcomer : settings('already');
    },
  });
  expect(end).toMatchObject({ outcome: 'reverted' });
  expect(of({ calls }, 'plan')).toEqual(['plan eu', 'plan us']);
});

test('what has landed after it was looked at is found by reading, and undone again', async () => {
  const late = {
    target: 'eu',
    object: 'ConfigMap/new',
    expected: 'gone',
    actual: 'present',
    why: 'written by belay:0',
  };
  const reverted = await run({
    write: ({ target }) => (target.id === 'us' ? failed : unclear),
    differences: ({ target, expect: what }, nth) =>
      what === 'failedState' && target.id === 'eu' && nth <= 2 ? [late] : [],
  });
  expect(reverted.end).toMatchObject({ outcome: 'reverted' });
  expect(reverted.gates).toEqual([]);
  expect(unansweredIn(reverted, 'eu')).toEqual([['ConfigMap/settings'], []]);
});

test('compensation starts only when every cluster with an attempted write answers', async () => {
  const reverted = await run({
    write: ({ target, stage }) => (target.id === 'us' && stage === 'workloads' ? failed : settings('done')),
    identify: (cluster, nth) => {
      if (cluster === 'eu' && nth < 8) throw new StepFailure('ClusterUnreachable', 'eu does not answer');
    },
    decide: () => ({ kind: 'retry', by: null }),
  });
  expect(reverted.end).toMatchObject({ outcome: 'reverted' });
  expect(reverted.gates[0]).toMatchObject({ kind: 'blocked', choices: ['retry', 'revert', 'abandon'] });
  expect(reverted.gates[0]?.reason).toContain('nothing is written back yet: eu does not answer');
  const lastAsked = reverted.calls.lastIndexOf('identify eu');
  expect(reverted.calls.findIndex((call) => call.startsWith('undo'))).toBeGreaterThan(lastAsked);
});

test('compensation starts without a cluster when a person says so', async () => {
  const reverted = await run({
    write: ({ target, stage }) => (target.id === 'us' && stage === 'workloads' ? failed : settings('done')),
    identify: (cluster) => {
      if (cluster === 'eu') throw new StepFailure('ClusterUnreachable', 'eu does not answer');
    },
    decide: () => ({ kind: 'revert', by: 'mia', reason: 'eu is lost' }),
  });
  expect(reverted.gates).toHaveLength(1);
  expect(of(reverted, 'undo')).toHaveLength(4);
});

test('a rollback is undone once: what cannot be written back waits for a person or its cause, and never turns forward', async () => {
  let left = 6;
  const reverted = await run({
    write: ({ stage }) => (stage === 'workloads' ? failed : settings('done')),
    undo: ({ target }) => (target.id === 'eu' && left-- > 0 ? failed : settings('done')),
    decide: () => ({ kind: 'retry', by: null }),
  });
  expect(reverted.end).toMatchObject({ outcome: 'reverted' });
  expect(reverted.gates[0]).toMatchObject({ kind: 'blocked', objects: [{ target: 'eu', why: 'forbidden' }] });
  expect(reverted.gates[0]).toMatchObject({ choices: ['retry', 'abandon'] });
  const compensating = reverted.calls.indexOf('record compensating compensating');
  expect(of({ calls: reverted.calls.slice(compensating) }, 'write', 'delete')).toEqual([]);
});

test('behind the pivot what somebody else has written is not overwritten, and the manager is named', async () => {
  const blocked = await run({ delete: ({ target }) => (target.id === 'eu' ? newcomer : settings('done')) });
  expect(blocked.end).toMatchObject({ outcome: 'abandoned' });
  expect(blocked.gates).toMatchObject([
    {
      kind: 'blocked',
      reason: 'behind the pivot not deleted: eu/ConfigMap/settings: changed by kubectl after the plan was made',
      objects: [{ target: 'eu', object: 'ConfigMap/settings', expected: 'gone', actual: 'changed by somebody else' }],
    },
  ]);
});
