import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import {
  at,
  type Json,
  type JsonObject,
  objectAt,
  type Sandbox,
  startSandbox,
  textAt,
} from '../../src/sandbox/index.ts';
import type { Activities } from '../../src/schema/activities.ts';
import type { PlanSummary } from '../../src/schema/plan.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { clusterNames, sandboxEntries } from '../support/engine.ts';
import { attempt, batchesOf, capture, openSiteOf, planBack, type Site } from '../support/site.ts';
import { installSmallApp } from '../support/small-app.ts';

const [cluster] = clusterNames;
const closing: (() => Promise<unknown>)[] = [];
let sandbox: Sandbox;
let activities: Activities;
let openSite: (name: string) => Promise<Site>;

beforeAll(async () => {
  sandbox = await startSandbox({ clusters: [...clusterNames], speed: 5 });
  activities = createActivities(await connectDependencies(sandboxEntries(sandbox), 'nowhere:7233', closing));
  openSite = async (name) => openSiteOf(activities, await installSmallApp(sandbox, name));
});

afterAll(async () => {
  for (const close of closing) await close();
  await sandbox.stop();
});

const api = () => sandbox.cluster(cluster);
const live = (path: string): JsonObject => (api().read(path) ?? {}) as JsonObject;
const engine = { user: 'engine' } as const;

/** A failed deploy and the plan to undo it; the plan was begun, and no write of it has had an answer. */
async function begin(site: Site, deploy: () => Promise<unknown>): Promise<PlanSummary> {
  const baseline = await capture(site, 'baseline');
  await deploy();
  return await planBack(site, baseline);
}

async function undo({ call, run, target }: Site, plan: PlanSummary) {
  const reports = batchesOf(plan.stages).map(({ does: _does, ...batch }) =>
    call('undoBatch', { run, target, plan: plan.plan, ...batch, unclear: ['*'] }),
  );
  return (await Promise.all(reports)).flatMap(({ results }) => results);
}

test('an update without an answer is voided: later it is turned away, and content and owners are exactly as before', async () => {
  const site = await openSite('voided');
  const path = site.app.path('configmaps', 'settings');
  const plan = await begin(site, () => site.app.put(cluster, site.app.configMap('settings', { mode: 'wild' })));
  const before = live(path);
  expect(await undo(site, plan)).toEqual([{ object: 'ConfigMap/settings', kind: 'already' }]);

  const after = live(path);
  expect(textAt(after, 'metadata', 'resourceVersion')).not.toBe(textAt(before, 'metadata', 'resourceVersion'));
  expect(withoutVersion(after)).toEqual(withoutVersion(before));
  const late = { ...before, data: { mode: 'late' } } as Json;
  expect(await api().request('PUT', path, late, engine)).toMatchObject({ status: 409 });
});

test('voiding outruns a controller that answers every write with one of its own', async () => {
  const site = await openSite('outrun');
  const path = site.app.path('deployments', 'web');
  const plan = await begin(site, () => site.app.put(cluster, site.app.deployment('registry/app:v2')));
  const answering = api().faults.inject({
    match: { method: 'PUT', path: `${path}$|${path}\\?`, user: 'engine' },
    effect: { kind: 'call', when: 'after', run: () => touch(path) },
    count: 3,
  });
  expect(await undo(site, plan)).toEqual([{ object: 'Deployment/web', kind: 'already' }]);
  expect(objectAt(live(path), 'metadata', 'annotations')).not.toHaveProperty(['belay.dev/fence']);
  expect(answering.fired).toBeGreaterThan(0);
});

async function touch(path: string): Promise<void> {
  await api().request('PATCH', `${path}/status`, {
    status: { touched: textAt(live(path), 'metadata', 'resourceVersion') ?? '' },
  });
}

test('a delete without an answer is voided: later it is turned away', async () => {
  const site = await openSite('undeleted');
  const path = site.app.path('configmaps', 'promotions');
  const plan = await begin(site, () => site.app.put(cluster, site.app.configMap('promotions', { half: 'price' })));
  const { uid = '', resourceVersion = '' } = objectAt(live(path), 'metadata');
  expect(await undo(site, plan)).toEqual([{ object: 'ConfigMap/promotions', kind: 'already' }]);
  const late = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
  expect(await api().request('DELETE', path, late, engine)).toMatchObject({ status: 409 });
  expect(at(live(path), 'data')).toEqual({ half: 'price' });
});

