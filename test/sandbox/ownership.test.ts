import { describe, expect, it } from 'vitest';
import { type JsonObject, objectsAt, type SandboxCluster } from '../../src/sandbox/index.ts';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, metaOf, oneCluster, until } from './support.ts';

const entriesOf = (object: JsonObject | undefined): JsonObject[] => objectsAt(object, 'metadata', 'managedFields');

const entry = (object: JsonObject | undefined, manager: string): JsonObject | undefined =>
  entriesOf(object).find((candidate) => candidate.manager === manager);

const applied = (fieldsV1: JsonObject, time = '2020-01-01T00:00:00Z'): JsonObject => ({
  manager: 'team',
  operation: 'Apply',
  apiVersion: 'v1',
  time,
  fieldsType: 'FieldsV1',
  fieldsV1,
});

const setEntries = (cluster: SandboxCluster, path: string, entries: JsonObject[]) =>
  cluster.request('PATCH', path, [{ op: 'replace', path: '/metadata/managedFields', value: entries }]);

describe('managedFields', () => {
  it('name the fieldManager, else the User-Agent up to its slash', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    await cluster.request('POST', CONFIG_MAPS, configMap('a'), { userAgent: 'deploytool/1.2 (linux)' });
    await cluster.request('PUT', `${CONFIG_MAPS}/a?fieldManager=belay:0123456789abcdef`, configMap('a', { a: '2' }));
    expect(entriesOf(cluster.read(`${CONFIG_MAPS}/a`))).toMatchObject([
      { manager: 'belay:0123456789abcdef', operation: 'Update', fieldsV1: { 'f:data': { 'f:a': {} } } },
      { manager: 'deploytool', operation: 'Update', fieldsV1: { 'f:data': {} } },
    ]);
  });

  it('hold list items by their merge keys', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    const { body } = await cluster.request('POST', DEPLOYMENTS, deployment('d', 'x:v1'), { userAgent: 'tool/1' });
    const containers = { 'k:{"name":"main"}': { '.': {}, 'f:image': {}, 'f:name': {} } };
    expect(entry(body, 'tool')).toMatchObject({
      fieldsV1: { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': containers } } } },
    });
  });

  it('can be set by a JSON patch, with a new resourceVersion but no entry or generation of its own', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    const { body } = await cluster.request('POST', DEPLOYMENTS, deployment('d', 'x:v1'));
    const entries = [{ ...applied({ 'f:spec': { 'f:replicas': {} } }), apiVersion: 'apps/v1' }];
    const answer = await setEntries(cluster, `${DEPLOYMENTS}/d`, entries);
    expect(answer.status).toBe(200);
    expect(entriesOf(answer.body)).toEqual(entries);
    expect(metaOf(answer.body).resourceVersion).not.toBe(metaOf(body).resourceVersion);
    expect(metaOf(answer.body).generation).toBe(1);
  });

  it('do not move the resourceVersion when only a time changes', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    await cluster.request('POST', CONFIG_MAPS, configMap('a'));
    const first = await setEntries(cluster, `${CONFIG_MAPS}/a`, [applied({ 'f:data': { 'f:a': {} } })]);
    const again = await setEntries(cluster, `${CONFIG_MAPS}/a`, [
      applied({ 'f:data': { 'f:a': {} } }, '2021-01-01T00:00:00Z'),
    ]);
    expect(metaOf(again.body)).toEqual(metaOf(first.body));
  });

  it('of an Apply entry lose what a PUT changes, even if the PUT carries the old list', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    await cluster.request('POST', CONFIG_MAPS, configMap('a', { a: '1', b: '1' }));
    const entries = [applied({ 'f:data': { 'f:a': {}, 'f:b': {} } })];
    await setEntries(cluster, `${CONFIG_MAPS}/a`, entries);
    const body = configMap('a', { a: '2', b: '1' }, { managedFields: entries });
    await cluster.request('PUT', `${CONFIG_MAPS}/a?fieldManager=belay`, body);
    const stored = cluster.read(`${CONFIG_MAPS}/a`);
    expect(entry(stored, 'team')?.fieldsV1).toEqual({ 'f:data': { 'f:b': {} } });
    expect(entry(stored, 'belay')?.fieldsV1).toEqual({ 'f:data': { 'f:a': {} } });
  });

  it('keep scale and status writes in entries of their own', async () => {
    await using sandbox = await oneCluster();
    const { cluster } = sandbox;
    await cluster.request('POST', DEPLOYMENTS, deployment('d', 'x:v1'));
    await cluster.request('PATCH', `${DEPLOYMENTS}/d/scale?fieldManager=hpa`, { spec: { replicas: 3 } });
    const scaled = entry(cluster.read(`${DEPLOYMENTS}/d`), 'hpa');
    expect(scaled).toMatchObject({ subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } });
    const byController = () => entry(cluster.read(`${DEPLOYMENTS}/d`), 'kube-controller-manager');
    await until('the controller reports', () => byController() !== undefined);
    expect(byController()).toMatchObject({
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:observedGeneration': {} } },
    });
  });
});
