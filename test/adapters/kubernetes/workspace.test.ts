import { describe, expect, it } from 'vitest';
import { CONFIG_MAP, CONFIG_MAP_PATH, clusterAt, configMap, FENCE, failureOf, startRig, WRITE } from './support/rig.ts';
import { failure, json, type Reply } from './support/scripted-server.ts';

const WORKSPACE = 'root:org:team';
const LOGICAL_CLUSTER = '/apis/core.kcp.io/v1alpha1/logicalclusters/cluster';
const DEFAULT_NAMESPACE = '/api/v1/namespaces/default';
const WORKSPACES = { apiVersion: 'tenancy.kcp.io/v1alpha1', kind: 'Workspace' };

const below = (path: string) => `/clusters/${WORKSPACE}${path}`;

async function startWorkspace() {
  const { server } = await startRig();
  const workspaces = { resource: 'workspaces', responseKind: { kind: 'Workspace' }, scope: 'Cluster', verbs: ['get'] };
  const group = {
    metadata: { name: 'tenancy.kcp.io' },
    versions: [{ version: 'v1alpha1', resources: [workspaces] }],
  };
  server.on('GET', below('/apis'), json(200, { kind: 'APIGroupDiscoveryList', items: [group] }));
  const core = { resource: 'configmaps', responseKind: { kind: 'ConfigMap' }, scope: 'Namespaced', verbs: ['get'] };
  const items = [{ metadata: {}, versions: [{ version: 'v1', resources: [core] }] }];
  server.on('GET', below('/api'), json(200, { kind: 'APIGroupDiscoveryList', items }));
  const pauses: number[] = [];
  const connection = {
    server: `${server.url}/clusters/${WORKSPACE}`,
    workspace: WORKSPACE,
    credentials: async () => ({ headers: {} }),
  };
  const pause = async (milliseconds: number) => void pauses.push(milliseconds);
  return { server, pauses, cluster: clusterAt(server.url, { connection, pause }) };
}

function noWorkspace(name: string): Reply {
  const message = `workspaces.tenancy.kcp.io "${name}" not found`;
  return failure(404, 'NotFound', { message, details: { name, group: 'tenancy.kcp.io', kind: 'workspaces' } });
}

const closed = failure(403, 'Forbidden', { message: 'forbidden: User "me" cannot get path "/": access denied' });
const noRight = failure(403, 'Forbidden', { message: 'configmaps "web" is forbidden: User "me" cannot get resource' });
const wrongShard = json(429, 'Not found on this shard\n', { 'retry-after': '1' });
const moving = json(503, 'Not available.\n', { 'retry-after': '1' });
const busy = failure(429, 'TooManyRequests', { message: 'too many requests, please try again later' });

describe('an answer about the workspace itself', () => {
  it.each([
    ['a path that leads nowhere', noWorkspace(WORKSPACE), 'unavailable', 'WorkspaceNotFound'],
    ['a closed workspace', closed, 'denied', 'WorkspaceForbidden'],
    ['the wrong shard', wrongShard, 'unavailable', 'WrongShard'],
    ['a moving workspace', moving, 'unavailable', 'WorkspaceMoving'],
    ['a missing right in it', noRight, 'denied', 'Forbidden'],
    ['too many requests', busy, 'unavailable', 'TooManyRequests'],
  ])('%s is told apart, for reads and for writes, and names the workspace', async (_what, reply, kind, reason) => {
    const { server, cluster } = await startWorkspace();
    server.on('GET', below(CONFIG_MAP_PATH), reply);
    server.on('PUT', below(CONFIG_MAP_PATH), reply);
    for (const ask of [() => cluster.get(CONFIG_MAP), () => cluster.replace(configMap(), FENCE, WRITE)]) {
      const error = await failureOf(ask());
      expect(error).toMatchObject({ kind, details: { reason } });
      expect(error.message).toContain(`cluster test, workspace ${WORKSPACE}: cannot `);
    }
    expect(server.requests('PUT')).toHaveLength(1);
  });

  it('is never taken for a missing object, not even for one of that name', async () => {
    const { server, cluster } = await startWorkspace();
    server.on('GET', below(CONFIG_MAP_PATH), noWorkspace('web'));
    expect(await failureOf(cluster.get(CONFIG_MAP))).toMatchObject({ kind: 'unavailable' });
  });

  it('is not taken for a missing kind when discovery gets it', async () => {
    const { server, cluster } = await startWorkspace();
    server.on('GET', below('/api'), noWorkspace(WORKSPACE));
    expect(await failureOf(cluster.get(CONFIG_MAP))).toMatchObject({ kind: 'unavailable' });
  });

  it('makes a read wait as long as it is asked to', async () => {
    const { server, cluster, pauses } = await startWorkspace();
    server.on('GET', below(CONFIG_MAP_PATH), wrongShard, moving, json(200, configMap()));
    expect(await cluster.get(CONFIG_MAP)).toMatchObject({ kind: 'ConfigMap' });
    expect(pauses).toHaveLength(2);
    for (const pause of pauses) expect(pause).toBeGreaterThan(1_000);
  });
});

