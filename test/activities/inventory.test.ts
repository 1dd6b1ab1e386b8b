import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import { documentsOf } from '../../activities/documents.ts';
import { createActivities } from '../../activities/index.ts';
import { at, type Json, type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import type { Activities } from '../../src/schema/activities.ts';
import type { Snapshot } from '../../src/schema/plan.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { clusterNames, sandboxEntries } from '../support/engine.ts';
import { capture, carryOut, openSiteOf, planBack, type Site, verifyBack } from '../support/site.ts';
import { installSmallApp, type SmallApp, send } from '../support/small-app.ts';

const [cluster] = clusterNames;
const closing: (() => Promise<unknown>)[] = [];
let sandbox: Sandbox;
let deps: Dependencies;
let activities: Activities;

beforeAll(async () => {
  sandbox = await startSandbox({ clusters: [...clusterNames], speed: 5 });
  deps = await connectDependencies(sandboxEntries(sandbox), 'nowhere:7233', closing);
  activities = createActivities(deps);
});

afterAll(async () => {
  for (const close of closing) await close();
  await sandbox.stop();
});

/** What Helm keeps of one revision. Its objects carry no label of the application's. */
function record(app: string, version: number, status: string, objects: readonly Json[]): Json {
  const manifest = objects.map((object) => `---\n${JSON.stringify(object)}\n`).join('');
  const release = JSON.stringify({ name: app, namespace: app, version, info: { status }, manifest });
  const packed = Buffer.from(gzipSync(release).toString('base64')).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `sh.helm.release.v1.${app}.v${version}`,
      namespace: app,
      labels: { owner: 'helm', name: app, status, version: String(version) },
    },
    type: 'helm.sh/release.v1',
    data: { release: packed },
  };
}

const plain = (namespace: string, name: string, data: Readonly<Record<string, string>>): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

async function reasons(snapshot: Snapshot, { target }: Site): Promise<Record<string, string>> {
  const { members } = await documentsOf(deps.snapshots).partOf(snapshot.snapshot, target.id);
  return Object.fromEntries(
    members.map(({ ref, because, of }) => [`${ref.kind}/${ref.name}`, of ? `${because}: ${of}` : because]),
  );
}

const collection = (app: SmallApp) => `/api/v1/namespaces/${app.name}/configmaps`;
const read = (path: string) => at(sandbox.cluster(cluster).read(path) ?? null, 'data');

test('objects that only a Helm release knows are restored with its records, and what the upgrade added is deleted', async () => {
  const app = await installSmallApp(sandbox, 'released');
  const [charted, added] = [plain('released', 'charted', { a: '1' }), plain('released', 'added', { b: '1' })];
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
  await app.put(cluster, charted);
  await app.put(cluster, record('released', 1, 'deployed', [web, charted]));
  const site = await openSiteOf(activities, app, { inventory: [{ helm: 'released' }] });
  const before = await app.content();
  const baseline = await capture(site, 'baseline');
  expect(await reasons(baseline, site)).toEqual({
    'Deployment/web': 'inventory: Helm release released',
    'ConfigMap/charted': 'inventory: Helm release released',
    'Secret/sh.helm.release.v1.released.v1': 'inventory: Helm release released',
  });

  await app.put(cluster, record('released', 1, 'superseded', [web, charted]));
  await app.put(cluster, record('released', 2, 'deployed', [web, charted, added]));
  await app.put(cluster, plain('released', 'charted', { a: '2' }));
  await app.put(cluster, added);
  await app.put(cluster, app.deployment('registry/app:v2-missing'));
  const plan = await planBack(site, baseline);
  expect(plan.counts).toMatchObject({ update: 3, prune: 2, create: 0, leave: 0, refuse: 0 });
  await carryOut(site, plan);
  expect(await verifyBack(site, plan)).toMatchObject({ equal: baseline.objects, differences: [] });
  expect(await app.content()).toEqual(before);
});

test('a release that is not there yet names nothing, and counts once it is there', async () => {
  const app = await installSmallApp(sandbox, 'first');
  const site = await openSiteOf(activities, app, { inventory: [{ helm: 'first' }] });
  const baseline = await capture(site, 'baseline');
  expect(baseline.objects).toBe(0);
  const charted = plain('first', 'charted', { a: '1' });
  await app.put(cluster, charted);
  await app.put(cluster, record('first', 1, 'failed', [charted]));
  const plan = await planBack(site, baseline);
  expect(plan.counts).toMatchObject({ prune: 2, leave: 0, refuse: 0 });
});

