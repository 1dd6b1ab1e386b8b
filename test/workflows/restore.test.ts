import { expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/step-failure.ts';
import type { Health, PodToHeal, WriteResult } from '../../src/schema/plan.ts';
import type { Steps } from '../../workflows/restore/steps.ts';
import { restore } from '../../workflows/restore.ts';
import { type FakeSteps, fakeSteps, restoreInput, type Script } from '../support/fake-steps.ts';

async function run(script: Script = {}) {
  const fake = fakeSteps(script);
  return { end: await restore(fake.steps, restoreInput), ...fake };
}

const of = ({ calls }: Pick<FakeSteps, 'calls'>, ...kinds: string[]) =>
  calls.filter((call) => kinds.includes(call.split(' ')[0] ?? ''));

const no = (reason: string): WriteResult[] => [{ object: 'Deployment/web', kind: 'failed', reason }];
const unclear: WriteResult[] = [{ object: 'ConfigMap/settings', kind: 'unclear', reason: 'no answer' }];
const newcomer: WriteResult[] = [{ object: 'ConfigMap/settings', kind: 'newcomer', manager: 'kubectl' }];
const refuseWorkloadsInUs: NonNullable<Script['write']> = ({ target, stage }) =>
  target.id === 'us' && stage === 'workloads' ? no('forbidden') : [{ object: 'ConfigMap/settings', kind: 'done' }];
const difference = {
  target: 'eu',
  object: 'ConfigMap/settings',
  expected: 'a',
  actual: 'b',
  why: 'written by kubectl',
};
const sick = { object: 'Deployment/web', reason: 'ImagePullBackOff', message: 'no such image' };

test('restores stage by stage in every cluster, then deletes, then reads all twice', async () => {
  const restored = await run();
  expect(restored.end).toMatchObject({ outcome: 'restored', health: 'healthy', left: [] });
  expect(of(restored, 'write', 'delete', 'health', 'verify')).toEqual([
    'write eu configuration 0',
    'write us configuration 0',
    'write eu workloads 0',
    'write us workloads 0',
    'health eu',
    'health us',
    ...['eu', 'us', 'eu', 'us'].map((target) => `verify ${target} updates`),
    'delete eu prune 0',
    'delete us prune 0',
    ...['eu', 'us', 'eu', 'us'].map((target) => `verify ${target} baseline`),
  ]);
});

test('what appeared outside the scope is told with the outcome, whichever it is, and keeps nothing from being restored', async () => {
  const plan: NonNullable<Script['plan']> = (target) => (target === 'us' ? { suspects: ['Secret/extra'] } : {});
  const suspects = [{ target: 'us', object: 'Secret/extra' }];
  const restored = await run({ plan });
  expect(restored.end).toMatchObject({ outcome: 'restored', suspects });
  expect(restored.notes).toContainEqual({
    ...{ key: 'suspects', mark: 'warning', title: 'suspects' },
    text: 'us/Secret/extra: new since the deploy, outside its scope, not touched',
  });
  expect((await run({ plan, write: refuseWorkloadsInUs })).end).toMatchObject({ outcome: 'reverted', suspects });
});

test('every step that changes something is in the journal before it is taken', async () => {
  const restored = await run();
  expect(of(restored, 'record', 'write', 'delete')).toEqual([
    'record halted halted',
    'record prepared prepared/0',
    'record committing committing/0/configuration',
    'write eu configuration 0',
    'write us configuration 0',
    'record committing committing/0/workloads',
    'write eu workloads 0',
    'write us workloads 0',
    'record healthy healthy/0',
    'record pivot pivot',
    'record deleting behind/prune',
    'delete eu prune 0',
    'delete us prune 0',
    'record verified verified',
  ]);
  const reverted = await run({ write: refuseWorkloadsInUs });
  const undoing = of(reverted, 'record', 'undo');
  expect(undoing.indexOf('record compensating compensating')).toBe(
    undoing.findIndex((call) => call.startsWith('undo')) - 1,
  );
});

test('a refused plan writes nothing', async () => {
  const refused = await run({
    plan: () => ({ refused: [{ object: 'PersistentVolumeClaim/data', reason: 'one way' }] }),
  });
  expect(refused.end).toMatchObject({ outcome: 'refused' });
  expect(refused.end.reason).toContain('PersistentVolumeClaim/data: one way');
  expect(of(refused, 'write', 'delete', 'undo', 'prove')).toEqual([]);
});

test('a definite no in the second stage is undone, last stage first', async () => {
  const reverted = await run({ write: refuseWorkloadsInUs });
  expect(reverted.end).toEqual({ outcome: 'reverted', reason: 'us/Deployment/web: forbidden', suspects: [] });
  expect(of(reverted, 'undo', 'delete', 'health')).toEqual([
    'undo eu workloads 0',
    'undo us workloads 0',
    'undo eu configuration 0',
    'undo us configuration 0',
  ]);
  expect(of(reverted, 'verify')).toEqual(['eu', 'us', 'eu', 'us'].map((target) => `verify ${target} failedState`));
});

test('a write without a definite answer is never reported as reverted: the run stays blocked', async () => {
  const blocked = await run({
    write: ({ target }) => (target.id === 'us' ? no('forbidden') : unclear),
    undo: ({ target, unclear: open }) =>
      target.id === 'eu' && open.length > 0 ? unclear : [{ object: 'ConfigMap/settings', kind: 'already' }],
  });
  expect(blocked.gates.map(({ kind }) => kind)).toEqual(['blocked']);
  expect(blocked.gates[0]?.objects).toMatchObject([{ target: 'eu', actual: 'unclear' }]);
  expect(blocked.end).toMatchObject({ outcome: 'abandoned' });
});

test('a cluster that cannot be reached while preparing refuses the restore, and nothing was written', async () => {
  const refused = await run({
    plan: (target) => {
      if (target === 'us') throw new StepFailure('ClusterUnreachable', 'us does not answer');
      return {};
    },
  });
  expect(refused.end).toEqual({ outcome: 'refused', reason: 'unreachable before the first write: us does not answer' });
  expect(of(refused, 'write', 'delete', 'undo')).toEqual([]);
});

test('a cancel before the first write ends cancelled', async () => {
  const cancelled = await run({ cancelledAt: (calls) => calls.some((call) => call.startsWith('prove')) });
  expect(cancelled.end).toEqual({ outcome: 'cancelled', reason: 'cancelled by mia: changed my mind' });
  expect(of(cancelled, 'write', 'undo')).toEqual([]);
});

test('a cancel after the first write is carried out as a revert', async () => {
  const reverted = await run({ cancelledAt: (calls) => calls.some((call) => call.startsWith('write')) });
  expect(reverted.end).toMatchObject({ outcome: 'reverted', reason: 'cancelled by mia: changed my mind' });
  expect(of(reverted, 'undo')).toEqual(['undo eu configuration 0', 'undo us configuration 0']);
});

test('a cancel after the pivot changes nothing: there is only forward', async () => {
  const { end } = await run({ cancelledAt: (calls) => calls.includes('record pivot pivot') });
  expect(end).toMatchObject({ outcome: 'restored' });
});

test('a newcomer before the first write is answered by one new round of preparing', async () => {
  const restored = await run({
    write: ({ stage }, nth) =>
      stage === 'configuration' && nth === 1 ? newcomer : [{ object: 'ConfigMap/settings', kind: 'done' }],
  });
  expect(restored.end).toMatchObject({ outcome: 'restored' });
  expect(of(restored, 'record').filter((call) => call.includes('prepared'))).toEqual([
    'record prepared prepared/0',
    'record prepared prepared/1',
  ]);
});

test('a newcomer that comes again is a definite no', async () => {
  const { end } = await run({ write: () => newcomer });
  expect(end).toMatchObject({ outcome: 'reverted' });
  expect(end.reason).toContain('changed by kubectl');
});

test('a restored state that stays unhealthy is put before a person, and goes on when health comes', async () => {
  const restored = await run({
    health: (target, nth) =>
      nth < 3
        ? { target, kind: 'unhealthy', evidence: [sick] }
        : { target, kind: 'not worse than baseline', evidence: [sick] },
    decide: () => ({ kind: 'retry', by: null }),
  });
  expect(restored.end).toMatchObject({ outcome: 'restored', health: 'not worse than baseline' });
  const asked = fakeSteps({ health: (target) => ({ target, kind: 'unhealthy', evidence: [sick] }) });
  const input = { ...restoreInput, request: { ...restoreInput.request, deadline: 0 } };
  await expect(restore(asked.steps, input)).resolves.toMatchObject({ outcome: 'abandoned' });
  expect(asked.gates).toMatchObject([{ kind: 'unhealthy', objects: [{ target: 'eu' }, { target: 'us' }] }]);
});

const stuckPod: PodToHeal = {
  namespace: 'shop',
  name: 'db-2',
  uid: 'u-2',
  object: 'StatefulSet/db',
  how: 'delete',
  why: 'is stuck on the failed revision',
};
const stuck = (target: string): Health => ({ target, kind: 'unhealthy', evidence: [sick], heal: [stuckPod] });
const well = (target: string): Health => ({ target, kind: 'healthy', objects: 2 });

test('a stuck pod is let go between two looks at health, when the journal knows of it', async () => {
  const restored = await run({
    health: (target, nth) => (target === 'us' && nth === 1 ? stuck(target) : well(target)),
  });
  expect(restored.end).toMatchObject({ outcome: 'restored' });
  const gate = of(restored, 'record', 'health', 'heal', 'sleep').slice(4, -3);
  expect(gate).toEqual([
    'health eu',
    'health us',
    'record healing healing/health/0/2/1/u-2',
    'heal us db-2',
    'health eu',
    'health us',
    'record healthy healthy/0',
  ]);
});

test('a pod that may not go is asked again, recorded once, and put before a person with the reason', async () => {
  const asked = await run({
    health: (target) => (target === 'us' ? stuck(target) : well(target)),
    heal: (pod) => ({ pod, kind: 'open', reason: 'its budget does not allow it' }),
  });
  expect(asked.end).toMatchObject({ outcome: 'abandoned' });
  expect(asked.gates[0]).toMatchObject({
    kind: 'unhealthy',
    objects: [{ target: 'us', object: 'Pod/db-2', why: 'its budget does not allow it' }, { object: 'Deployment/web' }],
  });
  expect(of(asked, 'heal').length).toBeGreaterThan(3);
  expect(of(asked, 'record').filter((call) => call.includes('healing'))).toHaveLength(1);
});

test('who had read configuration when it was put back is asked about at health, and what stays is listed as left', async () => {
  const reader = { uid: 'u-1', restarts: 0, of: ['ConfigMap/settings'] };
  const fake = fakeSteps();
  const asked: unknown[] = [];
  const stale = [{ target: 'eu', object: 'Deployment/web', reason: 'runs with the failed content' }];
  const steps: Steps = {
    ...fake.steps,
    writeBatch: async (batch) => ({ ...(await fake.steps.writeBatch(batch)), readers: [reader] }),
    awaitHealthy: async (question) => {
      asked.push([question.target.id, question.heal]);
      return question.target.id === 'eu' ? { ...well('eu'), stale } : well('us');
    },
  };
  expect(await restore(steps, restoreInput)).toMatchObject({ outcome: 'restored', left: stale });
  expect(asked).toEqual(['eu', 'us'].map((target) => [target, { readers: [reader, reader] }]));
});

test('a difference before the pivot is reverted, and nothing was deleted', async () => {
  const reverted = await run({ differences: ({ expect: what }) => (what === 'updates' ? [difference] : []) });
  expect(reverted.end).toMatchObject({ outcome: 'reverted' });
  expect(reverted.end.reason).toContain('eu/ConfigMap/settings: written by kubectl');
  expect(of(reverted, 'delete')).toEqual([]);
});

test('a difference after the pivot is never overwritten: the run is blocked and names it', async () => {
  const blocked = await run({ differences: ({ expect: what }) => (what === 'baseline' ? [difference] : []) });
  expect(blocked.end).toMatchObject({ outcome: 'abandoned' });
  expect(blocked.gates[0]).toMatchObject({ kind: 'blocked' });
  expect(blocked.gates[0]?.reason).toContain('written by kubectl');
  const delivered = blocked.calls.indexOf('record pivot pivot');
  expect(blocked.calls.slice(delivered).filter((call) => /^(write|undo) /.test(call))).toEqual([]);
});

test.each<[string, Script]>([
  ['everything succeeds', {}],
  ['a write is refused', { write: refuseWorkloadsInUs }],
  ['a difference stays', { differences: ({ expect: what }) => (what === 'baseline' ? [difference] : []) }],
])('equal answers lead to equal calls when %s', async (_when, script) => {
  const [first, second] = [await run(script), await run(script)];
  expect(second.calls).toEqual(first.calls);
  expect(second.end).toEqual(first.end);
});
