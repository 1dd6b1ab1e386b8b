import { describe, expect, test } from 'vitest';
import { approve, hold, resolve, resume } from '../../src/client/index.ts';
import type { StatusView } from '../../src/schema/status.ts';
import { changesByEngine, guardBadDeploy, holderIn } from '../support/bad-deploy.ts';
import { clusterNames, type Guard, useEngine } from '../support/engine.ts';
import { keepHistory } from '../support/recorded.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

const engine = useEngine();
const ada = { by: 'ada', reason: 'looked at it' };
const bob = { by: 'bob', reason: 'saw it too' };

function belay() {
  const { client, address, namespace } = engine.temporal;
  return { temporal: client, address, namespace, close: () => Promise.resolve() };
}

const nameOf = ({ request: { application, environment } }: Guard) => ({ application, environment });
const waits = (guard: Guard, phase: StatusView['phase']) => guard.until(phase, (view) => view.phase === phase);

/** What Temporal UI shows as the run's details. */
async function details(guard: Guard): Promise<string> {
  const handle = engine.temporal.client.workflow.getHandle(guard.workflowId);
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

async function journalOf({ request: { application, environment } }: Guard) {
  const records = await engine.deps.journal.read({ application, environment });
  return records.filter(({ event }) => event === 'decided').map(({ who, why, data }) => ({ who, why, ...data }));
}

function refuse(app: SmallApp, cluster: string, request: { method: string; object: string; nth?: number }) {
  const { method, object, nth = 1 } = request;
  return engine.sandbox.cluster(cluster).faults.inject({
    match: { method, user: 'engine', dryRun: 'never', path: `/namespaces/${app.name}/${object}` },
    effect: { kind: 'respond', status: 403, message: 'not today' },
    nth,
  });
}

describe('a rollback whose compensation is forbidden', () => {
  test('is blocked with the exact object, and is reverted when a person says retry once it may', async () => {
    const { app, guard, failed } = await guardBadDeploy(engine, 'forbidden');
    refuse(app, 'us', { method: 'PUT', object: 'deployments/web' });
    // The way forward may write it, the way back may not.
    const back = refuse(app, 'us', { method: 'PUT', object: 'configmaps/settings', nth: 2 });
    await guard.fail();

    const { decision } = await waits(guard, 'waiting(blocked)');
    expect(decision).toMatchObject({
      choices: ['retry', 'abandon'],
      objects: [
        {
          target: 'us',
          object: 'ConfigMap/settings',
          expected: 'failed state',
          why: expect.stringContaining('not today'),
        },
      ],
    });
    expect(await details(guard)).toMatch(
      new RegExp(
        `us/ConfigMap/settings[\\s\\S]*not today[\\s\\S]*belay resolve test/${app.name} retry --by you --reason why`,
      ),
    );
    back.remove();
    await resolve(belay(), nameOf(guard), { decision: 'retry', ...ada });
    expect(await guard.result()).toMatchObject({ outcome: 'reverted' });
    expect(await app.content()).toEqual(failed);
    expect(await journalOf(guard)).toEqual([{ who: 'ada', why: 'looked at it', decision: 'retry' }]);
  });
});

describe('a plan that waits for approval', () => {
  test('is carried out when it is the one that was approved; one that changed meanwhile asks again', async ({
    expect,
  }) => {
    const { app, guard, before } = await guardBadDeploy(engine, 'approved', { onFailure: 'approve' });
    await guard.fail();
    const first = (await waits(guard, 'waiting(approve)')).decision;
    expect(first).toMatchObject({ choices: ['approve', 'retry', 'accept'], reason: expect.stringContaining('update') });
    expect(await details(guard)).toContain(`--digest ${first?.planDigest?.slice(0, 16)} --by you`);

    await app.put('eu', app.configMap('settings', { mode: 'wilder' }));
    await approve(belay(), nameOf(guard), { planDigest: first?.planDigest ?? '', by: 'ada' });
    const again = await guard.until('another plan', ({ decision }) =>
      Boolean(decision?.planDigest && decision.planDigest !== first?.planDigest),
    );
    expect(again.decision?.reason).toContain('not the one that was approved');
    expect(changesByEngine(engine.sandbox, app)).toEqual([]);
    const stale = approve(belay(), nameOf(guard), { planDigest: first?.planDigest ?? '', by: 'ada' });
    await expect(stale).rejects.toMatchObject({ kind: 'rejected', message: expect.stringContaining('"planDigest"') });

    await approve(belay(), nameOf(guard), { planDigest: again.decision?.planDigest ?? '', ...bob });
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
    expect(await journalOf(guard)).toMatchObject([
      { who: 'ada', why: null, decision: 'approve', planDigest: first?.planDigest },
      { who: 'bob', why: 'saw it too', decision: 'approve' },
    ]);
    await keepHistory(engine.temporal.client.workflow.getHandle(guard.workflowId), 'restored-approved');
  });
});

describe('a hold', () => {
  test('said while watching comes before the first write; resume lets the restore go on', async () => {
    const { app, guard, before, failed } = await guardBadDeploy(engine, 'resumed');
    expect(await hold(belay(), nameOf(guard), ada)).toEqual({ accepted: true, takesEffect: 'later' });
    await expect(hold(belay(), nameOf(guard), bob)).rejects.toMatchObject({ message: expect.stringContaining('ada') });
    await guard.fail();
    const { decision } = await waits(guard, 'waiting(hold)');
    expect(decision).toMatchObject({ reason: 'held by ada: looked at it', choices: ['resume', 'accept'] });
    expect(await app.content()).toEqual(failed);
    expect(await resume(belay(), nameOf(guard), bob)).toEqual({ accepted: true, takesEffect: 'now' });
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
    const { timeline } = await guard.status();
    expect(timeline.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['ada decides: hold (looked at it)', 'bob decides: resume (saw it too)']),
    );
  });

  test('by policy is ended by accept: held, nothing was written, every Lease is given back', async () => {
    const { app, guard, failed } = await guardBadDeploy(engine, 'held', { onFailure: 'hold' });
    await guard.fail();
    await waits(guard, 'waiting(hold)');
    await resolve(belay(), nameOf(guard), { decision: 'accept', ...ada });
    expect(await guard.result()).toMatchObject({
      outcome: 'held',
      reason: 'accepted by ada: looked at it',
      leases: [],
    });
    expect(await app.content()).toEqual(failed);
    expect(clusterNames.map((cluster) => holderIn(engine.sandbox, cluster, app))).toEqual(['', '', '']);
    await keepHistory(engine.temporal.client.workflow.getHandle(guard.workflowId), 'held');
  });
});