test('a record that cannot be read keeps the guard from getting ready, and is not quoted', async () => {
  const app = await installSmallApp(sandbox, 'garbled');
  const garbled = { ...(record('garbled', 1, 'deployed', []) as object), data: { release: 'czNjcjN0LWNhbmFyeQ==' } };
  await app.put(cluster, garbled);
  const site = await openSiteOf(activities, app, { inventory: [{ helm: 'garbled' }] });
  await expect(capture(site, 'baseline')).rejects.toMatchObject({
    type: 'ScopeUnreadable',
    message: 'cluster eu: Helm release garbled: a record of the Helm release is not compressed JSON',
  });
});

test('an ApplySet and a kapp application are their records and what carries their labels', async () => {
  const app = await installSmallApp(sandbox, 'labelled');
  const labelled = (name: string, labels: Readonly<Record<string, string>>, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'labelled', labels, ...more },
  });
  const id = 'applyset-abc-v1';
  const hints = { annotations: { 'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap' } };
  await app.put(cluster, labelled('set', { 'applyset.kubernetes.io/id': id }, hints));
  await app.put(cluster, labelled('in-set', { 'applyset.kubernetes.io/part-of': id }));
  await app.put(cluster, labelled('in-kapp', { 'kapp.k14s.io/app': '17' }));
  const spec = { labelKey: 'kapp.k14s.io/app', labelValue: '17', usedGKs: [{ Group: '', Kind: 'ConfigMap' }] };
  await app.put(cluster, { ...labelled('shop', { 'kapp.k14s.io/is-app': '' }), data: { spec: JSON.stringify(spec) } });
  for (const applySet of [id, 'ConfigMap/set']) {
    const site = await openSiteOf(activities, app, { inventory: [{ applySet }, { kapp: 'shop' }] });
    expect(await reasons(await capture(site, 'baseline'), site)).toEqual({
      'ConfigMap/set': `inventory: ApplySet ${applySet}`,
      'ConfigMap/in-set': `inventory: ApplySet ${applySet}`,
      'ConfigMap/shop': 'inventory: kapp application shop',
      'ConfigMap/in-kapp': 'inventory: kapp application shop',
    });
  }
});

test('an inventory of a tool that the cluster does not have keeps the guard from getting ready', async () => {
  const app = await installSmallApp(sandbox, 'fluxless');
  const site = await openSiteOf(activities, app, { inventory: [{ flux: { kind: 'Kustomization', name: 'shop' } }] });
  await expect(capture(site, 'baseline')).rejects.toMatchObject({
    type: 'ScopeUnreadable',
    message: 'cluster eu: scope.inventory: the cluster does not serve Kustomization.kustomize.toolkit.fluxcd.io',
  });
});

test('what pods name is in scope, with the reason, and what is not there is an absence', async () => {
  const app = await installSmallApp(sandbox, 'needing');
  await send(sandbox.cluster(cluster), 'POST', collection(app), plain('needing', 'needed', { a: '1' }));
  const web = app.deployment('registry/app:v1') as Record<string, never>;
  const source = (name: string) => ({ configMapRef: { name, optional: true } });
  const pod = { containers: [{ name: 'web', image: 'registry/app:v1', envFrom: [source('needed'), source('none')] }] };
  const template = { ...(at(web, 'spec', 'template') as object), spec: pod };
  await app.put(cluster, { ...web, spec: { ...(at(web, 'spec') as object), template } });
  const refs = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }];
  const site = await openSiteOf(activities, app, { refs });
  const baseline = await capture(site, 'baseline');
  expect(await reasons(baseline, site)).toEqual({
    'Deployment/web': 'ref',
    'ConfigMap/needed': 'closure: named by Deployment/web',
  });
  const part = await documentsOf(deps.snapshots).partOf(baseline.snapshot, site.target.id);
  expect(part.absences).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'needing', name: 'none' }]);

  await send(sandbox.cluster(cluster), 'PUT', `${collection(app)}/needed`, plain('needing', 'needed', { a: '2' }));
  const plan = await planBack(site, baseline);
  await carryOut(site, plan);
  expect(read(`${collection(app)}/needed`)).toEqual({ a: '1' });

  const alone = await openSiteOf(activities, app, { refs, closure: false });
  expect(await reasons(await capture(alone, 'baseline'), alone)).toEqual({ 'Deployment/web': 'ref' });
});

test('an explicit ref to what a controller makes is refused, naming the controller', async () => {
  const app = await installSmallApp(sandbox, 'child');
  const [set] = sandbox.cluster(cluster).list('/apis/apps/v1/namespaces/child/replicasets');
  const name = String(at(set ?? null, 'metadata', 'name'));
  const site = await openSiteOf(activities, app, { refs: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name }] });
  await expect(capture(site, 'baseline')).rejects.toMatchObject({
    type: 'ScopeUnreadable',
    message: expect.stringContaining(`ReplicaSet/${name} in scope.refs is made by Deployment/web`),
  });
});