test('a voiding that was cut short is finished by the next one', async () => {
  const site = await openSite('cut-short');
  const path = site.app.path('configmaps', 'settings');
  const plan = await begin(site, () => site.app.put(cluster, site.app.configMap('settings', { mode: 'wild' })));
  const before = live(path);
  const put = { user: 'engine', path, method: 'PUT', dryRun: 'never' } as const;
  const cut = api().faults.inject({
    match: { ...put, path: `${path}\\?` },
    effect: { kind: 'respond', status: 503, reason: 'ServiceUnavailable' },
    nth: 2,
    count: 1,
  });
  expect(await undo(site, plan)).toMatchObject([{ object: 'ConfigMap/settings', kind: 'unreachable' }]);
  cut.remove();
  expect(objectAt(live(path), 'metadata', 'annotations')).toHaveProperty(['belay.dev/fence']);

  expect(await undo(site, plan)).toEqual([{ object: 'ConfigMap/settings', kind: 'already' }]);
  expect(withoutVersion(live(path))).toEqual(withoutVersion(before));
});

test('a void write that gets no answer itself is unclear, and nothing is claimed', async () => {
  const site = await openSite('void-unclear');
  const path = site.app.path('configmaps', 'settings');
  const plan = await begin(site, () => site.app.put(cluster, site.app.configMap('settings', { mode: 'wild' })));
  const lost = api().faults.inject({
    match: { method: 'PUT', path, user: 'engine' },
    effect: { kind: 'drop' },
    count: 1,
  });
  expect(await undo(site, plan)).toMatchObject([{ object: 'ConfigMap/settings', kind: 'unclear' }]);
  lost.remove();
  expect(await undo(site, plan)).toEqual([{ object: 'ConfigMap/settings', kind: 'already' }]);
});

test('a creation that has landed is known by its field manager and taken back; one of somebody else stays', async () => {
  const site = await openSite('created');
  const path = site.app.path('configmaps', 'banner');
  const banner = live(path);
  const plan = await begin(site, () => site.app.remove(cluster, path));
  const post = (fieldManager: string) => {
    const { uid: _uid, resourceVersion: _version, managedFields: _fields, ...metadata } = objectAt(banner, 'metadata');
    const body = { apiVersion: 'v1', kind: 'ConfigMap', ...banner, metadata } as Json;
    return api().request('POST', `${path.replace(/\/banner$/, '')}?fieldManager=${fieldManager}`, body, engine);
  };
  expect(await post('somebody')).toMatchObject({ status: 201 });
  expect(await undo(site, plan)).toMatchObject([{ object: 'ConfigMap/banner', kind: 'newcomer' }]);
  await site.app.remove(cluster, path);
  expect(await post(`belay:${site.run.operationId}`)).toMatchObject({ status: 201 });
  expect(await undo(site, plan)).toEqual([{ object: 'ConfigMap/banner', kind: 'done' }]);
  expect(api().read(path)).toBeUndefined();
  expect(await undo(site, plan)).toEqual([{ object: 'ConfigMap/banner', kind: 'already' }]);
});

test('an attempt that comes to itself when it is over sends nothing, however fresh it feels', async () => {
  const site = await openSite('overslept');
  const path = site.app.path('configmaps', 'settings');
  const plan = await begin(site, () => site.app.put(cluster, site.app.configMap('settings', { mode: 'wild' })));
  const { run, target } = site;
  const batch = { run, target, plan: plan.plan, stage: 'configuration', batch: 0 };
  const late = await attempt(9500).run(activities.writeBatch, batch);
  expect(late).toMatchObject({
    results: [{ kind: 'unreachable', reason: expect.stringContaining('nothing was sent') }],
  });
  expect(at(live(path), 'data', 'mode')).toBe('wild');
  const queued = await attempt(5000).run(activities.writeBatch, batch);
  expect(queued).toMatchObject({ results: [{ kind: 'done' }] });
});

function withoutVersion(object: JsonObject): JsonObject {
  const { resourceVersion: _version, ...metadata } = objectAt(object, 'metadata');
  return { ...object, metadata };
}
