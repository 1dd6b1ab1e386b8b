import { expect, it } from 'vitest';
import { guardWorkflowId, pushFailure, reportDeployed, startGuard } from '../../src/client/index.ts';
import { pollUntil } from '../support/poll.ts';
import { useTemporal } from '../support/temporal.ts';
import { aRequest, useFakeBelay } from './support/fake-worker.ts';

const temporal = useTemporal();
const fake = useFakeBelay(temporal);
const failure = () => ({ source: 'test', reason: 'errors', key: 'one', observedAt: new Date().toISOString() });

it('starts nothing for an application that nobody guards', async () => {
  const name = aRequest();
  expect(await pushFailure(fake.belay, name, failure())).toEqual({ kind: 'noGuard' });
  await expect(temporal.client.workflow.getHandle(guardWorkflowId(name)).describe()).rejects.toThrow(/not found/);
});

it('says how the latest guard ended', async () => {
  const request = aRequest();
  await fake.withWorkers(async () => {
    const { run } = await startGuard(fake.belay, request, { readyTimeout: 10_000, by: 'ada' });
    if (run === null) throw new Error('not started');
    await reportDeployed(fake.belay, run);
    await temporal.client.workflow.getHandle(run.workflowId).result();
  });
  const answer = await pushFailure(fake.belay, request, failure());
  expect(answer).toMatchObject({ kind: 'ended', outcome: 'kept', closedAt: expect.any(Date) });
});

it('leaves a report with Temporal when no worker is there, and the guard hears it later', async () => {
  const request = aRequest({ revision: 'slow' });
  const workflowId = guardWorkflowId(request);
  const started = { workflowId, taskQueue: 'belay', args: [request] };
  const handle = await temporal.client.workflow.start('guardDeploy', started);
  expect(await pushFailure(fake.belay, request, failure())).toMatchObject({ kind: 'kept' });
  await fake.withWorkers(async () => {
    const phase = () => handle.query<{ phase: string }>('status').then((view) => view.phase);
    await pollUntil('it has failed', phase, (now) => now === 'halting');
    await handle.terminate();
  });
});
