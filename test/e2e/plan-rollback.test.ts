import { randomUUID } from 'node:crypto';
import { describe, test } from 'vitest';
import { status } from '../../src/client/index.ts';
import type { AuditEntry } from '../../src/sandbox/index.ts';
import type { PlanRequest, PlanView } from '../../src/schema/plan-view.ts';
import { planWorkflowId } from '../../workflows/messages.ts';
import { deployBadly, editData, guardBadDeploy, requestsByEngine } from '../support/bad-deploy.ts';
import { clusterNames, useEngine } from '../support/engine.ts';
import { pollUntil } from '../support/poll.ts';
import { keepHistory } from '../support/recorded.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

/** What a rollback would do is said without doing any of it. */
const engine = useEngine();

const canaries = ['czNjcjN0LWNhbmFyeQ==', 's3cr3t-canary', 'bjN3LWNhbmFyeQ=='];

function start(application: string, more: Partial<PlanRequest> = {}) {
  const name = { application, environment: 'test' };
  return engine.temporal.client.workflow.start<(request: unknown) => Promise<PlanView>>('planRollback', {
    workflowId: planWorkflowId(name, randomUUID()),
    taskQueue: 'belay',
    args: [{ ...name, ...more }],
  });
}

async function planOf(app: SmallApp, more: Partial<PlanRequest> = {}): Promise<PlanView> {
  return await (await start(app.name, more)).result();
}

function audit(): AuditEntry[] {
  return clusterNames.flatMap((cluster) => engine.sandbox.cluster(cluster).audit());
}

function leaseWrites(app: SmallApp): AuditEntry[] {
  return audit().filter(
    ({ method, resource, namespace }) => method !== 'GET' && resource === 'leases' && namespace === app.name,
  );
}

/** Nothing in it is unhealthy: the guard goes on waiting for the end of the deploy. */
async function deployQuietly(app: SmallApp): Promise<void> {
  for (const cluster of clusterNames) {
    await app.put(cluster, app.configMap('settings', { mode: 'wild' }));
    await app.put(cluster, app.configMap('promotions', { half: 'price' }));
    await app.remove(cluster, app.path('configmaps', 'banner'));
  }
  const data = { key: 'bjN3LWNhbmFyeQ==', extra: 'eA==' };
  await editData(engine.sandbox, 'eu', app.path('secrets', 'payment'), data);
}

function journalOf(app: SmallApp) {
  return engine.deps.journal.read({ application: app.name, environment: 'test' });
}

describe('a plan beside an open guard', () => {
  test('says what the guard would do, takes no lock, changes nothing, and tells no secret', async ({ expect }) => {
    const { app, guard, failed } = await guardBadDeploy(engine, 'plan-open', {}, deployQuietly);
    const records = await journalOf(app);
    const locks = leaseWrites(app);

    const handle = await start(app.name, { by: 'ada' });
    const view = await handle.result();
    expect(view).toMatchObject({ verdict: 'possible', by: 'ada', reasons: [], baseline: { because: 'open guard' } });
    expect(view.counts).toMatchObject({ update: 4, create: 3, prune: 3, refuse: 0 });
    expect(view.targets.map(({ target, proven }) => [target, proven])).toEqual([
      ['eu', 3],
      ['us', 2],
      ['ap', 2],
    ]);
    const secret = view.targets[0]?.objects.find(({ object }) => object === 'Secret/payment');
    expect(secret).toMatchObject({
      verdict: 'update',
      fields: [
        { pointer: '/data/extra', change: 'removed', from: null, to: null },
        { pointer: '/data/key', change: 'changed', from: null, to: null },
      ],
    });
    const settings = view.targets[1]?.objects.find(({ object }) => object === 'ConfigMap/settings');
    expect(settings?.fields).toContainEqual({ pointer: '/data/mode', change: 'changed', from: '"wild"', to: '"calm"' });

    // Seven writes and a delete per cluster.
    expect(audit().filter(({ dryRun, namespace }) => dryRun && namespace === app.name)).toHaveLength(7 + 3);
    expect(requestsByEngine(engine.sandbox, app)).toEqual([]);
    expect(leaseWrites(app)).toEqual(locks);
    expect(await journalOf(app)).toEqual(records);
    expect(await app.content()).toEqual(failed);

    const told = await decodedHistory(handle);
    expect(told).toContain('Secret/payment');
    for (const canary of canaries) expect(told).not.toContain(canary);
    await keepHistory(handle, 'planned');

    const { client, address, namespace } = engine.temporal;
    const belay = { temporal: client, address, namespace, close: () => Promise.resolve() };
    const shown = await status(belay, { application: app.name, environment: 'test' });
    expect(shown).toMatchObject({ kind: 'open', view: { type: 'guardDeploy', phase: 'guarding' } });

    await guard.fail();
    expect(await guard.result()).toMatchObject({ outcome: 'restored', baseline: view.baseline?.id });
  });

  test('goes back to the baseline of that guard only', async ({ expect }) => {
    const { app, guard } = await guardBadDeploy(engine, 'plan-other', {}, deployQuietly);
    expect(await planOf(app, { to: '0123456789' })).toMatchObject({
      verdict: 'refused',
      reasons: [expect.stringMatching(/^an open guard rolls back to its own baseline \w+ only$/)],
      targets: [],
    });
    await guard.fail();
    await guard.result();
  });
});

