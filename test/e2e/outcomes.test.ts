import { createHash, randomUUID } from 'node:crypto';
import { describe, test } from 'vitest';
import { requestRollback } from '../../src/client/index.ts';
import type { RunResult } from '../../src/schema/outcome.ts';
import { deployBadly, guardBadDeploy, resolveGuard } from '../support/bad-deploy.ts';
import { clusterNames, type Guard, useEngine } from '../support/engine.ts';
import { keepHistory } from '../support/recorded.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

const engine = useEngine();

/** One run per outcome; with `BELAY_RECORD_HISTORIES=1` its history is kept for `test/replay`. */
async function ended(guard: Guard, history: string): Promise<RunResult> {
  const result = await guard.result();
  await keepHistory(engine.temporal.client.workflow.getHandle(guard.workflowId), history);
  return result;
}

async function install(name: string): Promise<SmallApp> {
  return await installSmallApp(engine.sandbox, uniqueName(name));
}

async function guardReady(app: SmallApp, options: Parameters<typeof engine.request>[1] = {}): Promise<Guard> {
  const guard = await engine.start(engine.request(app.name, options));
  await guard.ready();
  return guard;
}

async function deployWell(app: SmallApp): Promise<void> {
  for (const cluster of clusterNames) {
    await app.put(cluster, app.configMap('settings', { mode: 'bold' }));
    await app.put(cluster, app.deployment('registry/app:v2'));
  }
}

function refuseWrites(app: SmallApp, cluster: string): void {
  engine.sandbox.cluster(cluster).faults.inject({
    match: { method: 'PUT', user: 'engine', dryRun: 'never', path: `/namespaces/${app.name}/configmaps/settings` },
    effect: { kind: 'respond', status: 403, message: 'the write is forbidden' },
  });
}

describe.concurrent('a deploy that is not rolled back', () => {
  test('kept: it stayed healthy in all clusters for the bake time', async ({ expect }) => {
    const app = await install('kept');
    const guard = await guardReady(app);
    await deployWell(app);
    await guard.deployed();
    const after = await app.content();
    expect(await ended(guard, 'kept')).toMatchObject({ outcome: 'kept', left: [], blocked: [] });
    expect(await app.content()).toEqual(after);
  });

  test('kept: a person promotes it before the bake time is over', async ({ expect }) => {
    const app = await install('promoted');
    const guard = await guardReady(app, { bake: '1h' });
    await deployWell(app);
    await guard.deployed();
    await guard.until('baking', (view) => view.progress.some(({ key }) => key === 'bake'));
    await guard.signal('promote', { guardId: guard.request.guardId, by: 'ada' });
    expect(await ended(guard, 'kept-promoted')).toMatchObject({
      outcome: 'kept',
      reason: expect.stringContaining('ada'),
    });
  });

  test('superseded: a newer deploy takes over, and goes back to what was there before the first', async ({
    expect,
  }) => {
    const app = await install('superseded');
    const before = await app.content();
    const first = await guardReady(app);
    await app.put('eu', app.configMap('settings', { mode: 'wild' }));
    const guardId = randomUUID();
    await first.signal('supersede', { guardId, by: 'ada', reason: 'the next version' });
    expect(await ended(first, 'superseded')).toMatchObject({
      outcome: 'superseded',
      reason: expect.stringContaining('ada'),
    });

    const second = await guardReady(app, { guardId });
    await second.fail();
    expect(await ended(second, 'restored-after-supersede')).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
  });

  test('cancelled: by a person, and live is left as it is', async ({ expect }) => {
    const app = await install('cancelled');
    const guard = await guardReady(app);
    await deployBadly(app);
    const failed = await app.content();
    await guard.signal('cancel', { guardId: guard.request.guardId, by: 'ada', reason: 'not today' });
    expect(await ended(guard, 'cancelled')).toMatchObject({
      outcome: 'cancelled',
      reason: 'cancelled by ada: not today',
    });
    expect(await app.content()).toEqual(failed);
  });

  test('cancelled: by Temporal’s own cancel', async ({ expect }) => {
    const guard = await guardReady(await install('cancelled-too'));
    await engine.temporal.client.workflow.getHandle(guard.workflowId).cancel();
    expect(await ended(guard, 'cancelled-by-temporal')).toMatchObject({
      outcome: 'cancelled',
      reason: expect.stringContaining('Temporal'),
    });
  });

  test('unready: somebody else holds the lock of one cluster, and the others are given back', async ({ expect }) => {
    const app = await install('locked');
    await holdLease(app, 'us');
    const guard = await engine.start(engine.request(app.name));
    expect(await ended(guard, 'unready')).toMatchObject({
      outcome: 'unready',
      reason: expect.stringContaining('held by somebody/else'),
    });
    const next = await engine.start(engine.request(app.name, { targets: [target(app, 'eu'), target(app, 'ap')] }));
    await next.ready();
  });

  test('unready: a kind in scope cannot be read', async ({ expect }) => {
    const app = await install('unreadable');
    engine.sandbox.cluster('ap').deny({ user: 'engine', verb: 'list', resource: 'configmaps', namespace: app.name });
    const guard = await engine.start(engine.request(app.name));
    expect(await ended(guard, 'unready-unreadable')).toMatchObject({
      outcome: 'unready',
      reason: expect.stringMatching(/configmaps/),
    });
  });
});

