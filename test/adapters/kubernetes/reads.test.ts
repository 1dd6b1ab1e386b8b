import { describe, expect, it } from 'vitest';
import { at } from '../../../src/domain/kubernetes/json.ts';
import type { ServedType } from '../../../src/ports/cluster.ts';
import { CONFIG_MAP, CONFIG_MAP_PATH, configMap, failureOf, startRig } from './support/rig.ts';
import { failure, json } from './support/scripted-server.ts';

const CONFIG_MAPS: ServedType = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  resource: 'configmaps',
  scope: 'namespaced',
  verbs: ['list'],
  subresources: [],
};
const LIST_PATH = '/api/v1/namespaces/shop/configmaps';

function page(names: string[], next?: string) {
  const items = names.map((name) => ({ metadata: { name, namespace: 'shop', uid: `uid-${name}` } }));
  return json(200, { kind: 'ConfigMapList', metadata: { resourceVersion: '9', continue: next ?? '' }, items });
}

describe('get', () => {
  it('answers nothing for an object that does not exist', async () => {
    const { server, cluster } = await startRig();
    server.on('GET', CONFIG_MAP_PATH, failure(404, 'NotFound', { details: { name: 'web', kind: 'configmaps' } }));
    expect(await cluster.get(CONFIG_MAP)).toBeUndefined();
  });

  it('throws for a kind that is not served, naming it', async () => {
    const { cluster } = await startRig();
    const error = await failureOf(cluster.get({ apiVersion: 'x.io/v1', kind: 'Widget', name: 'a' }));
    expect(error).toMatchObject({ kind: 'notFound', details: { reason: 'KindNotServed' } });
    expect(error.message).toContain('Widget');
  });

  it('throws for a kind that is no longer served', async () => {
    const { server, cluster } = await startRig();
    await cluster.discover();
    server.on('GET', '/api', json(200, { kind: 'APIGroupDiscoveryList', items: [] }));
    expect((await failureOf(cluster.get(CONFIG_MAP))).details.reason).toBe('KindNotServed');
  });

  it.each([
    ['a path that is not served', json(404, '404 page not found')],
    ['no resource', failure(404, 'NotFound', { details: {} })],
    ['another name', failure(404, 'NotFound', { details: { name: 'other', kind: 'configmaps' } })],
  ])('does not take a 404 about %s for a missing object', async (_name, reply) => {
    const { server, cluster } = await startRig();
    server.on('GET', CONFIG_MAP_PATH, reply);
    expect(await failureOf(cluster.get(CONFIG_MAP))).toMatchObject({ kind: 'notFound', details: { status: 404 } });
  });

  it('reads any served version of a kind', async () => {
    const { server, cluster } = await startRig();
    const path = '/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers/web';
    server.on('GET', path, json(200, configMap()));
    await cluster.get({ ...CONFIG_MAP, apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler' });
    expect(server.requests('GET', path)).toHaveLength(1);
  });

  it('opens no second connection for a second request', async () => {
    const { server, cluster } = await startRig({ parallelism: 1 });
    server.on('GET', CONFIG_MAP_PATH, json(200, configMap()));
    for (let count = 0; count < 10; count += 1) await cluster.get(CONFIG_MAP);
    expect(server.connections()).toBe(1);
  });
});

describe('list', () => {
  it('reads all pages and gives every item its kind', async () => {
    const { server, cluster } = await startRig();
    server.on('GET', LIST_PATH, page(['a', 'b'], 'token 1'), page(['c']));
    const { objects, resourceVersion } = await cluster.list({
      type: CONFIG_MAPS,
      namespace: 'shop',
      selector: 'app in (a,b)',
    });
    expect(objects.map((object) => [object.apiVersion, object.kind, object.metadata.name])).toEqual([
      ['v1', 'ConfigMap', 'a'],
      ['v1', 'ConfigMap', 'b'],
      ['v1', 'ConfigMap', 'c'],
    ]);
    expect(resourceVersion).toBe('9');
    expect(server.requests('GET', LIST_PATH).map((one) => one.query)).toEqual([
      { limit: '500', labelSelector: 'app in (a,b)' },
      { limit: '500', labelSelector: 'app in (a,b)', continue: 'token 1' },
    ]);
  });

  it('starts once more when the list grew too old between two pages', async () => {
    const { server, cluster } = await startRig();
    server.on('GET', LIST_PATH, page(['a'], 'old'), failure(410, 'Expired'), page(['x'], 'new'), page(['y']));
    const { objects } = await cluster.list({ type: CONFIG_MAPS, namespace: 'shop' });
    expect(objects.map((object) => object.metadata.name)).toEqual(['x', 'y']);
  });

  it('is unavailable when the second start grows too old as well', async () => {
    const { server, cluster } = await startRig();
    server.on(
      'GET',
      LIST_PATH,
      page(['a'], 'old'),
      failure(410, 'Expired'),
      page(['a'], 'old'),
      failure(410, 'Expired'),
    );
    const error = await failureOf(cluster.list({ type: CONFIG_MAPS, namespace: 'shop' }));
    expect(error).toMatchObject({ kind: 'unavailable', details: { status: 410 } });
  });

  it('reads all namespaces when none is named', async () => {
    const { server, cluster } = await startRig();
    server.on('GET', '/api/v1/configmaps', page(['a']));
    expect((await cluster.list({ type: CONFIG_MAPS })).objects).toHaveLength(1);
  });

  it('throws when it may not read, and does not answer an empty list', async () => {
    const { server, cluster } = await startRig();
    server.on('GET', LIST_PATH, failure(403, 'Forbidden'));
    expect(await failureOf(cluster.list({ type: CONFIG_MAPS, namespace: 'shop' }))).toMatchObject({ kind: 'denied' });
  });
});

describe('listMetadata', () => {
  it('asks for metadata only: who it is, since when, and whether a controller made it', async () => {
    const { server, cluster } = await startRig();
    const item = (name: string, controller: boolean) => ({
      metadata: {
        ...{ name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: '2026-01-01T00:00:00Z' },
        ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'w', controller }],
      },
    });
    server.on('GET', LIST_PATH, json(200, { metadata: {}, items: [item('a', true), item('b', false)] }));
    const entries = await cluster.listMetadata({ type: CONFIG_MAPS, namespace: 'shop' });
    const entry = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', createdAt: '2026-01-01T00:00:00Z' };
    expect(entries).toEqual([
      { ...entry, name: 'a', uid: 'uid-a', isControlled: true },
      { ...entry, name: 'b', uid: 'uid-b', isControlled: false },
    ]);
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    expect(server.requests('GET', LIST_PATH)[0]?.headers.accept).toBe(accept);
  });
});

