import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { at, type JsonObject, objectsAt, type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import type { PlanSummary, Snapshot } from '../../src/schema/plan.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { clusterNames, sandboxEntries } from '../support/engine.ts';
import { batchesOf, capture, carryOut, openSiteOf, planBack, type Site, verifyBack } from '../support/site.ts';
import { installSmallApp } from '../support/small-app.ts';

const cluster = 'eu';
const canary = { written: 'czNjcjN0LWNhbmFyeQ==', read: 's3cr3t-canary' };
const closing: (() => Promise<unknown>)[] = [];
let sandbox: Sandbox;
let openSite: (name: string) => Promise<Site>;

beforeAll(async () => {
  sandbox = await startSandbox({ clusters: [...clusterNames], speed: 5 });
  const activities = createActivities(await connectDependencies(sandboxEntries(sandbox), 'nowhere:7233', closing));
  openSite = async (name) => openSiteOf(activities, await installSmallApp(sandbox, name));
});

afterAll(async () => {
  for (const close of closing) await close();
  await sandbox.stop();
});

async function damage({ app }: Site): Promise<void> {
  await app.put(cluster, app.configMap('settings', { mode: 'wild' }));
  await app.put(cluster, app.configMap('promotions', { half: 'price' }));
  await app.put(cluster, app.deployment('registry/app:v2-missing'));
  await app.remove(cluster, app.path('configmaps', 'banner'));
  await app.remove(cluster, app.path('secrets', 'payment'));
}

const readMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Requests of the engine that changed something. */
const writesOf = (name: string) =>
  sandbox
    .cluster(cluster)
    .audit()
    .filter((entry) => entry.namespace === name && entry.user === 'engine' && !entry.dryRun)
    .filter((entry) => !readMethods.includes(entry.method));

test('a snapshot restores one cluster exactly, and its last reading is equal', async () => {
  const site = await openSite('exactly');
  const before = await site.app.content();
  const baseline = await capture(site, 'baseline');
  await damage(site);
  const plan = await planBack(site, baseline);
  expect(plan.counts).toMatchObject({ update: 2, create: 2, prune: 1, leave: 0, refuse: 0 });
  expect(plan.stages.map(({ stage }) => stage)).toEqual(['configuration', 'workloads', 'prune']);

  await carryOut(site, plan);

  expect(await verifyBack(site, plan)).toMatchObject({ target: cluster, equal: baseline.objects, differences: [] });
  expect(await site.app.content()).toEqual(before);
});

test('planning and proving write nothing', async () => {
  const site = await openSite('dry');
  const baseline = await capture(site, 'baseline');
  await damage(site);
  const plan = await planBack(site, baseline);
  for (const batch of batchesOf(plan.stages))
    await site.call('proveBatch', { run: site.run, target: site.target, plan: plan.plan, ...batch, when: 'prepare' });
  expect(writesOf(site.app.name)).toEqual([]);
});

test('a batch that is written again changes nothing', async () => {
  const site = await openSite('again');
  const baseline = await capture(site, 'baseline');
  await damage(site);
  const plan = await planBack(site, baseline);
  await carryOut(site, plan);
  const sent = writesOf(site.app.name);
  expect(sent.length).toBeGreaterThan(0);

  for (const batch of batchesOf(plan.stages)) {
    const { run, target, call } = site;
    const { results } = await call(batch.does === 'delete' ? 'deleteBatch' : 'writeBatch', {
      run,
      target,
      plan: plan.plan,
      ...batch,
    });
    expect(results.filter(({ kind }) => kind !== 'done' && kind !== 'already')).toEqual([]);
  }
  const changing = writesOf(site.app.name).slice(sent.length);
  expect(changing.filter(({ status }) => status < 300)).toEqual([]);
  expect(await verifyBack(site, plan)).toMatchObject({ differences: [] });
});

test('an undone batch brings the failed state back, and nothing else', async () => {
  const site = await openSite('undone');
  const baseline = await capture(site, 'baseline');
  await site.app.put(cluster, site.app.configMap('settings', { mode: 'wild' }));
  await site.app.remove(cluster, site.app.path('configmaps', 'banner'));
  const failed = await site.app.content();
  const plan = await planBack(site, baseline);
  await carryOut(site, plan);

  const { run, target, request, call } = site;
  for (const batch of batchesOf(plan.stages))
    await call('undoBatch', { run, target, plan: plan.plan, ...batch, unclear: [] });
  const verified = await call('verifyTarget', { run, target, request, plan: plan.plan, expect: 'failedState' });
  expect(verified.differences).toEqual([]);
  expect(await site.app.content()).toEqual(failed);
});

test('fields that a team had applied are owned by that team again', async () => {
  const site = await openSite('owned');
  const path = site.app.path('configmaps', 'settings');
  await applyAsTeam(path);
  const owners = appliedEntries(path);
  const baseline = await capture(site, 'baseline');
  await site.app.put(cluster, site.app.configMap('settings', { mode: 'wild', limit: '9007199254740993' }));
  expect(appliedEntries(path)).not.toEqual(owners);

  const plan = await planBack(site, baseline);
  await carryOut(site, plan);

  expect(appliedEntries(path)).toEqual(owners);
  expect(await verifyBack(site, plan)).toMatchObject({ differences: [] });
});

test('the content of a Secret is in no answer of any activity', async () => {
  const site = await openSite('silent');
  const baseline = await capture(site, 'baseline');
  await damage(site);
  const plan = await planBack(site, baseline);
  await describe(site, baseline, plan, 100_000);
  await carryOut(site, plan);
  await verifyBack(site, plan);
  const answers = JSON.stringify(site.answers);
  expect(answers).toContain('Secret/payment');
  expect(answers).not.toContain(canary.written);
  expect(answers).not.toContain(canary.read);
});

test('what does not fit into a description is counted: fields go first, then objects', async () => {
  const site = await openSite('described');
  const baseline = await capture(site, 'baseline');
  await damage(site);
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`key-${index}`, 'x']));
  await site.app.put(cluster, site.app.configMap('promotions', many));
  const plan = await planBack(site, baseline);

  const whole = await describe(site, baseline, plan, 100_000);
  expect(whole.cut).toBe(0);
  expect(whole.objects.map(({ verdict, object }) => `${verdict} ${object}`)).toEqual([
    'create ConfigMap/banner',
    'prune ConfigMap/promotions',
    'update ConfigMap/settings',
    'create Secret/payment',
    'update Deployment/web',
  ]);
  expect(whole.objects[1]).toMatchObject({ fields: { length: 30 }, cut: 71 });

  const small = await describe(site, baseline, plan, 800);
  expect(JSON.stringify(small).length).toBeLessThan(1000);
  expect(small.objects[1]).toMatchObject({ object: 'ConfigMap/promotions', fields: [], cut: 101 });
  expect(small.cut).toBe(whole.objects.length - small.objects.length);
  expect(small.cut).toBeGreaterThan(0);
  expect(await describe(site, baseline, plan, 0)).toMatchObject({ objects: [], cut: 5 });
});

function describe({ call, run, target }: Site, baseline: Snapshot, { plan }: PlanSummary, bytes: number) {
  const window = { start: baseline.takenAt[target.id] ?? '', end: new Date().toISOString() };
  return call('describePlan', { run, target, plan, window, bytes });
}

async function applyAsTeam(path: string): Promise<void> {
  const entry = {
    manager: 'team',
    operation: 'Apply',
    apiVersion: 'v1',
    time: '2020-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:data': { 'f:mode': {} } },
  };
  const patch = [{ op: 'replace', path: '/metadata/managedFields', value: [entry] }];
  const answer = await sandbox.cluster(cluster).request('PATCH', path, patch);
  expect(answer.status).toBe(200);
}

/** Who applied what; when is not restored, a server sets it itself. */
function appliedEntries(path: string): JsonObject[] {
  return objectsAt(sandbox.cluster(cluster).read(path), 'metadata', 'managedFields')
    .filter((entry) => at(entry, 'operation') === 'Apply')
    .map(({ time: _time, ...entry }) => entry);
}
