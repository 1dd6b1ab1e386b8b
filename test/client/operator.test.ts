import { expect, it } from 'vitest';
import { followGuard, reportDeployed, requestRollback, resolve, startGuard, status } from '../../src/client/index.ts';
import { useTemporal } from '../support/temporal.ts';
import { aRequest, useFakeBelay } from './support/fake-worker.ts';

const temporal = useTemporal();
const fake = useFakeBelay(temporal);
const asked = { by: 'ada', reason: 'slow since noon' };

it('refuses a rollback before any worker has polled, and starts nothing', async () => {
  const name = aRequest();
  await expect(requestRollback(fake.belay, name, asked)).rejects.toMatchObject({
    name: 'ClientError',
    kind: 'noWorker',
    message: expect.stringContaining('"belay", "belay-work", "belay-watch"'),
  });
  expect(await status(fake.belay, name)).toMatchObject({ kind: 'none' });
});

it('says which queues lack a worker when a guard does not get ready', async () => {
  const notes: string[] = [];
  const start = await startGuard(fake.belay, aRequest(), {
    readyTimeout: 5000,
    by: 'ada',
    onNote: (text) => notes.push(text),
  });
  const message = expect.stringMatching(/no worker is polling the queues "belay".*start one with "belay worker"/);
  expect(start).toMatchObject({ kind: 'unready', reason: message });
  expect(notes).toEqual([message]);
});

it('starts a rollback when nothing is open', async () => {
  const name = aRequest();
  await fake.withWorkers(async () => {
    const { accepted, run } = await requestRollback(fake.belay, name, asked);
    expect(accepted).toEqual({ guardId: 'rollback', joined: 'started' });
    expect(await followGuard(fake.belay, run)).toMatchObject({
      kind: 'ended',
      result: { outcome: 'restored', reason: asked.reason },
    });
    expect(await status(fake.belay, name)).toMatchObject({ kind: 'closed', end: { result: { outcome: 'restored' } } });
  });
});

it('hands a rollback to the open guard', async () => {
  const request = aRequest();
  await fake.withWorkers(async () => {
    await startGuard(fake.belay, request, { readyTimeout: 10_000, by: 'ada' });
    const { accepted, run } = await requestRollback(fake.belay, request, asked);
    expect(accepted).toEqual({ guardId: request.guardId, joined: 'guard' });
    expect(await followGuard(fake.belay, run)).toMatchObject({ kind: 'ended', result: { outcome: 'restored' } });
  });
});

it('answers what waits for a person', async () => {
  const request = aRequest({ revision: 'blocked' });
  await fake.withWorkers(async () => {
    const start = await startGuard(fake.belay, request, { readyTimeout: 10_000, by: 'ada' });
    if (start.kind !== 'ready') throw new Error(start.kind);
    await reportDeployed(fake.belay, start.run);
    await resolve(fake.belay, request, { decision: 'abandon', ...asked });
    expect(await followGuard(fake.belay, start.run, { decided: 5000 })).toMatchObject({
      kind: 'ended',
      result: { outcome: 'abandoned' },
    });
  });
});

it('says that nothing is open when there is nothing to resolve', async () => {
  await fake.withWorkers(async () => {
    await expect(resolve(fake.belay, aRequest(), { decision: 'retry', ...asked })).rejects.toMatchObject({
      kind: 'notOpen',
    });
  });
});