describe('identity', () => {
  it('is the uid of kube-system and the time of the server', async () => {
    const { server, cluster } = await startRig();
    const date = 'Mon, 23 Nov 2026 09:20:38 GMT';
    server.on('GET', '/api/v1/namespaces/kube-system', json(200, { metadata: { uid: 'k-1' } }, { date }));
    expect(await cluster.identity()).toEqual({ uid: 'k-1', serverTime: '2026-11-23T09:20:38.000Z' });
  });
});

describe('mayI', () => {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

  it.each([true, false])('answers %s as the server says', async (allowed) => {
    const { server, cluster } = await startRig();
    server.on('POST', path, json(201, { status: { allowed } }));
    expect(await cluster.mayI('update', { ...CONFIG_MAP, apiVersion: 'apps/v1', kind: 'Deployment' })).toBe(allowed);
    expect(at(server.requests('POST')[0]?.json, 'spec', 'resourceAttributes')).toEqual({
      verb: 'update',
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      namespace: 'shop',
      name: 'web',
    });
  });

  it('can be asked about a kind that is not served yet, by its plural', async () => {
    const { server, cluster } = await startRig();
    server.on('POST', path, json(201, { status: { allowed: true } }));
    const ref = { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'one' };
    expect(await cluster.mayI('delete', ref, { resource: 'widgets' })).toBe(true);
    expect(at(server.requests('POST')[0]?.json, 'spec', 'resourceAttributes')).toMatchObject({
      group: 'example.com',
      resource: 'widgets',
      namespace: 'shop',
    });
  });

  it('can be asked about a subresource, of any object where none is named', async () => {
    const { server, cluster } = await startRig();
    server.on('POST', path, json(201, { status: { allowed: false } }));
    const pods = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: '' };
    expect(await cluster.mayI('create', pods, { subresource: 'eviction' })).toBe(false);
    expect(at(server.requests('POST')[0]?.json, 'spec', 'resourceAttributes')).toEqual({
      ...{ verb: 'create', group: '', version: 'v1' },
      ...{ resource: 'pods', subresource: 'eviction', namespace: 'shop' },
    });
  });

  it('is tried again when the connection is cut, for it changes nothing', async () => {
    const { server, cluster } = await startRig();
    server.on('POST', path, (response) => void response.socket?.destroy(), json(201, { status: { allowed: true } }));
    expect(await cluster.mayI('get', CONFIG_MAP)).toBe(true);
  });
});
