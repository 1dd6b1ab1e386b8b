import { LosslessNumber } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { at } from '../../../src/domain/kubernetes/json.ts';
import { CONFIG_MAP, CONFIG_MAP_PATH, configMap, FENCE, failureOf, PROVE, startRig, WRITE } from './support/rig.ts';
import { failure, json } from './support/scripted-server.ts';

const GONE = { details: { name: 'web', kind: 'configmaps' } };
const DELETED = { kind: 'Status', apiVersion: 'v1', status: 'Success', details: { name: 'web', uid: 'u-1' } };

describe('replace', () => {
  it('sends the fence in the body, and no field ownership', async () => {
    const { server, cluster } = await startRig();
    server.on('PUT', CONFIG_MAP_PATH, json(200, configMap()));
    const object = configMap({ uid: 'old', resourceVersion: '1' });
    const owned = { ...object, metadata: { ...object.metadata, managedFields: [{ manager: 'team' }] } };
    await cluster.replace(owned, FENCE, WRITE);
    const [put] = server.requests('PUT');
    expect(at(put?.json, 'metadata')).toEqual({ name: 'web', namespace: 'shop', uid: 'u-1', resourceVersion: '7' });
    expect(at(put?.json, 'data')).toEqual({ color: 'green' });
  });

  it('tells the server its deadline and who writes', async () => {
    const { server, cluster } = await startRig();
    server.on('PUT', CONFIG_MAP_PATH, json(200, configMap()));
    await cluster.replace(configMap(), FENCE, WRITE);
    expect(server.requests('PUT')[0]?.query).toEqual({ timeout: '2s', fieldManager: 'belay:op-1' });
    expect(server.requests('PUT')[0]?.headers.authorization).toBe('Bearer token-1');
  });

  it('proves by a strict dry run', async () => {
    const { server, cluster } = await startRig();
    server.on('PUT', CONFIG_MAP_PATH, json(200, configMap()));
    await cluster.replace(configMap(), FENCE, PROVE);
    expect(server.requests('PUT')[0]?.query).toMatchObject({ dryRun: 'All', fieldValidation: 'Strict' });
  });

  it('sends and answers numbers digit by digit, also those that pure code copied', async () => {
    const { server, cluster } = await startRig();
    const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web"},"big":9007199254740993,"one":1.0}';
    server.on('PUT', CONFIG_MAP_PATH, (response) => void response.end(text));
    const copied = { isLosslessNumber: true, value: '1.0' } as const;
    const numbers = { big: new LosslessNumber('9007199254740993') as never, one: copied, three: 3 };
    const answer = await cluster.replace({ ...configMap(), ...numbers }, FENCE, WRITE);
    expect(server.requests('PUT')[0]?.text).toContain('"big":9007199254740993,"one":1.0,"three":3');
    expect(answer).toMatchObject({ big: { value: '9007199254740993' }, one: { value: '1.0' } });
  });

  it('keeps the case of names and escapes what a URL would change', async () => {
    const { server, cluster } = await startRig();
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3AMixedCase';
    server.on('PUT', path, json(200, configMap()));
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'system:MixedCase' },
    };
    await cluster.replace(role, FENCE, WRITE);
    expect(server.requests('PUT')).toMatchObject([{ path }]);
  });

  it.each(['..', '.', 'a/b', 'a%2Fb', ''])('refuses the name %j, which would lead elsewhere', async (name) => {
    const { server, cluster } = await startRig();
    expect(await failureOf(cluster.replace(configMap({ name }), FENCE, WRITE))).toMatchObject({ kind: 'invalid' });
    expect(server.requests('PUT')).toEqual([]);
  });

  it('refuses a namespaced object without a namespace', async () => {
    const { cluster } = await startRig();
    const { namespace: _gone, ...metadata } = configMap().metadata;
    const error = await failureOf(cluster.replace({ ...configMap(), metadata }, FENCE, WRITE));
    expect(error).toMatchObject({ kind: 'invalid', details: { fields: ['metadata.namespace'] } });
  });
});

describe('create', () => {
  it('sends neither uid nor resourceVersion', async () => {
    const { server, cluster } = await startRig();
    server.on('POST', '/api/v1/namespaces/shop/configmaps', json(201, configMap({ uid: 'u-2' })));
    const answer = await cluster.create(configMap({ uid: 'old', resourceVersion: '1' }), WRITE);
    expect(at(server.requests('POST')[0]?.json, 'metadata')).toEqual({ name: 'web', namespace: 'shop' });
    expect(answer.metadata.uid).toBe('u-2');
  });
});

