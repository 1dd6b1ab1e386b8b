import { expect, test } from 'vitest';
import type { FreezeReport } from '../../src/schema/activities.ts';
import type { ResolvedRequest } from '../../src/schema/resolved-request.ts';
import { leftFrozen } from '../../workflows/restore/admission.ts';
import { beginning, restore } from '../../workflows/restore.ts';
import { type FakeSteps, fakeSteps, restoreInput, type Script } from '../support/fake-steps.ts';

async function run(freeze: 'required' | 'preferred' | null, script: Script = {}, more: Partial<ResolvedRequest> = {}) {
  const fake = fakeSteps(script);
  const request = { ...restoreInput.request, ...more, ...(freeze ? { freeze } : {}) };
  return { end: await restore(fake.steps, { ...restoreInput, request }), ...fake };
}

const of = ({ calls }: Pick<FakeSteps, 'calls'>, ...kinds: string[]) =>
  calls.filter((call) => kinds.includes(call.split(' ')[0] ?? ''));
const impossible = (cluster: string): FreezeReport =>
  cluster === 'us' ? { kind: 'impossible', reason: 'us does not serve it' } : { kind: 'frozen' };
const forbidden = [{ object: 'Deployment/web', kind: 'failed', reason: 'forbidden' } as const];

test('nothing is frozen unless it is asked for', async () => {
  expect(of(await run(null), 'freeze', 'thaw')).toEqual([]);
});

test('every cluster is frozen, in the journal first, before quiet is waited for, and thawed before the end', async () => {
  const restored = await run('required');
  expect(restored.end).toMatchObject({ outcome: 'restored' });
  const order = ['record freezing freezing/0', 'freeze eu', 'quiesce eu', 'record verified verified', 'thaw eu'];
  const places = order.map((call) => restored.calls.indexOf(call));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((one, other) => one - other));
  expect(restored.calls.at(-1)).toBe('record thawed thawed');
});

test.each([
  ['reverted', { write: ({ stage }) => (stage === 'workloads' ? forbidden : []) }],
  ['refused', { plan: () => ({ refused: [{ object: 'Secret/a', reason: 'one way' }] }) }],
  ['cancelled', { cancelledAt: (calls) => calls.includes('freeze us') }],
] as [string, Script][])('a run that ends %s thaws what it froze', async (outcome, script) => {
  const ended = await run('required', script);
  expect(ended.end).toMatchObject({ outcome });
  expect(of(ended, 'thaw')).toEqual(['thaw eu', 'thaw us']);
});

test('required: where it is not possible the run is refused, and the others are thawed', async () => {
  const refused = await run('required', { freeze: impossible });
  expect(refused.end).toEqual({ outcome: 'refused', reason: 'not frozen: us does not serve it' });
  expect(of(refused, 'thaw', 'quiesce')).toEqual(['thaw eu', 'thaw us']);
});

test('preferred: where it is not possible it goes on without, and says so', async () => {
  const restored = await run('preferred', { freeze: impossible });
  expect(restored.end).toMatchObject({ outcome: 'restored' });
  expect(restored.notes).toContainEqual(
    expect.objectContaining({ mark: 'warning', text: 'not frozen, going on without: us does not serve it' }),
  );
});

test('nothing is frozen before a person has let the restore begin', async () => {
  const mia = { by: 'mia', reason: 'looked at it' };
  const held = await run('required', { decide: () => ({ kind: 'accept', ...mia }) }, { onFailure: 'hold' });
  expect(of(held, 'freeze', 'thaw')).toEqual([]);
  const resumed = await run('required', { decide: () => ({ kind: 'resume', ...mia }) }, { onFailure: 'hold' });
  expect(resumed.end).toMatchObject({ outcome: 'restored' });
  expect(of(resumed, 'freeze')).toEqual(['freeze eu', 'freeze us']);
});

test('a run stays open, visibly, until it is seen that everybody may write again', async () => {
  const thaw: Script['thaw'] = (cluster, nth) =>
    cluster === 'us' && nth < 6 ? { kind: 'failed', reason: 'us forbids it' } : { kind: 'thawed' };
  const restored = await run('required', { thaw, decide: () => ({ kind: 'retry', by: null }) });
  expect(restored.end).toMatchObject({ outcome: 'restored' });
  expect(restored.gates[0]).toMatchObject({
    kind: 'blocked',
    reason: 'restored, but still frozen: us/ValidatingAdmissionPolicyBinding: us forbids it',
    objects: [{ target: 'us', object: 'ValidatingAdmissionPolicyBinding' }],
  });
});

test('a run that ends without having thawed names every cluster in which others may not write', () => {
  const frozen = { clusters: ['eu', 'us'], since: 0 };
  const { targets } = restoreInput.request;
  expect(leftFrozen(targets, { ...beginning, frozen })).toEqual(
    ['eu', 'us'].map((target) => ({
      target,
      object: 'ValidatingAdmissionPolicyBinding',
      reason: expect.stringContaining('belay lock break'),
    })),
  );
  expect(leftFrozen(targets, beginning)).toEqual([]);
});
