import { beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, objectsAt, type SandboxCluster, textAt } from '../../src/sandbox/index.ts';
import { CONFIG_MAPS, configMap, metaOf, oneCluster, SECRETS } from './support.ts';

let cluster: SandboxCluster;

const TEAM = '/api/v1/namespaces/team/configmaps';

beforeAll(async () => {
  const started = await oneCluster({ workloads: 'off', eventBuffer: 200 });
  cluster = started.cluster;
  await cluster.request('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'team' },
  });
  const labels = [{ app: 'shop', tier: 'web' }, { app: 'shop', tier: 'db' }, { app: 'blog' }, {}];
  for (const [position, own] of labels.entries())
    await cluster.request('POST', TEAM, configMap(`c${position}`, { a: '1' }, { labels: own }));
  return () => started[Symbol.asyncDispose]();
});

const namesOf = (list: JsonObject): string[] =>
  objectsAt(list, 'items')
    .map((item) => String(metaOf(item).name))
    .filter((name) => name !== 'kube-root-ca.crt');

const selections: [string, string[]][] = [
  ['app=shop', ['c0', 'c1']],
  ['app==shop,tier!=db', ['c0']],
  ['app in (shop, blog)', ['c0', 'c1', 'c2']],
  ['app,app notin (blog)', ['c0', 'c1']],
  ['!app', ['c3']],
  ['tier', ['c0', 'c1']],
];

describe('a list', () => {
  it.each(selections)('selects labels by "%s"', async (selector, names) => {
    const { body } = await cluster.request('GET', `${TEAM}?labelSelector=${encodeURIComponent(selector)}`);
    expect(namesOf(body)).toEqual(names);
  });

  it('selects by name, and refuses fields it does not know', async () => {
    expect(namesOf((await cluster.request('GET', `${TEAM}?fieldSelector=metadata.name%3Dc2`)).body)).toEqual(['c2']);
    expect(await cluster.request('GET', `${TEAM}?fieldSelector=foo%3Dbar`)).toMatchObject({ status: 400 });
  });

  it('has the kind once, not in its items', async () => {
    const { body } = await cluster.request('GET', TEAM);
    expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(objectsAt(body, 'items').some((item) => 'kind' in item || 'apiVersion' in item)).toBe(false);
  });

  it('in pages shows the instant of the first page', async () => {
    const first = (await cluster.request('GET', `${TEAM}?limit=2`)).body;
    await cluster.request('POST', TEAM, configMap('c9'));
    const token = textAt(first, 'metadata', 'continue');
    const second = (await cluster.request('GET', `${TEAM}?limit=500&continue=${token}`)).body;
    expect([...namesOf(first), ...namesOf(second)]).toEqual(['c0', 'c1', 'c2', 'c3']);
    expect(metaOf(second).resourceVersion).toBe(metaOf(first).resourceVersion);
    expect(metaOf(second)).not.toHaveProperty('continue');
    await cluster.request('DELETE', `${TEAM}/c9`);
  });

  it('answers 410 to a continue token from before a compaction', async () => {
    const token = textAt((await cluster.request('GET', `${TEAM}?limit=1`)).body, 'metadata', 'continue');
    cluster.compact();
    expect(await cluster.request('GET', `${TEAM}?limit=1&continue=${token}`)).toMatchObject({
      status: 410,
      body: { reason: 'Expired' },
    });
  });

  it('can be of metadata only', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const { body } = await cluster.request('GET', TEAM, undefined, { accept });
    expect(body.kind).toBe('PartialObjectMetadataList');
    expect(objectsAt(body, 'items')[0]).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'c0' } });
    expect(objectsAt(body, 'items').some((item) => 'data' in item)).toBe(false);
  });

  it('as a table falls back to plain JSON if the client takes that too', async () => {
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    expect(await cluster.request('GET', TEAM, undefined, { accept: `${table},application/json` })).toMatchObject({
      status: 200,
    });
    expect(await cluster.request('GET', TEAM, undefined, { accept: table })).toMatchObject({ status: 406 });
  });
});