describe('a Workspace that is asked for as an object', () => {
  it.each([
    ['another name is missing', 'child', undefined],
    ['its own name may be the path that leads nowhere', 'team', 'unavailable'],
  ])('%s', async (_what, name, kind) => {
    const { server, cluster } = await startWorkspace();
    server.on('GET', below(`/apis/tenancy.kcp.io/v1alpha1/workspaces/${name}`), noWorkspace(name));
    const asked = cluster.get({ ...WORKSPACES, name });
    if (kind === undefined) expect(await asked).toBeUndefined();
    else expect(await failureOf(asked)).toMatchObject({ kind });
  });
});

describe('the identity of a workspace', () => {
  const named = (name: string) => json(200, { metadata: { name: 'x', annotations: { 'kcp.io/cluster': name } } });

  it('is the name of its logical cluster', async () => {
    const { server, cluster } = await startWorkspace();
    server.on('GET', below(LOGICAL_CLUSTER), named('1zeu7kx0'));
    expect(await cluster.identity()).toMatchObject({ uid: '1zeu7kx0' });
  });

  it.each([
    ['may not read that object', noRight],
    ['is not told there', json(200, { metadata: { name: 'cluster' } })],
  ])('is read from the namespace "default" where the user %s', async (_what, reply) => {
    const { server, cluster } = await startWorkspace();
    server.on('GET', below(LOGICAL_CLUSTER), reply);
    server.on('GET', below(DEFAULT_NAMESPACE), named('1zeu7kx0'));
    expect(await cluster.identity()).toMatchObject({ uid: '1zeu7kx0' });
  });

  it('is denied when neither may be read, and not guessed when the server is no kcp', async () => {
    const { server, cluster } = await startWorkspace();
    server.on('GET', below(LOGICAL_CLUSTER), noRight);
    server.on('GET', below(DEFAULT_NAMESPACE), noRight);
    expect(await failureOf(cluster.identity())).toMatchObject({ kind: 'denied' });
    server.on('GET', below(LOGICAL_CLUSTER), json(200, { metadata: {} }));
    server.on('GET', below(DEFAULT_NAMESPACE), json(200, { metadata: { uid: 'u-1' } }));
    const error = await failureOf(cluster.identity());
    expect(error).toMatchObject({ kind: 'invalid' });
    expect(error.message).toContain('is it kcp? If not, remove "workspace"');
  });

  it('is not looked for elsewhere while the workspace does not answer', async () => {
    const { server, cluster } = await startWorkspace();
    server.on('GET', below(LOGICAL_CLUSTER), noWorkspace(WORKSPACE));
    expect(await failureOf(cluster.identity())).toMatchObject({ details: { reason: 'WorkspaceNotFound' } });
    expect(server.requests('GET', below(DEFAULT_NAMESPACE))).toEqual([]);
  });
});
