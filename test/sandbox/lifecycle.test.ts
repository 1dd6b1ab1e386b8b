import { beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, objectsAt, type SandboxCluster } from '../../src/sandbox/index.ts';
import {
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  isRolledOut,
  JOBS,
  metaOf,
  oneCluster,
  PODS,
  REPLICA_SETS,
  until,
} from './support.ts';

let cluster: SandboxCluster;

beforeAll(async () => {
  const started = await oneCluster();
  cluster = started.cluster;
  return () => started[Symbol.asyncDispose]();
});

const owner = (of: JsonObject, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: metaOf(of).name,
  uid: metaOf(of).uid,
  ...more,
});

describe('finalizers', () => {
  it('hold a deleted object, which takes PUTs but no new finalizer, until the last one is gone', async () => {
    await cluster.request('POST', CONFIG_MAPS, configMap('held', {}, { finalizers: ['a.b/c'] }));
    const deleted = await cluster.request('DELETE', `${CONFIG_MAPS}/held`);
    expect(metaOf(deleted.body).deletionTimestamp).toBeDefined();
    const put = await cluster.request(
      'PUT',
      `${CONFIG_MAPS}/held`,
      configMap('held', { b: '2' }, { finalizers: ['a.b/c'] }),
    );
    expect(put).toMatchObject({ status: 200, body: { data: { b: '2' } } });
    expect(metaOf(put.body).deletionTimestamp).toBe(metaOf(deleted.body).deletionTimestamp);
    const more = await cluster.request('PATCH', `${CONFIG_MAPS}/held`, {
      metadata: { finalizers: ['a.b/c', 'a.b/d'] },
    });
    expect(more).toMatchObject({ status: 422, body: { details: { causes: [{ field: 'metadata.finalizers' }] } } });
    expect(await cluster.request('PATCH', `${CONFIG_MAPS}/held`, { metadata: { finalizers: null } })).toMatchObject({
      status: 200,
    });
    expect(cluster.read(`${CONFIG_MAPS}/held`)).toBeUndefined();
  });
});

describe('owners', () => {
  it('take their dependents with them', async () => {
    const { body } = await cluster.request('POST', CONFIG_MAPS, configMap('parent'));
    await cluster.request('POST', CONFIG_MAPS, configMap('child', {}, { ownerReferences: [owner(body)] }));
    await cluster.request('DELETE', `${CONFIG_MAPS}/parent`);
    await until('the child is collected', () => cluster.read(`${CONFIG_MAPS}/child`) === undefined);
  });

  it('that are already gone let a new object be collected in under a second', async () => {
    const stale = owner({ metadata: { name: 'gone', uid: '00000000-0000-0000-0000-000000000000' } });
    expect(
      await cluster.request('POST', CONFIG_MAPS, configMap('stale-owner', {}, { ownerReferences: [stale] })),
    ).toMatchObject({ status: 201 });
    await until('it is collected', () => cluster.read(`${CONFIG_MAPS}/stale-owner`) === undefined, 1000);
  });

  it('leave a dependent that has another living owner, without the dead reference', async () => {
    const first = (await cluster.request('POST', CONFIG_MAPS, configMap('first'))).body;
    const second = (await cluster.request('POST', CONFIG_MAPS, configMap('second'))).body;
    await cluster.request(
      'POST',
      CONFIG_MAPS,
      configMap('shared', {}, { ownerReferences: [owner(first), owner(second)] }),
    );
    await cluster.request('DELETE', `${CONFIG_MAPS}/first`);
    const owners = () => objectsAt(cluster.read(`${CONFIG_MAPS}/shared`), 'metadata', 'ownerReferences');
    await until('one reference is left', () => owners().length === 1);
    expect(owners()).toEqual([owner(second)]);
  });

  it('deleted with Foreground wait for their dependents', async () => {
    const { body } = await cluster.request('POST', CONFIG_MAPS, configMap('patient'));
    const held = { ownerReferences: [owner(body)], finalizers: ['a.b/c'] };
    await cluster.request('POST', CONFIG_MAPS, configMap('slow-child', {}, held));
    await cluster.request('DELETE', `${CONFIG_MAPS}/patient`, { propagationPolicy: 'Foreground' });
    await until(
      'the child terminates',
      () => metaOf(cluster.read(`${CONFIG_MAPS}/slow-child`)).deletionTimestamp !== undefined,
    );
    expect(cluster.read(`${CONFIG_MAPS}/patient`)).toBeDefined();
    await cluster.request('PATCH', `${CONFIG_MAPS}/slow-child`, { metadata: { finalizers: null } });
    await until('the owner goes', () => cluster.read(`${CONFIG_MAPS}/patient`) === undefined);
  });

  it('deleted with Orphan leave their dependents, which a successor adopts', async () => {
    await cluster.request('POST', DEPLOYMENTS, deployment('left', 'x:v1'));
    await until('it is rolled out', () => isRolledOut(cluster.read(`${DEPLOYMENTS}/left`)));
    const sets = () => cluster.list(REPLICA_SETS).filter((set) => String(metaOf(set).name).startsWith('left-'));
    const before = sets().map((set) => metaOf(set).uid);
    await cluster.request('DELETE', `${DEPLOYMENTS}/left?propagationPolicy=Orphan`);
    await until('the owner goes', () => cluster.read(`${DEPLOYMENTS}/left`) === undefined);
    expect(sets().map((set) => metaOf(set).ownerReferences)).toEqual([undefined]);
    const { body } = await cluster.request('POST', DEPLOYMENTS, deployment('left', 'x:v1'));
    await until(
      'it is adopted',
      () => objectsAt(sets()[0], 'metadata', 'ownerReferences')[0]?.uid === metaOf(body).uid,
    );
    expect(sets().map((set) => metaOf(set).uid)).toEqual(before);
  });

  it('that are Jobs orphan their pods unless the DELETE says otherwise', async () => {
    const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x:v1' }] } } };
    await cluster.request('POST', JOBS, { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'raw' }, spec });
    const pods = () => cluster.list(PODS).filter((pod) => String(metaOf(pod).name).startsWith('raw-'));
    await until('its pod exists', () => pods().length === 1);
    await cluster.request('DELETE', `${JOBS}/raw`);
    await until('the job goes', () => cluster.read(`${JOBS}/raw`) === undefined);
    expect(pods().map((pod) => metaOf(pod).ownerReferences)).toEqual([undefined]);
  });
});

describe('namespaces', () => {
  it('default and kube-system are there from the start, furnished', async () => {
    expect(metaOf(cluster.read('/api/v1/namespaces/kube-system')).uid).toMatch(/^[0-9a-f-]{36}$/);
    await until(
      'they are furnished',
      () => cluster.read('/api/v1/namespaces/default/serviceaccounts/default') !== undefined,
    );
  });

  it('take their contents with them, and refuse new ones meanwhile', async () => {
    const shop = '/api/v1/namespaces/shop/configmaps';
    await cluster.request('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop' },
    });
    await cluster.request('POST', shop, configMap('kept', {}, { finalizers: ['a.b/c'] }));
    await cluster.request('DELETE', '/api/v1/namespaces/shop');
    const late = await cluster.request('POST', shop, configMap('late'));
    expect(late).toMatchObject({ status: 403, body: { details: { causes: [{ reason: 'NamespaceTerminating' }] } } });
    await until('its contents terminate', () => metaOf(cluster.read(`${shop}/kept`)).deletionTimestamp !== undefined);
    await cluster.request('PATCH', `${shop}/kept`, { metadata: { finalizers: null } });
    await until('the namespace goes', () => cluster.read('/api/v1/namespaces/shop') === undefined);
  });
});
