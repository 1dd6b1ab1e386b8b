import { describe, expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/step-failure.ts';
import type { Health, PlanSummary, WriteResult } from '../../src/schema/plan.ts';
import type { ResolvedRequest } from '../../src/schema/resolved-request.ts';
import type { Decision, Gate } from '../../workflows/restore/steps.ts';
import { restore } from '../../workflows/restore.ts';
import { type FakeSteps, fakeSteps, restoreInput, type Script } from '../support/fake-steps.ts';

type Policies = Partial<Pick<ResolvedRequest, 'onFailedWrite' | 'onUnhealthy' | 'unreachableThen' | 'deadline'>>;

async function run(policies: Policies, script: Script) {
  const fake = fakeSteps(script);
  const input = { ...restoreInput, request: { ...restoreInput.request, ...policies } };
  return { end: await restore(fake.steps, input), ...fake };
}

const of = ({ calls }: Pick<FakeSteps, 'calls'>, ...kinds: string[]) =>
  calls.filter((call) => kinds.includes(call.split(' ')[0] ?? ''));

const done: WriteResult[] = [{ object: 'Deployment/web', kind: 'done' }];
const no: WriteResult[] = [{ object: 'Deployment/web', kind: 'failed', reason: 'forbidden' }];
const undone = ['workloads', 'configuration'].flatMap((stage) => ['eu', 'us'].map((at) => `undo ${at} ${stage} 0`));

const mia = { by: 'mia', reason: 'enough' };
/** The first gates are left to time, then somebody answers. */
const afterAWhile = (answer: Decision) => {
  let left = 3;
  return (): Decision => (left-- > 0 ? { kind: 'retry', by: null } : answer);
};
const kindsOf = (gates: readonly Gate[]) => [...new Set(gates.map(({ kind }) => kind))];

describe('onFailedWrite', () => {
  const refusedInUs = (times: number): NonNullable<Script['write']> => {
    return ({ target, stage }, nth) => (target.id === 'us' && stage === 'workloads' && nth <= times ? no : done);
  };

  test('revert, the default: a write that is refused has the failed state written back', async () => {
    const reverted = await run({}, { write: refusedInUs(1) });
    expect(reverted.end).toMatchObject({ outcome: 'reverted', reason: 'us/Deployment/web: forbidden' });
    expect(of(reverted, 'undo')).toEqual(undone);
  });

  test('hold: a person is told which write is refused, nothing is written back, and it goes on when the cause is gone', async () => {
    const script = { write: refusedInUs(3), decide: afterAWhile({ kind: 'abandon', ...mia }) };
    const restored = await run({ onFailedWrite: 'hold' }, script);
    expect(restored.end).toMatchObject({ outcome: 'restored' });
    expect(of(restored, 'undo')).toEqual([]);
    expect(restored.gates).toHaveLength(3);
    expect(restored.gates[0]).toMatchObject({
      kind: 'blocked',
      reason: 'us/Deployment/web: forbidden',
      objects: [{ target: 'us', object: 'Deployment/web', why: 'forbidden' }],
      choices: ['retry', 'revert', 'skip', 'abandon'],
      skippable: ['us/Deployment/web'],
    });
    expect(of(restored, 'write').filter((call) => call === 'write eu workloads 0')).toHaveLength(1);
  });

  test('hold: a person may have the failed state written back, and so may a cancel', async () => {
    const held = { write: refusedInUs(99) };
    const revert = await run({ onFailedWrite: 'hold' }, { ...held, decide: () => ({ kind: 'revert', ...mia }) });
    expect(revert.end).toMatchObject({ outcome: 'reverted', reason: 'us/Deployment/web: forbidden; mia: enough' });
    const waiting = { ...held, decide: () => ({ kind: 'retry', by: null }) as const };
    const twice = (calls: readonly string[]) => calls.filter((call) => call === 'write us workloads 0').length > 1;
    const cancelled = await run({ onFailedWrite: 'hold' }, { ...waiting, cancelledAt: twice });
    expect(cancelled.end).toMatchObject({ outcome: 'reverted', reason: 'cancelled by mia: changed my mind' });
  });

  test('hold: a difference before the pivot waits for a person too', async () => {
    const other = { target: 'eu', object: 'ConfigMap/settings', expected: 'a', actual: 'b', why: 'changed by kubectl' };
    const differences: Script['differences'] = (input) => (input.expect === 'updates' ? [other] : []);
    const held = await run({ onFailedWrite: 'hold' }, { differences });
    expect(held.gates).toMatchObject([{ kind: 'blocked', objects: [other, other] }]);
    expect(of(held, 'undo', 'delete')).toEqual([]);
  });
});

describe('onUnhealthy', () => {
  const sick = (target: string): Health => ({
    target,
    kind: 'unhealthy',
    evidence: [{ object: 'Deployment/web', reason: 'CrashLoopBackOff', message: 'exits with 1' }],
  });
  const late = { deadline: 0 } as const;
  const unhealthy = { health: sick };

  test('hold, the default: a person is asked while health is looked at again and again', async () => {
    const health: Script['health'] = (target, nth) =>
      nth < 3 ? sick(target) : { target, kind: 'healthy', objects: 2 };
    const restored = await run(late, { health, decide: () => ({ kind: 'retry', by: null }) });
    expect(restored.end).toMatchObject({ outcome: 'restored', health: 'healthy' });
    expect(restored.gates).toMatchObject([
      { kind: 'unhealthy', choices: ['retry', 'revert', 'accept', 'abandon'] },
      { kind: 'unhealthy' },
    ]);
  });

  test('hold: who takes it as it is, is named in the outcome', async () => {
    const accepted = await run(late, { ...unhealthy, decide: () => ({ kind: 'accept', ...mia }) });
    expect(accepted.end).toMatchObject({ outcome: 'restored', health: 'accepted by mia' });
  });

  test('revert: not healthy within the deadline is a definite failure', async () => {
    const reverted = await run({ ...late, onUnhealthy: 'revert' }, unhealthy);
    expect(reverted.end).toMatchObject({ outcome: 'reverted' });
    expect(reverted.end.reason).toContain('not healthy in time: eu/Deployment/web: exits with 1');
    expect([of(reverted, 'undo'), reverted.gates]).toEqual([undone, []]);
  });

  test('accept: goes on after the deadline, and the outcome says that the policy took it', async () => {
    const accepted = await run({ ...late, onUnhealthy: 'accept' }, unhealthy);
    expect(accepted.end).toMatchObject({ outcome: 'restored', health: 'accepted by policy' });
    expect(accepted.gates).toEqual([]);
  });

  const madeAnew: Script['plan'] = (): Partial<PlanSummary> => ({
    stages: [
      { stage: 'workloads', order: 6000, does: 'write', batches: [1] },
      { stage: 'recreate workloads', order: 23_000, does: 'write', batches: [1] },
    ],
  });

  test('behind the pivot no policy speaks for a person: what was made anew is waited for, or accepted by name', async () => {
    for (const onUnhealthy of ['hold', 'revert', 'accept'] as const) {
      const health: Script['health'] = (target, nth) =>
        nth > 1 ? sick(target) : { target, kind: 'healthy', objects: 2 };
      const script = { health, plan: madeAnew, decide: afterAWhile({ kind: 'accept', ...mia }) };
      const accepted = await run({ ...late, onUnhealthy }, script);
      expect(accepted.end).toMatchObject({ outcome: 'restored', health: 'accepted by mia' });
      expect(accepted.gates[0]).toMatchObject({ kind: 'unhealthy', choices: ['retry', 'accept', 'abandon'] });
      expect(of(accepted, 'undo')).toEqual([]);
    }
  });
});

describe('unreachable', () => {
  const silent = () => {
    throw new StepFailure('ClusterUnreachable', 'us does not answer');
  };
  const silentInUs: NonNullable<Script['write']> = ({ target }) => (target.id === 'us' ? silent() : done);

  test('then hold, the default: the others stay where they are, writing goes on, and a person is told', async () => {
    const held = await run({}, { write: silentInUs, decide: afterAWhile({ kind: 'abandon', ...mia }) });
    expect(held.end).toMatchObject({ outcome: 'abandoned' });
    expect(kindsOf(held.gates)).toEqual(['blocked']);
    expect(held.gates[0]).toMatchObject({
      reason: 'no answer from us while writing',
      choices: ['retry', 'revert', 'abandon'],
    });
    expect(of(held, 'write').filter((call) => call.includes(' eu '))).toEqual(['write eu configuration 0']);
    expect(of(held, 'write').length).toBeGreaterThan(5);
    expect(of(held, 'undo')).toEqual([]);
  });

  test('then revert: after the wait the failed state is written back, the silent cluster included', async () => {
    const reverted = await run({ unreachableThen: 'revert' }, { write: silentInUs });
    expect(reverted.end).toMatchObject({ outcome: 'reverted', reason: 'no answer from us while writing' });
    expect(reverted.gates).toEqual([]);
    expect(of(reverted, 'undo')).toEqual(['undo eu configuration 0', 'undo us configuration 0']);
  });

  test('then revert counts while health is waited for, and while the pivot waits for every cluster', async () => {
    const whileHealth = await run({ unreachableThen: 'revert' }, { health: silent });
    expect(whileHealth.end).toMatchObject({ outcome: 'reverted', reason: 'health unknown: us does not answer' });
    const differences: Script['differences'] = (input) => (input.expect === 'updates' ? silent() : []);
    const beforePivot = await run({ unreachableThen: 'revert' }, { differences });
    expect(beforePivot.end).toMatchObject({ outcome: 'reverted' });
    expect([...of(whileHealth, 'delete'), ...of(beforePivot, 'delete')]).toEqual([]);
  });

  test('the pivot needs every cluster: one that is silent keeps everything from being deleted', async () => {
    let left = 30;
    const differences: Script['differences'] = ({ target, expect: what }) =>
      what === 'updates' && target.id === 'us' && left-- > 0 ? silent() : [];
    const restored = await run({}, { differences, decide: () => ({ kind: 'retry', by: null }) });
    expect(restored.end).toMatchObject({ outcome: 'restored' });
    expect(restored.gates[0]?.reason).toContain('cannot be seen before the pivot');
    const pivot = restored.calls.indexOf('record pivot pivot');
    expect(restored.calls.findIndex((call) => call.startsWith('delete'))).toBeGreaterThan(pivot);
  });

  test('behind the pivot it is forward without end, visibly blocked', async () => {
    let left = 40;
    const script: Script = {
      delete: () => (left-- > 0 ? silent() : done),
      decide: () => ({ kind: 'retry', by: null }),
    };
    const restored = await run({ unreachableThen: 'revert' }, script);
    expect(restored.end).toMatchObject({ outcome: 'restored' });
    expect(restored.gates.length).toBeGreaterThan(1);
    expect(restored.gates[0]).toMatchObject({ choices: ['retry', 'abandon'] });
    expect(of(restored, 'undo')).toEqual([]);
  });
});