describe('remove', () => {
  it('states preconditions and propagation', async () => {
    const { server, cluster } = await startRig();
    server.on('DELETE', CONFIG_MAP_PATH, json(200, DELETED));
    const answer = await cluster.remove(CONFIG_MAP, FENCE, WRITE);
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: FENCE, propagationPolicy: 'Background' };
    expect(server.requests('DELETE')[0]?.json).toEqual(body);
    expect(answer).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', namespace: 'shop', uid: 'u-1' },
    });
  });

  it('asks for a dry run in the body, for the server ignores the query then', async () => {
    const { server, cluster } = await startRig();
    server.on('DELETE', CONFIG_MAP_PATH, json(200, DELETED));
    await cluster.remove(CONFIG_MAP, FENCE, PROVE);
    expect(at(server.requests('DELETE')[0]?.json, 'dryRun')).toEqual(['All']);
  });

  it('answers the object while it is still ending', async () => {
    const { server, cluster } = await startRig();
    server.on('DELETE', CONFIG_MAP_PATH, json(200, configMap({ deletionTimestamp: '2026-01-01T00:00:00Z' })));
    expect((await cluster.remove(CONFIG_MAP, FENCE, WRITE))?.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
  });

  it('answers nothing when the object was already gone', async () => {
    const { server, cluster } = await startRig();
    server.on('DELETE', CONFIG_MAP_PATH, failure(404, 'NotFound', GONE));
    expect(await cluster.remove(CONFIG_MAP, FENCE, WRITE)).toBeUndefined();
  });

  it('does not take a missing path for a missing object', async () => {
    const { server, cluster } = await startRig();
    server.on('DELETE', CONFIG_MAP_PATH, json(404, '404 page not found'));
    expect(await failureOf(cluster.remove(CONFIG_MAP, FENCE, WRITE))).toMatchObject({ kind: 'notFound' });
  });
});

describe('evict', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' };
  const path = '/api/v1/namespaces/shop/pods/web/eviction';
  const done = { kind: 'Status', apiVersion: 'v1', status: 'Success', code: 201 };

  it('names the pod by its uid, and says who asks', async () => {
    const { server, cluster } = await startRig();
    server.on('POST', path, json(201, done));
    expect(await cluster.evict(pod, 'u-1', WRITE)).toEqual({ kind: 'evicted' });
    const [post] = server.requests('POST');
    expect(post?.json).toEqual({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'web', namespace: 'shop' },
      deleteOptions: { preconditions: { uid: 'u-1' } },
    });
    expect(post?.query).toEqual({ timeout: '2s', fieldManager: 'belay:op-1' });
  });

  it.each([
    ['is not there any more', failure(404, 'NotFound', { details: { name: 'web', kind: 'pods' } })],
    ['has given its name to another', failure(409, 'Conflict', { details: { name: 'web', kind: 'Pod' } })],
  ])('takes a pod that %s for gone', async (_what, answer) => {
    const { server, cluster } = await startRig();
    server.on('POST', path, answer);
    expect(await cluster.evict(pod, 'u-1', WRITE)).toEqual({ kind: 'gone' });
  });

  it('is told by the budget that it may not go now, and asks once', async () => {
    const { server, cluster } = await startRig();
    const message = "Cannot evict pod as it would violate the pod's disruption budget.";
    server.on('POST', path, failure(429, 'TooManyRequests', { message }));
    const answer = await cluster.evict(pod, 'u-1', WRITE);
    expect(answer).toEqual({ kind: 'budget', reason: expect.stringContaining(message) });
    expect(server.requests('POST')).toHaveLength(1);
  });

  it.each([
    ['a missing right', failure(403, 'Forbidden'), 'denied'],
    ['a path that is not served', json(404, '404 page not found'), 'notFound'],
    ['a pod with two budgets', failure(500, ''), 'unclear'],
  ])('does not take %s for an answer about the pod', async (_what, answer, kind) => {
    const { server, cluster } = await startRig();
    server.on('POST', path, answer);
    expect(await failureOf(cluster.evict(pod, 'u-1', WRITE))).toMatchObject({ kind });
  });
});

describe('putOwnership', () => {
  it('tests resourceVersion and uid before it replaces the list', async () => {
    const { server, cluster } = await startRig();
    server.on('PATCH', CONFIG_MAP_PATH, json(200, configMap()));
    await cluster.putOwnership(CONFIG_MAP, [{ manager: 'team' }], FENCE, WRITE);
    const [patch] = server.requests('PATCH');
    expect(patch?.headers['content-type']).toBe('application/json-patch+json');
    expect(patch?.json).toEqual([
      { op: 'test', path: '/metadata/resourceVersion', value: '7' },
      { op: 'test', path: '/metadata/uid', value: 'u-1' },
      { op: 'replace', path: '/metadata/managedFields', value: [{ manager: 'team' }] },
    ]);
  });

  it('is a conflict when a test fails', async () => {
    const { server, cluster } = await startRig();
    server.on('PATCH', CONFIG_MAP_PATH, failure(422, 'Invalid', { details: {} }));
    expect(await failureOf(cluster.putOwnership(CONFIG_MAP, [], FENCE, WRITE))).toMatchObject({ kind: 'conflict' });
  });

  it('is invalid when validation names a field', async () => {
    const { server, cluster } = await startRig();
    const details = { causes: [{ field: 'metadata.managedFields' }] };
    server.on('PATCH', CONFIG_MAP_PATH, failure(422, 'Invalid', { details }));
    expect(await failureOf(cluster.putOwnership(CONFIG_MAP, [], FENCE, WRITE))).toMatchObject({ kind: 'invalid' });
  });
});
