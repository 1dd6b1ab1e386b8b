import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import type { ClusterEntry } from './dependencies.ts';
import { type Guard, requestFor } from './engine.ts';
import { defineWidgets, installKcpApp, type KcpApp, type KcpServer } from './kcp-app.ts';
import { type KcpProxy, startKcpProxy, type Workspace } from './kcp-proxy.ts';
import { uniqueName } from './temporal.ts';

const paths = { eu: 'root:shop:eu', us: 'root:shop:us' } as const;
const logicalClusters = { eu: '1zeu7kx0', us: '2yus4mm3', ap: '3xap9qq8' } as const;
type ClusterName = keyof typeof logicalClusters;
const all = Object.keys(logicalClusters) as ClusterName[];
const workspaces = Object.keys(paths) as (keyof typeof paths)[];

/** Guards, and the API servers `eu`, `us` and `ap` that stand behind workspaces. */
export interface KcpSite {
  /** How the proxy reaches an API server, as the engine. */
  access(cluster: string): Omit<Workspace, 'logicalCluster'>;
  server(cluster: string): KcpServer;
  /** A new namespace in every cluster, in which deployer and engine may do anything. */
  namespace(prefix: string): Promise<string>;
  start(request: GuardRequest): Promise<Guard>;
  /** What the engine really changed there, Leases aside, as `<verb> <resource>/<name>`. */
  writes(cluster: string, namespace: string): Promise<readonly string[]>;
}

/**
 * One test per rule about workspaces, over API servers of any kind. `open` gets the cluster entries that lead through
 * the proxy, to be called once the servers run; `plain` is a kubeconfig that reaches `ap` by itself.
 */