describe.concurrent('a deploy that fails', () => {
  test('restored: everything is as it was, in all clusters', async ({ expect }) => {
    const { app, guard, before } = await guardBadDeploy(engine, 'restored');
    await guard.deployed();
    expect(await ended(guard, 'demo')).toMatchObject({ outcome: 'restored', health: 'healthy', left: [] });
    expect(await app.content()).toEqual(before);
  });

  test('restored: the deployer says that it failed', async ({ expect }) => {
    const { app, guard, before } = await guardBadDeploy(engine, 'told');
    await guard.fail('exit 1');
    expect(await ended(guard, 'restored')).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
  });

  test('reverted: one cluster refuses a write', async ({ expect }) => {
    const { app, guard, failed } = await guardBadDeploy(engine, 'reverted');
    refuseWrites(app, 'ap');
    await guard.fail();
    expect(await ended(guard, 'reverted')).toMatchObject({ outcome: 'reverted' });
    expect(await app.content()).toEqual(failed);
  });

  test('refused: the engine may not write in one cluster', async ({ expect }) => {
    const { app, guard, failed } = await guardBadDeploy(engine, 'refused');
    engine.sandbox.cluster('ap').deny({ user: 'engine', verb: 'update', resource: 'configmaps', namespace: app.name });
    await guard.fail();
    expect(await ended(guard, 'refused')).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('ap/ConfigMap/settings'),
    });
    expect(await app.content()).toEqual(failed);
  });

  test('abandoned: a person closes a blocked run, and the objects that are not as they should be are listed', async ({
    expect,
  }) => {
    const { app, guard } = await guardBadDeploy(engine, 'abandoned');
    engine.sandbox.cluster('us').faults.inject({
      match: {
        method: 'DELETE',
        user: 'engine',
        path: `/namespaces/${app.name}/configmaps/promotions`,
        dryRun: 'never',
      },
      effect: { kind: 'respond', status: 403, message: 'no deletes today' },
    });
    await guard.fail();
    await guard.until('blocked', (view) => view.phase === 'waiting(blocked)');
    await resolveGuard(engine, guard, 'abandon');
    expect(await ended(guard, 'abandoned')).toMatchObject({
      outcome: 'abandoned',
      reason: expect.stringContaining('ada: looked at it'),
      blocked: [{ target: 'us', object: 'ConfigMap/promotions' }],
    });
  });
});

test('a rollback on demand puts the last known good back, behind a deploy that was cancelled half-way', async ({
  expect,
}) => {
  const app = await install('on-demand');
  const good = await guardReady(app);
  await deployWell(app);
  await good.deployed();
  expect(await good.result()).toMatchObject({ outcome: 'kept' });
  const lastKnownGood = await app.content();

  const bad = await guardReady(app);
  await deployBadly(app);
  await bad.signal('cancel', { guardId: bad.request.guardId, by: 'ada', reason: 'gone home' });
  expect(await bad.result()).toMatchObject({ outcome: 'cancelled' });

  const { client, address, namespace } = engine.temporal;
  const belay = { temporal: client, address, namespace, close: () => Promise.resolve() };
  const name = { application: app.name, environment: 'test' };
  const { accepted } = await requestRollback(belay, name, { by: 'bob', reason: 'slow since noon' });
  expect(accepted.joined).toBe('started');
  const handle = client.workflow.getHandle(bad.workflowId);
  expect(await handle.result()).toMatchObject({ outcome: 'restored' });
  await keepHistory(handle, 'restored-on-demand');
  expect(await app.content()).toEqual(lastKnownGood);
});

function target(app: SmallApp, cluster: string) {
  return { cluster, namespace: app.name, scope: { selector: `app=${app.name}` } };
}

async function holdLease(app: SmallApp, cluster: string): Promise<void> {
  const hash = createHash('sha256').update(`test/${app.name}`).digest('hex').slice(0, 16);
  const path = `/apis/coordination.k8s.io/v1/namespaces/${app.name}/leases`;
  await engine.sandbox.cluster(cluster).request('POST', path, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: `belay-${hash}`, namespace: app.name },
    spec: { holderIdentity: 'somebody/else', leaseTransitions: 1 },
  });
}
