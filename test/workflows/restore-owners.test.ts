import { expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/step-failure.ts';
import type { Owner, OwnerPolicy } from '../../src/schema/owner.ts';
import { restore } from '../../workflows/restore.ts';
import { type FakeSteps, fakeSteps, restoreInput, type Script } from '../support/fake-steps.ts';

async function run(owners: OwnerPolicy, script: Script = {}) {
  const fake = fakeSteps({ owners: onlyInEu(active), ...script });
  const input = { ...restoreInput, request: { ...restoreInput.request, owners } };
  return { end: await restore(fake.steps, input), ...fake };
}

const onlyInEu = (owner: Owner) => (target: string) => (target === 'eu' ? [owner] : []);

const ref = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'shop',
};
const owner: Omit<Owner, 'state'> = { tool: 'Flux', ref, via: 'a label' };
const active: Owner = { ...owner, state: { kind: 'active', uid: 'u', before: null, mayPause: true } };
const resting: Owner = { ...owner, state: { kind: 'resting' } };
/** Active when it is met, at rest when it is looked at again. */
const untilPaused: NonNullable<Script['owners']> = (target, nth) =>
  target === 'eu' ? [nth === 1 ? active : resting] : [];

const of = ({ calls }: Pick<FakeSteps, 'calls'>, ...kinds: string[]) =>
  calls.filter((call) => kinds.includes(call.split(' ')[0] ?? ''));
const refuse: Script['plan'] = () => ({ refused: [{ object: 'PersistentVolumeClaim/data', reason: 'one way' }] });
const difference = { target: 'eu', object: 'ConfigMap/settings', expected: 'a', actual: 'b', why: 'by Flux' };

test('owners are paused after the deployer has stopped and before anything is read; the journal says so first', async () => {
  const { calls, end } = await run('pause', { owners: untilPaused });
  const begin = calls.slice(0, calls.indexOf('read eu'));
  expect(begin.filter((call) => !call.startsWith('enter'))).toEqual([
    'halt',
    'record halted halted',
    'owners eu',
    'owners us',
    'record pausing pausing',
    'pause eu shop',
    'quiesce eu',
    'quiesce us',
    'owners eu',
    'owners us',
  ]);
  expect(end).toMatchObject({ outcome: 'restored', left: [{ target: 'eu', object: 'Kustomization/shop' }] });
});

test('restored, an owner stays paused', async () => {
  expect(of(await run('pause', { owners: untilPaused }), 'resume')).toEqual([]);
});

test('refused, an owner is let go, and the journal says so', async () => {
  const refused = await run('pause', { owners: untilPaused, plan: refuse });
  expect(refused.end).toMatchObject({ outcome: 'refused' });
  expect(refused.calls.slice(-2)).toEqual(['resume eu shop', 'record resumed resumed']);
});

test('cancelled, an owner is let go', async () => {
  const cancelled = await run('pause', {
    owners: untilPaused,
    cancelledAt: (calls) => calls.some((call) => call.startsWith('prove')),
  });
  expect(cancelled.end).toMatchObject({ outcome: 'cancelled' });
  expect(of(cancelled, 'resume')).toEqual(['resume eu shop']);
});

test('reverted, an owner is let go after the failed state was verified', async () => {
  const reverted = await run('pause', {
    owners: untilPaused,
    write: () => [{ object: 'Deployment/web', kind: 'failed', reason: 'forbidden' }],
  });
  expect(reverted.end).toMatchObject({ outcome: 'reverted' });
  expect(reverted.calls.lastIndexOf('verify us failedState')).toBeLessThan(reverted.calls.indexOf('resume eu shop'));
});

test('while an owner cannot be let go the run stays blocked and names it; abandoned, it is listed as paused', async () => {
  const blocked = await run('pause', {
    owners: untilPaused,
    plan: refuse,
    resume: () => ({ kind: 'failed', reason: 'forbidden' }),
  });
  expect(blocked.gates).toMatchObject([
    { kind: 'blocked', objects: [{ object: expect.stringContaining('Kustomization/shop'), why: 'forbidden' }] },
  ]);
  expect(blocked.end).toMatchObject({ outcome: 'abandoned', left: [{ object: 'Kustomization/shop' }] });
});

test('a pause without a definite answer is undone as one that may still land', async () => {
  const refused = await run('pause', {
    pause: () => {
      throw new StepFailure('ClusterUnreachable', 'no answer');
    },
  });
  expect(refused.end).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('no answer') });
  expect(of(refused, 'resume')).toEqual(['resume eu shop unclear']);
});

test('a pause that is turned away refuses the restore, and there is nothing to let go', async () => {
  const refused = await run('pause', { pause: () => ({ kind: 'failed', reason: 'forbidden' }) });
  expect(refused.end.reason).toContain('cannot be paused: forbidden');
  expect(of(refused, 'resume', 'write')).toEqual([]);
});

test('a pause that somebody takes back before the first write refuses the restore', async () => {
  const refused = await run('pause');
  expect(refused.end).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('takes the pause back') });
  expect(of(refused, 'write')).toEqual([]);
  expect(of(refused, 'resume')).toEqual(['resume eu shop']);
});

test('an active owner refuses the restore unless it may be paused', async () => {
  const refused = await run('refuse');
  expect(refused.end).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('flux suspend') });
  expect(of(refused, 'pause', 'quiesce', 'write')).toEqual([]);
});

test('an owner at rest is nobody’s concern', async () => {
  const restored = await run('refuse', { owners: onlyInEu(resting) });
  expect(restored.end).toMatchObject({ outcome: 'restored', left: [] });
  expect(of(restored, 'sleep')).toEqual([]);
});

test('beside an active owner the restored state is watched for a while before it is claimed', async () => {
  const restored = await run('ignore');
  expect(restored.end).toMatchObject({ outcome: 'restored', left: [] });
  expect(of(restored, 'sleep').map((call) => Number(call.split(' ')[1]))).toEqual([2500, 2500, 2500, 2500]);
});

test('what an owner takes back is contested: named, not written again', async () => {
  const contested = await run('ignore', {
    differences: ({ expect: claim }, nth) => (claim === 'baseline' && nth > 2 ? [difference] : []),
  });
  expect(contested.gates).toMatchObject([{ kind: 'blocked', reason: expect.stringMatching(/^contested: .*by Flux/) }]);
  expect(of(contested, 'write')).toHaveLength(4);
});