/** The events of a watch, until enough have come or it ends. */
async function watched(path: string, enough: number, act: () => Promise<unknown>): Promise<JsonObject[]> {
  const abort = new AbortController();
  const response = await fetch(`${cluster.url}${path}`, {
    headers: { Authorization: `Bearer ${cluster.tokens.engine}` },
    signal: abort.signal,
  });
  const events: JsonObject[] = [];
  let text = '';
  await act();
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk as Uint8Array);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    events.push(...lines.map((line) => JSON.parse(line) as JsonObject));
    if (events.length >= enough) break;
  }
  abort.abort();
  return events;
}

const seen = (events: JsonObject[]): string[] =>
  events.map((event) => `${event.type} ${textAt(event.object, 'metadata', 'name')}`);

describe('a watch', () => {
  it('tells what happens from a version on', async () => {
    const since = metaOf((await cluster.request('GET', SECRETS)).body).resourceVersion;
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
    const events = await watched(`${SECRETS}?watch=1&resourceVersion=${since}`, 3, async () => {
      await cluster.request('POST', SECRETS, secret);
      await cluster.request('PATCH', `${SECRETS}/s`, { metadata: { labels: { a: 'b' } } });
      await cluster.request('DELETE', `${SECRETS}/s`);
    });
    expect(seen(events)).toEqual(['ADDED s', 'MODIFIED s', 'DELETED s']);
  });

  it('without a version starts with what exists', async () => {
    const events = await watched(`${TEAM}?watch=true&labelSelector=app%3Dshop`, 2, async () => undefined);
    expect(seen(events)).toEqual(['ADDED c0', 'ADDED c1']);
  });

  it('with a selector sees an object come and go with its labels', async () => {
    const since = metaOf((await cluster.request('GET', TEAM)).body).resourceVersion;
    const events = await watched(`${TEAM}?watch=1&labelSelector=app%3Dnew&resourceVersion=${since}`, 2, async () => {
      await cluster.request('PATCH', `${TEAM}/c3`, { metadata: { labels: { app: 'new' } } });
      await cluster.request('PATCH', `${TEAM}/c3`, { metadata: { labels: null } });
    });
    expect(seen(events)).toEqual(['ADDED c3', 'DELETED c3']);
  });

  it('sends bookmarks when they are allowed, and ends at its timeout', async () => {
    const since = metaOf((await cluster.request('GET', TEAM)).body).resourceVersion;
    const query = `watch=1&resourceVersion=${since}&allowWatchBookmarks=true&timeoutSeconds=2`;
    const events = await watched(`${CONFIG_MAPS}?${query}`, 9, async () => undefined);
    expect(events.map((event) => event.type)).toEqual(['BOOKMARK']);
    expect(textAt(events[0], 'object', 'metadata', 'resourceVersion')).toBe(since);
  });

  it('from a version before the last remembered event ends with a 410 event', async () => {
    await using sandbox = await oneCluster({ workloads: 'off', eventBuffer: 2 });
    const { cluster: small } = sandbox;
    for (const name of ['a', 'b', 'c']) await small.request('POST', CONFIG_MAPS, configMap(name));
    const { text } = await small.request('GET', `${CONFIG_MAPS}?watch=1&resourceVersion=101`);
    expect(JSON.parse(text)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });
});

describe('discovery', () => {
  it('is aggregated when asked for, with scopes, verbs and subresources', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { body, headers } = await cluster.request('GET', '/apis', undefined, { accept });
    expect(headers.get('content-type')).toBe(accept);
    expect(headers.get('date')).not.toBeNull();
    const apps = objectsAt(body, 'items').find((group) => metaOf(group).name === 'apps');
    const resources = objectsAt(objectsAt(apps, 'versions')[0], 'resources');
    expect(resources.find(({ resource }) => resource === 'deployments')).toMatchObject({
      responseKind: { kind: 'Deployment' },
      scope: 'Namespaced',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      subresources: [{ subresource: 'scale' }, { subresource: 'status' }],
    });
  });

  it('also comes in the old form', async () => {
    expect((await cluster.request('GET', '/api')).body).toMatchObject({ kind: 'APIVersions' });
    expect((await cluster.request('GET', '/apis/apps/v1')).body).toMatchObject({
      kind: 'APIResourceList',
      groupVersion: 'apps/v1',
    });
  });

  it('does not know what the sandbox lacks', async () => {
    for (const path of ['/api/v1/nodes', '/apis/storage.k8s.io/v1/storageclasses', '/nothing']) {
      expect(await cluster.request('GET', path)).toMatchObject({ status: 404 });
    }
  });
});