describe('a plan after the guard has ended', () => {
  test('goes back to the last known good, and lists what somebody else has changed since first', async ({ expect }) => {
    const app = await keptApp('plan-later');
    const bad = await engine.start(engine.request(app.name));
    await bad.ready();
    await deployBadly(app);
    await bad.signal('cancel', { guardId: bad.request.guardId, by: 'ada', reason: 'gone home' });
    await bad.result();
    expect(await planOf(app)).toMatchObject({ verdict: 'possible', baseline: { because: 'last known good' } });

    await nextSecond();
    await editData(engine.sandbox, 'us', app.path('secrets', 'payment'), { key: 'bjN3LWNhbmFyeQ==' });
    const handle = await start(app.name);
    const view = await handle.result();
    expect(view).toMatchObject({ verdict: 'refused', reasons: ['not safe to put back: 1 object'] });
    const us = view.targets.find(({ target }) => target === 'us');
    expect(us?.objects[0]).toMatchObject({
      object: 'Secret/payment',
      verdict: 'refuse',
      foreign: [{ pointer: '/data/key', manager: 'kubectl-edit' }],
    });
    expect(us?.objects.length).toBeGreaterThan(1);
    await keepHistory(handle, 'planned-refused');
  });

  test('goes back to the snapshot that is named', async ({ expect }) => {
    const app = await keptApp('plan-named');
    const [record] = (await journalOf(app)).filter(({ event }) => event === 'baseline');
    const baseline = record?.data.baseline as { snapshot: { id: string } } | undefined;
    const id = baseline?.snapshot.id ?? '';
    const to = id.slice(0, 8);
    expect(await planOf(app, { to })).toMatchObject({
      verdict: 'possible',
      baseline: { id, because: 'named' },
    });
    expect(await planOf(app, { to: 'ffffffff' })).toMatchObject({
      verdict: 'refused',
      reasons: ['there is no snapshot ffffffff'],
    });
  });
});

test('a plan of an application that was never guarded says that there is nothing to go back to', async ({ expect }) => {
  const view = await (await start('nobody')).result();
  expect(view).toMatchObject({ verdict: 'refused', reasons: ['no known good state is recorded'], baseline: null });
});

test('a cluster that does not answer is named, and the plan refused', async ({ expect }) => {
  const app = await keptApp('plan-dark');
  const dark = engine.sandbox.cluster('us').faults.inject({
    match: { path: `/namespaces/${app.name}/` },
    effect: { kind: 'respond', status: 503 },
  });
  try {
    expect(await planOf(app)).toMatchObject({ verdict: 'refused', reasons: [expect.stringContaining('cluster us')] });
  } finally {
    dark.remove();
  }
});

test.for([
  ['no object', 'shop', 'not an object'],
  ['a name that is none', { application: '../x', environment: 'test' }, '"application" must be'],
  ['no environment', { application: 'shop' }, '"environment" must be a text'],
] as const)('a request with %s is rejected, naming what is wrong', async ([, request, why], { expect }) => {
  const handle = await engine.temporal.client.workflow.start('planRollback', {
    workflowId: `wrong/${randomUUID()}`,
    taskQueue: 'belay',
    args: [request],
  });
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type: 'RequestRejected', message: expect.stringContaining(why) },
  });
});

/** With one guard that was kept: its baseline is older than what is known to be good. */
async function keptApp(name: string): Promise<SmallApp> {
  const app = await installSmallApp(engine.sandbox, uniqueName(name));
  const guard = await engine.start(engine.request(app.name));
  await guard.ready();
  for (const cluster of clusterNames) await app.put(cluster, app.configMap('settings', { mode: 'calmer' }));
  await guard.deployed();
  const { outcome } = await guard.result();
  if (outcome !== 'kept') throw new Error(`${app.name} was ${outcome}`);
  return app;
}

/** Servers cut times to the second: what comes now is surely after what was. */
async function nextSecond(): Promise<void> {
  const from = Date.now();
  await pollUntil(
    'the second has passed',
    async () => Date.now(),
    (now) => now > from + 1100,
  );
}

/** Payloads are base64 in an exported history: what they hold is looked at as text. */
async function decodedHistory(handle: { fetchHistory(): Promise<unknown> }): Promise<string> {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString());
    else if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  collect(await handle.fetchHistory());
  return texts.join('\n');
}
