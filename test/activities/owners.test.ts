import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { at, type Json, type Sandbox, startSandbox, textAt } from '../../src/sandbox/index.ts';
import { connectDependencies } from '../support/dependencies.ts';
import { clusterNames, sandboxEntries } from '../support/engine.ts';
import { definitionOf, flux } from '../support/fake-gitops.ts';
import { pollUntil } from '../support/poll.ts';
import { openSiteOf, type Site } from '../support/site.ts';
import { installSmallApp, send } from '../support/small-app.ts';

const [cluster] = clusterNames;
const closing: (() => Promise<unknown>)[] = [];
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ clusters: [...clusterNames], speed: 5 });
  const definition = definitionOf(flux);
  await send(sandbox.cluster(cluster), 'POST', definitions, definition);
  await pollUntil(
    'Kustomizations served',
    async () => sandbox.cluster(cluster).read(`${definitions}/${textAt(definition, 'metadata', 'name')}`),
    (object) => JSON.stringify(object ?? {}).includes('"Established"'),
  );
});

afterAll(async () => {
  for (const close of closing) await close();
  await sandbox.stop();
});

const collection = (name: string) => `/apis/${flux.apiVersion}/namespaces/${name}/kustomizations`;
const live = (name: string) => sandbox.cluster(cluster).read(`${collection(name)}/shop`) ?? {};

/** An application whose settings a Kustomization applies. */
async function openOwned(name: string, spec: Json = flux.spec): Promise<Site> {
  const app = await installSmallApp(sandbox, name);
  const metadata = { name: 'shop', namespace: name };
  await send(sandbox.cluster(cluster), 'POST', collection(name), {
    apiVersion: flux.apiVersion,
    kind: flux.kind,
    metadata,
    spec,
  });
  await app.put(cluster, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: name, labels: { app: name, ...labelsOf(name) } },
    data: { mode: 'calm' },
  });
  const deps = await connectDependencies(sandboxEntries(sandbox), 'nowhere:7233', closing);
  return await openSiteOf(createActivities(deps), app);
}

const labelsOf = (name: string) => flux.marks(name).labels as Record<string, string>;

async function ownerOf({ run, target, request, call }: Site) {
  const [owner] = await call('findOwners', { run, target, request, alsoMembersOf: null });
  if (owner?.state.kind !== 'active') throw new Error(`no active owner: ${JSON.stringify(owner)}`);
  return { run, target, owner: owner.ref, uid: owner.state.uid, before: owner.state.before };
}

test('a pause and its undo are written once however often they are asked for, and leave nothing', async () => {
  const site = await openOwned('twice');
  const before = live('twice');
  const input = await ownerOf(site);
  expect(await site.call('pauseOwner', input)).toEqual({ kind: 'paused' });
  const version = at(live('twice'), 'metadata', 'resourceVersion');
  expect(await site.call('pauseOwner', input)).toEqual({ kind: 'paused' });
  expect(at(live('twice'), 'metadata', 'resourceVersion')).toBe(version);
  expect(flux.isPaused(live('twice') as never)).toBe(true);

  expect(await site.call('resumeOwner', { ...input, unclear: false })).toEqual({ kind: 'resumed' });
  expect(await site.call('resumeOwner', { ...input, unclear: false })).toEqual({ kind: 'already' });
  expect(at(live('twice'), 'spec')).toEqual(at(before, 'spec'));
});

test('an undo puts back what stood there', async () => {
  const site = await openOwned('stood', { ...flux.spec, suspend: false });
  const input = await ownerOf(site);
  await site.call('pauseOwner', input);
  await site.call('resumeOwner', { ...input, unclear: false });
  expect(at(live('stood'), 'spec', 'suspend')).toBe(false);
});

test('a pause of somebody else is not ours, before or after', async () => {
  const site = await openOwned('theirs');
  const input = await ownerOf(site);
  const { spec, ...rest } = live('theirs') as Record<string, Json>;
  await send(sandbox.cluster(cluster), 'PUT', `${collection('theirs')}/shop`, {
    ...rest,
    spec: { ...(spec as Record<string, Json>), suspend: true },
  });
  expect(await site.call('pauseOwner', input)).toEqual({ kind: 'paused by others' });
  expect(await site.call('resumeOwner', { ...input, unclear: true })).toMatchObject({ kind: 'left' });
  expect(flux.isPaused(live('theirs') as never)).toBe(true);
});

test('a pause that may still land meets another version, and no trace is left', async () => {
  const site = await openOwned('unclear');
  const input = await ownerOf(site);
  const before = live('unclear');
  expect(await site.call('resumeOwner', { ...input, unclear: true })).toEqual({ kind: 'already' });
  const after = live('unclear');
  expect(at(after, 'metadata', 'resourceVersion')).not.toBe(at(before, 'metadata', 'resourceVersion'));
  expect([at(after, 'spec'), at(after, 'metadata', 'annotations') ?? {}]).toEqual([at(before, 'spec'), {}]);
});

test('an owner made anew in between is not paused', async () => {
  const site = await openOwned('anew');
  const input = await ownerOf(site);
  expect(await site.call('pauseOwner', { ...input, uid: 'another' })).toMatchObject({ kind: 'failed' });
  expect(flux.isPaused(live('anew') as never)).toBe(false);
});

test('an owner that a mark names and the cluster does not have is unknown, and the reason says where to look', async () => {
  const site = await openOwned('nowhere');
  await send(sandbox.cluster(cluster), 'DELETE', `${collection('nowhere')}/shop`);
  const { run, target, request } = site;
  const owners = await site.call('findOwners', { run, target, request, alsoMembersOf: null });
  expect(owners).toMatchObject([
    { state: { kind: 'unknown', why: `cluster ${cluster} has no Kustomization nowhere/shop` } },
  ]);
});

test('a reading for a guard or for a plan tells who applies members, one for a restore does not', async () => {
  const { run, target, request, call } = await openOwned('told');
  const read = async (purpose: 'baseline' | 'plan' | 'state') =>
    (await call('takeSnapshot', { run, target, request, purpose, alsoMembersOf: null })).owners;
  const owners = [{ tool: 'Flux', ref: { kind: 'Kustomization', name: 'shop' }, state: { kind: 'active' } }];
  expect(await read('baseline')).toMatchObject(owners);
  expect(await read('plan')).toMatchObject(owners);
  expect(await read('state')).toBeUndefined();
});
