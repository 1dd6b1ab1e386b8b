import { describe, expect, test } from 'vitest';
import { startGuard } from '../../src/client/index.ts';
import type { StatusView } from '../../src/schema/status.ts';
import { type BadDeploy, guardBadDeploy, holderIn, resolveGuard } from '../support/bad-deploy.ts';
import { clusterNames, type Guard, useEngine } from '../support/engine.ts';
import { createHooks } from '../support/hooks.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

const hooks = createHooks();
const engine = useEngine({ wrap: hooks.wrap });
/** A cluster is asked for so long before the run says that it waits. */
const wait = { unreachable: { wait: '2s' } };
const ap = () => engine.sandbox.cluster('ap');
const holders = (app: SmallApp) => clusterNames.map((cluster) => holderIn(engine.sandbox, cluster, app));

/** `ap` is gone from the first activity of that name on. */
function loseApBefore(
  activity: 'quiesce' | 'releaseLock' | 'takeSnapshot' | 'deleteBatch',
  app: string,
): Promise<void> {
  return hooks.before(
    activity,
    ({ run }) => run.application === app,
    () => ap().refuse(),
  );
}

const blocked = (guard: Guard) => guard.until('blocked', ({ phase }) => phase === 'waiting(blocked)');

async function refusedWithoutAp(name: string): Promise<BadDeploy & { readonly view: StatusView }> {
  const bad = await guardBadDeploy(engine, name, wait);
  const lost = loseApBefore('quiesce', bad.app.name);
  await bad.guard.fail();
  await lost;
  return { ...bad, view: await blocked(bad.guard) };
}

describe('a cluster that stays away at the end of a refused rollback', () => {
  test("a refused rollback's Lease is given back when the cluster answers again", async () => {
    const { app, guard, view } = await refusedWithoutAp('lease-back');
    expect(view.ending).toMatchObject({ outcome: 'refused' });
    expect(view.decision?.reason).toMatch(new RegExp(`outcome is refused.*Lease ${app.name}/belay-[0-9a-f]{16} in ap`));
    expect(view.decision?.objects).toMatchObject([{ target: 'ap', expected: 'given back' }]);
    expect(holders(app)).toEqual(['', '', expect.stringContaining(guard.workflowId)]);

    await ap().restore();
    const result = await guard.result();
    expect(result).toMatchObject({ outcome: 'refused', leases: [] });
    expect(holders(app)).toEqual(['', '', '']);
    const { progress } = await guard.status();
    expect(progress).toContainEqual(
      expect.objectContaining({ key: 'waiting', mark: 'done', text: 'the cause is gone' }),
    );
    expect(progress.filter(({ key }) => key.startsWith('unreachable/ap release'))).toEqual([]);
  });

  test('a person who knows that it answers need not wait for the next look', async () => {
    const { app, guard } = await refusedWithoutAp('lease-retry');
    await ap().restore();
    await resolveGuard(engine, guard, 'retry');
    expect(await guard.result()).toMatchObject({ outcome: 'refused', leases: [] });
    expect(holders(app)).toEqual(['', '', '']);
  });

  test('a person may leave the Lease: the outcome stays, and the result says which Lease, who and why', async () => {
    const { app, guard, view } = await refusedWithoutAp('lease-left');
    await resolveGuard(engine, guard, 'abandon');
    const result = await guard.result();
    expect(result).toMatchObject({ outcome: 'refused', reason: view.ending?.reason });
    expect(result.leases).toEqual([
      {
        cluster: 'ap',
        lease: expect.stringMatching(`^${app.name}/belay-[0-9a-f]{16}$`),
        reason: expect.stringContaining('ada: looked at it'),
      },
    ]);
    await ap().restore();
    expect(holderIn(engine.sandbox, 'ap', app)).toContain(guard.workflowId);
  });

  test('what is said to the run by then changes its outcome no more', async () => {
    const { guard } = await refusedWithoutAp('lease-deaf');
    const handle = engine.temporal.client.workflow.getHandle(guard.workflowId);
    const rollback = handle.executeUpdate('requestRollback', { args: [{ by: 'bob', reason: 'slow' }] });
    await expect(rollback).rejects.toMatchObject({ cause: { message: expect.stringContaining('has ended refused') } });
    await guard.fail('again');
    await guard.until('the note', ({ timeline }) =>
      timeline.some(({ text }) => text === 'ignored reportFailure: the outcome is refused'),
    );
    await ap().restore();
    await resolveGuard(engine, guard, 'retry');
    expect(await guard.result()).toMatchObject({ outcome: 'refused' });
  });
});

