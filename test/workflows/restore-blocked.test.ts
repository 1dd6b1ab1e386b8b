import { expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/step-failure.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import type { WriteResult } from '../../src/schema/plan.ts';
import type { RestoreInput } from '../../workflows/restore/steps.ts';
import { restore } from '../../workflows/restore.ts';
import { fakeSteps, restoreInput, type Script } from '../support/fake-steps.ts';

const held = { ...restoreInput, request: { ...restoreInput.request, onFailedWrite: 'hold' as const } };

async function firstGate(script: Script, input: RestoreInput = held) {
  const fake = fakeSteps(script);
  const end = await restore(fake.steps, input);
  return { end, gate: fake.gates[0] };
}

const forbidden: WriteResult[] = [{ object: 'ConfigMap/settings', kind: 'failed', reason: 'forbidden' }];
const refused = { target: 'us', object: 'ConfigMap/settings', actual: 'unchanged', why: 'forbidden' };
const differs = (object: string, expected: string): BlockedObject => ({
  target: 'us',
  object,
  expected,
  actual: 'changed',
  why: '/spec changed by kubectl',
});
/** What a look at `us` finds when it is asked for that state. */
const found =
  (expect: 'baseline' | 'failedState', expected: string): NonNullable<Script['differences']> =>
  (input) =>
    input.target.id === 'us' && input.expect === expect
      ? [differs('ConfigMap/settings', expected), differs('Deployment/web', expected)]
      : [];

test('a write that is refused is listed with its reason, and what waits for it after it', async () => {
  const { gate } = await firstGate({
    write: ({ target }) => (target.id === 'us' ? forbidden : []),
    differences: found('baseline', 'baseline'),
  });
  expect(gate?.objects).toEqual([
    { ...refused, expected: 'baseline' },
    { ...differs('Deployment/web', 'baseline'), why: 'waits for us/ConfigMap/settings; /spec changed by kubectl' },
  ]);
  expect(gate?.skippable).toEqual(['us/ConfigMap/settings']);
});

test('while the failed state is written back, what is not back yet is listed, and who closes the run keeps the list', async () => {
  const { gate, end } = await firstGate(
    {
      write: ({ target, stage }) => (target.id === 'us' && stage === 'workloads' ? forbidden : []),
      undo: ({ target }) => (target.id === 'us' ? forbidden : []),
      differences: found('failedState', 'failed state'),
    },
    restoreInput,
  );
  expect(gate?.objects).toEqual([
    { ...refused, expected: 'failed state' },
    { ...differs('Deployment/web', 'failed state'), why: 'waits for us/ConfigMap/settings; /spec changed by kubectl' },
  ]);
  expect(end).toMatchObject({ outcome: 'abandoned', blocked: gate?.objects });
});

test('a cluster that cannot be read is listed as a whole', async () => {
  const { gate } = await firstGate({
    delete: () => {
      throw new StepFailure('ClusterUnreachable', 'us does not answer');
    },
    differences: (input) => {
      if (input.target.id === 'us' && input.expect === 'baseline')
        throw new StepFailure('ClusterUnreachable', 'us does not answer');
      return input.expect === 'baseline' ? [{ ...differs('Deployment/web', 'gone'), target: 'eu' }] : [];
    },
  });
  expect(gate?.objects).toEqual([
    { ...differs('Deployment/web', 'gone'), target: 'eu' },
    { target: 'us', object: '*', expected: 'baseline', actual: 'not known', why: 'us does not answer' },
  ]);
});