test('onFailure: observe says what a restore would have done, and changes nothing', async () => {
  const { app, guard, failed } = await guardBadDeploy(engine, 'observed', { onFailure: 'observe' });
  await guard.fail();
  expect(await guard.result()).toMatchObject({
    outcome: 'observed',
    reason: expect.stringMatching(/^would have been restored: .*update.*proven by dry run/),
  });
  expect(await app.content()).toEqual(failed);
  expect(changesByEngine(engine.sandbox, app)).toEqual([]);
  await keepHistory(engine.temporal.client.workflow.getHandle(guard.workflowId), 'observed');
});

describe('one object that cannot be deleted', () => {
  test('may be left by a person: restored, and the outcome says who left it', async () => {
    const { app, guard, before } = await guardBadDeploy(engine, 'left');
    refuse(app, 'us', { method: 'DELETE', object: 'configmaps/promotions' });
    await guard.fail();
    const { decision } = await waits(guard, 'waiting(blocked)');
    expect(decision).toMatchObject({ choices: ['retry', 'skip', 'abandon'], skippable: ['us/ConfigMap/promotions'] });
    expect(await details(guard)).toContain('skip --object us/ConfigMap/promotions');
    const { step = '' } = decision ?? {};
    await expect(resolve(belay(), nameOf(guard), { decision: 'revert', ...ada })).rejects.toMatchObject({
      message: expect.stringContaining('"revert" is not offered here'),
    });
    await resolve(belay(), nameOf(guard), { decision: 'skip', object: 'us/ConfigMap/promotions', step, ...ada });
    expect(await guard.result()).toMatchObject({
      outcome: 'restored',
      left: [{ target: 'us', object: 'ConfigMap/promotions', reason: 'left by ada: looked at it' }],
    });
    const { us, ...others } = await app.content();
    expect(others).toEqual({ eu: before.eu, ap: before.ap });
    expect(us).toMatchObject({ 'ConfigMap/promotions': { data: { half: 'price' } }, ...(before.us as object) });
  });

  test('of two people at once the first decides, and the second is told', async () => {
    const { app, guard } = await guardBadDeploy(engine, 'two-people');
    refuse(app, 'us', { method: 'DELETE', object: 'configmaps/promotions' });
    await guard.fail();
    await waits(guard, 'waiting(blocked)');
    const said = await Promise.allSettled([
      resolve(belay(), nameOf(guard), { decision: 'abandon', ...ada }, { updateId: 'same' }),
      resolve(belay(), nameOf(guard), { decision: 'abandon', ...ada }, { updateId: 'same' }),
      resolve(belay(), nameOf(guard), { decision: 'abandon', ...bob }),
    ]);
    const [one, same, other] = said;
    expect(same).toEqual(one);
    expect([one?.status, other?.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect(JSON.stringify(said.map((each) => (each.status === 'rejected' ? String(each.reason) : '')))).toMatch(
      /has just decided|nothing waits|no run of this application is open/,
    );
    const { reason } = await guard.result();
    expect(reason).toMatch(/^(ada: looked at it|bob: saw it too)/);
    expect(await journalOf(guard)).toHaveLength(1);
  });
});

test('health that does not come may be accepted by a person: restored, and the outcome says by whom', async () => {
  const app = await installSmallApp(engine.sandbox, uniqueName('unwell'));
  // What the deploy breaks is a field that is never put back.
  const ignore = [{ kind: 'v1/ConfigMap', name: 'settings', pointers: ['/data/limit'] }];
  const scope = { selector: `app=${app.name}`, ignore };
  const targets = clusterNames.map((cluster) => ({ cluster, namespace: app.name, scope }));
  const health = [{ kind: 'v1/ConfigMap', healthy: '!has(object.data.limit) || object.data.limit != "none"' }];
  const guard = await engine.start(engine.request(app.name, { deadline: '5s', targets, health }));
  await guard.ready();
  await app.put('us', app.configMap('settings', { mode: 'wild', limit: 'none' }));
  await guard.fail();
  const { decision } = await waits(guard, 'waiting(unhealthy)');
  expect(decision?.choices).toEqual(['retry', 'revert', 'accept', 'abandon']);
  await resolve(belay(), nameOf(guard), { decision: 'accept', ...ada });
  expect(await guard.result()).toMatchObject({ outcome: 'restored', health: 'accepted by ada' });
});