test('a deploy that is kept stays kept, and its Leases are given back too', async () => {
  const app = await installSmallApp(engine.sandbox, uniqueName('lease-kept'));
  const guard = await engine.start(engine.request(app.name, wait));
  await guard.ready();
  const lost = loseApBefore('releaseLock', app.name);
  await guard.deployed();
  await lost;
  const view = await blocked(guard);
  expect(view.ending).toMatchObject({ outcome: 'kept' });
  await ap().restore();
  await resolveGuard(engine, guard, 'retry');
  expect(await guard.result()).toMatchObject({ outcome: 'kept', leases: [] });
  expect(holders(app)).toEqual(['', '', '']);
});

test('whoever abandons a blocked run is not asked a second time, for its Lease', async () => {
  const { app, guard } = await guardBadDeploy(engine, 'lease-abandoned', wait);
  const lost = loseApBefore('deleteBatch', app.name);
  await guard.fail();
  await lost;
  expect((await blocked(guard)).ending).toBeNull();
  await resolveGuard(engine, guard, 'abandon');
  expect(await guard.result()).toMatchObject({ outcome: 'abandoned', leases: [{ cluster: 'ap' }] });
  await ap().restore();
  expect(holders(app)).toEqual(['', '', expect.stringContaining(guard.workflowId)]);
});

test('a door hears at once that a guard never got ready, and which Lease it still holds', async () => {
  const app = await installSmallApp(engine.sandbox, uniqueName('lease-unready'));
  const lost = loseApBefore('takeSnapshot', app.name);
  const { client, address, namespace } = engine.temporal;
  const belay = { temporal: client, address, namespace, close: () => Promise.resolve() };
  const request = engine.request(app.name, wait);
  const start = await startGuard(belay, request, { readyTimeout: 50_000, by: 'ada' });
  await lost;
  expect(start).toMatchObject({
    kind: 'unready',
    reason: expect.stringMatching(/the outcome is unready, but not given back: Lease .* in ap/),
  });
  await ap().restore();
  const handle = client.workflow.getHandle(`belay:test/${app.name}`);
  await handle.executeUpdate('resolve', { args: [{ decision: 'retry', by: 'ada', reason: 'ap is back' }] });
  expect(await handle.result()).toMatchObject({ outcome: 'unready', leases: [] });
  expect(holders(app)).toEqual(['', '', '']);
});

describe('a Lease that was taken without an answer', () => {
  /** Taken in `ap`, and not to be read there from then on. */
  async function takenUnheard(name: string) {
    const app = await installSmallApp(engine.sandbox, uniqueName(name));
    const path = `/namespaces/${app.name}/leases`;
    const { faults } = ap();
    const lost = faults.inject({ match: { method: 'POST', path }, effect: { kind: 'doThenDrop' }, count: 1 });
    const unread = faults.inject({ match: { method: 'GET', path }, effect: { kind: 'respond', status: 503 }, nth: 2 });
    const guard = await engine.start(engine.request(app.name, wait));
    return { app, guard, lost, unread };
  }

  test('is given back at the end of the run, too', async () => {
    const { app, guard, lost, unread } = await takenUnheard('lease-unheard');
    const isOurs = ({ run, cluster }: { run: { application: string }; cluster: string }) =>
      run.application === app.name && cluster === 'ap';
    await hooks.before('releaseLock', isOurs, async () => unread.remove());
    expect(await guard.result()).toMatchObject({ outcome: 'unready', leases: [] });
    expect(lost.fired).toBe(1);
    expect(holders(app)).toEqual(['', '', '']);
  });

  test('is named when it cannot be, keeps nobody waiting, and is taken over by the next guard', async () => {
    const { app, guard, unread } = await takenUnheard('lease-doubtful');
    expect(await guard.result()).toMatchObject({
      outcome: 'unready',
      leases: [{ cluster: 'ap', reason: expect.stringMatching(/^nobody knows whether it was taken: /) }],
    });
    expect(holderIn(engine.sandbox, 'ap', app)).toContain(guard.workflowId);
    unread.remove();
    const next = await engine.start(engine.request(app.name, wait));
    await next.ready();
    await next.signal('cancel', { guardId: next.request.guardId, by: 'ada', reason: 'seen enough' });
    expect(await next.result()).toMatchObject({ outcome: 'cancelled', leases: [] });
    expect(holders(app)).toEqual(['', '', '']);
  });
});
