import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { at, type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import type { Activities } from '../../src/schema/activities.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { clusterNames, sandboxEntries } from '../support/engine.ts';
import { batchesOf, capture, carryOut, openSiteOf, planBack, verifyBack } from '../support/site.ts';
import { installSmallApp } from '../support/small-app.ts';

const [cluster] = clusterNames;
const closing: (() => Promise<unknown>)[] = [];
let sandbox: Sandbox;
let activities: Activities;

beforeAll(async () => {
  sandbox = await startSandbox({ clusters: [...clusterNames], speed: 5 });
  activities = createActivities(await connectDependencies(sandboxEntries(sandbox), 'nowhere:7233', closing));
});

afterAll(async () => {
  for (const close of closing) await close();
  await sandbox.stop();
});

const ignore = [{ kind: 'v1/ConfigMap', name: 'settings', pointers: ['/data/mode', '/metadata/annotations/seen'] }];

async function openIgnoring(name: string) {
  const app = await installSmallApp(sandbox, name);
  const site = await openSiteOf(activities, app, { selector: `app=${name}`, ignore });
  const settings = () => at(sandbox.cluster(cluster).read(app.path('configmaps', 'settings')) ?? null, 'data');
  return { app, site, settings };
}

test('a change of nothing but ignored fields is planned as none', async () => {
  const { app, site } = await openIgnoring('ignoring');
  const baseline = await capture(site, 'baseline');
  await app.put(cluster, app.configMap('settings', { mode: 'wild', limit: '9007199254740993' }));
  const plan = await planBack(site, baseline);
  expect(plan.counts).toMatchObject({ noop: baseline.objects, update: 0, refuse: 0 });
  expect(await verifyBack(site, plan)).toMatchObject({ equal: baseline.objects, differences: [] });
});

test('an update restores the other fields and keeps the ignored ones live, and its undo does the same', async () => {
  const { app, site, settings } = await openIgnoring('keeping');
  const baseline = await capture(site, 'baseline');
  await app.put(cluster, app.configMap('settings', { mode: 'wild', limit: '1' }));
  const plan = await planBack(site, baseline);
  await carryOut(site, plan);
  expect(settings()).toEqual({ mode: 'wild', limit: '9007199254740993' });
  expect(await verifyBack(site, plan)).toMatchObject({ differences: [] });

  await app.put(cluster, app.configMap('settings', { mode: 'wilder', limit: '9007199254740993' }));
  const { run, target, request, call } = site;
  for (const batch of batchesOf(plan.stages)) {
    const { results } = await call('undoBatch', { run, target, plan: plan.plan, ...batch, unclear: [] });
    expect(results).toEqual([{ object: 'ConfigMap/settings', kind: 'done' }]);
  }
  expect(settings()).toEqual({ mode: 'wilder', limit: '1' });
  const undone = await call('verifyTarget', { run, target, request, plan: plan.plan, expect: 'failedState' });
  expect(undone.differences).toEqual([]);
});

test('a re-created object gets the ignored fields of its snapshot', async () => {
  const { app, site, settings } = await openIgnoring('again');
  const baseline = await capture(site, 'baseline');
  await app.remove(cluster, app.path('configmaps', 'settings'));
  const plan = await planBack(site, baseline);
  await carryOut(site, plan);
  expect(settings()).toEqual({ mode: 'calm', limit: '9007199254740993' });
});

test('nobody is waited for who writes ignored fields only', async () => {
  const { app, site } = await openIgnoring('quiet');
  let turn = 0;
  const writing = setInterval(() => {
    turn += 1;
    void app.put(cluster, app.configMap('settings', { mode: `turn ${turn}`, limit: '9007199254740993' }));
  }, 100);
  try {
    const { run, target, request, call } = site;
    expect(await call('quiesce', { run, target, request, alsoMembersOf: null })).toMatchObject({ kind: 'quiet' });
    expect(turn).toBeGreaterThan(5);
  } finally {
    clearInterval(writing);
  }
});