export function describeWorkspaces(open: (entries: (plain: string) => readonly ClusterEntry[]) => KcpSite): void {
  const group = `${uniqueName('kcp')}.example.com`;
  const apps: KcpApp[] = [];
  let proxy: KcpProxy;
  let forgetWidgets = async () => {};

  // Before the engine's, which asks for entries.
  beforeAll(async () => {
    proxy = await startKcpProxy();
  });

  const site = open((plain) => entriesOf(proxy, plain));
  const servers = () => Object.fromEntries(workspaces.map((cluster) => [cluster, site.server(cluster)]));
  const point = (path: string, cluster: ClusterName) =>
    proxy.point(path, { ...site.access(cluster), logicalCluster: logicalClusters[cluster] });

  beforeAll(async () => {
    forgetWidgets = await defineWidgets(servers(), group);
  });

  beforeEach(() => {
    for (const cluster of workspaces) point(paths[cluster], cluster);
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.stop()));
  });

  afterAll(async () => {
    await forgetWidgets();
    await proxy.close();
  });

  async function install(name: string): Promise<KcpApp> {
    const app = await installKcpApp(servers(), { namespace: await site.namespace(name), group });
    apps.push(app);
    return app;
  }

  const kinds = ['v1/ConfigMap', `${group}/v1/Widget`];

  function request(app: KcpApp, clusters: readonly string[], options: Partial<GuardRequest> = {}): GuardRequest {
    const scope = { selector: `app=${app.name}`, kinds };
    const targets = clusters.map((cluster) => ({ cluster, namespace: app.name, scope }));
    return requestFor(app.name, { targets, unreachable: { wait: '2s' }, ...options });
  }

  async function guardDeploy(app: KcpApp, options: Partial<GuardRequest> = {}): Promise<Guard> {
    const guard = await site.start(request(app, workspaces, options));
    await guard.ready();
    for (const cluster of workspaces) {
      await app.configMap(cluster, 'settings', { mode: 'wild' });
      await app.configMap(cluster, 'promotions', { half: 'price' });
      await app.remove(cluster, app.banner);
    }
    return guard;
  }

  async function expectNoWrites(app: KcpApp): Promise<void> {
    for (const cluster of all) expect(await site.writes(cluster, app.name)).toEqual([]);
  }

  test('a deploy that stalls in one workspace is undone in both, and work that was moved meanwhile stays where it is', async () => {
    const app = await install('kcp-stalled');
    const before = await app.content();
    expect(Object.keys(before)).toHaveLength(6);
    const guard = await guardDeploy(app);
    await app.setSize('eu', 20);
    await app.setSize('us', 500);
    for (const cluster of workspaces) await app.moveEast(cluster, app.settings);
    await guard.deployed();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', health: 'healthy', left: [] });
    expect(await app.content()).toEqual(before);
    for (const cluster of workspaces) {
      expect(await app.placement(cluster, app.settings)).toEqual(['east']);
      expect(await app.placement(cluster, app.widget)).toEqual(['west']);
      expect(await app.placement(cluster, app.banner), 'created again: to be placed anew').toEqual([]);
      expect(await site.writes(cluster, app.name)).not.toEqual([]);
    }
  });

  test('every request goes through the path of its workspace, questions about rights and kinds too', async () => {
    const app = await install('kcp-paths');
    const guard = await guardDeploy(app);
    const start = proxy.seen.length;
    await guard.fail();
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    const seen = proxy.seen.slice(start);
    expect(new Set(seen.map((one) => one.workspace))).toEqual(new Set(Object.values(paths)));
    for (const part of ['selfsubjectaccessreviews', 'configmaps', 'widgets', 'logicalclusters', 'leases'])
      expect(seen.some(({ path }) => path.includes(part))).toBe(true);
    expect(seen.some(({ path }) => path.includes('kube-system'))).toBe(false);
  });

  test('default kinds may be absent: without any workload kind a deploy of plain data is guarded and kept', async () => {
    const app = await install('kcp-default');
    const scope = { selector: `app=${app.name}` };
    const targets = workspaces.map((cluster) => ({ cluster, namespace: app.name, scope }));
    const guard = await guardDeploy(app, { targets });
    await guard.deployed();
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
  });

  test('a path that leads to another logical cluster by now is refused, naming both, and nothing is written', async () => {
    const app = await install('kcp-moved');
    const guard = await guardDeploy(app);
    const failed = await app.content();
    point(paths.us, 'ap');
    await guard.fail();
    const result = await guard.result();
    expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('cluster us') });
    expect(result.reason).toMatch(/led to 2yus4mm3 .* leads to 3xap9qq8 now/);
    expect(await app.content()).toEqual(failed);
    await expectNoWrites(app);
  });

  test('a path that leads nowhere is an unreachable cluster, not one without objects', async () => {
    const app = await install('kcp-nowhere');
    const guard = await guardDeploy(app);
    const failed = await app.content();
    proxy.point(paths.us, null);
    await guard.fail();
    await guard.until('waiting to give the Lease back', ({ phase }) => phase === 'waiting(blocked)');
    expect(await app.content()).toEqual(failed);
    point(paths.us, 'us');
    const result = await guard.result();
    expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('workspace root:shop:us') });
    expect(result.reason).toMatch(/^unreachable before the first write: .*leads nowhere/);
    expect(await app.content()).toEqual(failed);
    await expectNoWrites(app);
  }, 120_000);

  test('a workspace on another shard, or moving, only keeps a rollback waiting', async () => {
    const app = await install('kcp-shards');
    const before = await app.content();
    const guard = await guardDeploy(app, { unreachable: { wait: '30s' } });
    const troubles = [
      proxy.trouble(paths.us, 'PUT', 'wrong shard', 1),
      proxy.trouble(paths.us, 'PUT', 'moving', 1),
      proxy.trouble(paths.eu, 'GET', 'moving', 1),
    ];
    await guard.fail();
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    expect(troubles.map(({ left }) => left)).toEqual([0, 0, 0]);
    expect(await app.content()).toEqual(before);
  });

  test('a workspace that is unknown or closed to us gets no guard ready, and is said to be closed as a whole', async () => {
    const app = await install('kcp-closed');
    const guard = await site.start(request(app, ['eu', 'nobodys']));
    const result = await guard.result();
    expect(result.outcome).toBe('unready');
    expect(result.reason).toMatch(/workspace 9nobodys: .*closed to this user/);
    await expectNoWrites(app);
  });

  test.each([
    ['a workspace by its path and by its logical cluster', ['eu', 'eu-by-name'], logicalClusters.eu],
    ['one cluster under two names', ['ap', 'ap-again'], ''],
  ])('%s is not guarded as two: no lock is taken, nothing is written', async (_what, names, id) => {
    const app = await install('kcp-twice');
    const guard = await site.start(request(app, names));
    const result = await guard.result();
    expect(result.outcome).toBe('unready');
    expect(result.reason).toContain(`clusters ${names.join(' and ')} are one and the same (${id}`);
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${app.name}/leases`;
    for (const cluster of all) expect(await site.server(cluster).list(leases)).toEqual([]);
    await expectNoWrites(app);
  });
}

function entriesOf(proxy: KcpProxy, plain: string): readonly ClusterEntry[] {
  const kcp = { kubeconfig: proxy.kubeconfig(), context: 'kcp' };
  const ap = { kubeconfig: plain, context: 'ap' };
  return [
    { ...kcp, name: 'eu', workspace: paths.eu },
    { ...kcp, name: 'us', workspace: paths.us },
    { ...kcp, name: 'eu-by-name', workspace: logicalClusters.eu },
    { ...kcp, name: 'nobodys', workspace: '9nobodys' },
    { ...ap, name: 'ap' },
    { ...ap, name: 'ap-again' },
  ];
}
