import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import { clusterNames, type Guard, useEngine } from '../support/engine.ts';
import { installKcpApp, type KcpApp } from '../support/kcp-app.ts';
import { type KcpProxy, startKcpProxy, type Workspace } from '../support/kcp-proxy.ts';
import { uniqueName } from '../support/temporal.ts';

const paths = { eu: 'root:shop:eu', us: 'root:shop:us' } as const;
const logicalClusters: Readonly<Record<string, string>> = { eu: '1zeu7kx0', us: '2yus4mm3', ap: '3xap9qq8' };
const apps: KcpApp[] = [];
let proxy: KcpProxy;

beforeAll(async () => {
  proxy = await startKcpProxy();
});

const engine = useEngine({
  entries: (sandbox) => {
    for (const [cluster, path] of Object.entries(paths)) proxy.point(path, workspace(sandbox, cluster));
    const kcp = { kubeconfig: proxy.kubeconfig(), context: 'kcp' };
    const plain = { kubeconfig: sandbox.kubeconfig('engine'), context: 'ap' };
    return [
      { ...kcp, name: 'eu', workspace: paths.eu },
      { ...kcp, name: 'us', workspace: paths.us },
      { ...kcp, name: 'eu-by-name', workspace: logicalClusters.eu ?? '' },
      { ...plain, name: 'ap' },
      { ...plain, name: 'ap-again' },
    ];
  },
});

afterEach(() => {
  for (const [cluster, path] of Object.entries(paths)) proxy.point(path, workspace(engine.sandbox, cluster));
  for (const app of apps.splice(0)) app.stop();
});

afterAll(() => proxy.close());

function workspace(sandbox: Sandbox, cluster: string): Workspace {
  const { url, tokens } = sandbox.cluster(cluster);
  return { url, token: tokens.engine, logicalCluster: logicalClusters[cluster] ?? '' };
}

async function install(name: string): Promise<KcpApp> {
  const app = await installKcpApp(engine.sandbox, ['eu', 'us'], uniqueName(name));
  apps.push(app);
  return app;
}

const kinds = ['v1/ConfigMap', 'example.com/v1/Widget'];

function request(app: KcpApp, clusters: readonly string[], options: Partial<GuardRequest> = {}): GuardRequest {
  const targets = clusters.map((cluster) => ({
    cluster,
    namespace: app.name,
    scope: { selector: `app=${app.name}`, kinds },
  }));
  return engine.request(app.name, { targets, unreachable: { wait: '2s' }, ...options });
}

async function guardDeploy(app: KcpApp, options: Partial<GuardRequest> = {}): Promise<Guard> {
  const guard = await engine.start(request(app, ['eu', 'us'], options));
  await guard.ready();
  for (const cluster of ['eu', 'us']) {
    await app.configMap(cluster, 'settings', { mode: 'wild' });
    await app.configMap(cluster, 'promotions', { half: 'price' });
    await app.remove(cluster, app.banner);
  }
  return guard;
}

/** What was really changed on behalf of Belay, Leases aside. */
function writesFor(app: KcpApp) {
  return clusterNames
    .flatMap((cluster) => engine.sandbox.cluster(cluster).audit())
    .filter(({ user, method, namespace, dryRun }) => {
      return user === 'engine' && method !== 'GET' && namespace === app.name && !dryRun;
    })
    .filter(({ resource }) => resource !== 'leases');
}

test('a deploy that stalls in one workspace is undone in both, and work that was moved meanwhile stays where it is', async () => {
  const app = await install('kcp-stalled');
  const before = app.content();
  const guard = await guardDeploy(app);
  await app.setSize('eu', 20);
  await app.setSize('us', 500);
  for (const cluster of ['eu', 'us']) await app.moveEast(cluster, app.settings);
  await guard.deployed();

  expect(await guard.result()).toMatchObject({ outcome: 'restored', health: 'healthy', left: [] });
  expect(app.content()).toEqual(before);
  for (const cluster of ['eu', 'us']) {
    expect(app.placement(cluster, app.settings)).toEqual(['east']);
    expect(app.placement(cluster, app.widget)).toEqual(['west']);
    expect(app.placement(cluster, app.banner), 'created again: to be placed anew').toEqual([]);
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
  const targets = ['eu', 'us'].map((cluster) => ({
    cluster,
    namespace: app.name,
    scope: { selector: `app=${app.name}` },
  }));
  const guard = await guardDeploy(app, { targets });
  await guard.deployed();
  expect(await guard.result()).toMatchObject({ outcome: 'kept' });
});

test('a path that leads to another logical cluster by now is refused, naming both, and nothing is written', async () => {
  const app = await install('kcp-moved');
  const guard = await guardDeploy(app);
  const failed = app.content();
  proxy.point(paths.us, workspace(engine.sandbox, 'ap'));
  await guard.fail();
  const result = await guard.result();
  expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('cluster us') });
  expect(result.reason).toMatch(/led to 2yus4mm3 .* leads to 3xap9qq8 now/);
  expect(app.content()).toEqual(failed);
  expect(writesFor(app)).toEqual([]);
});

test('a path that leads nowhere is an unreachable cluster, not one without objects', async () => {
  const app = await install('kcp-nowhere');
  const guard = await guardDeploy(app);
  const failed = app.content();
  proxy.point(paths.us, null);
  await guard.fail();
  await guard.until('waiting to give the Lease back', ({ phase }) => phase === 'waiting(blocked)');
  expect(app.content()).toEqual(failed);
  proxy.point(paths.us, workspace(engine.sandbox, 'us'));
  const result = await guard.result();
  expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('workspace root:shop:us') });
  expect(result.reason).toMatch(/^unreachable before the first write: .*leads nowhere/);
  expect(app.content()).toEqual(failed);
  expect(writesFor(app)).toEqual([]);
}, 120_000);

test('a workspace on another shard, or moving, only keeps a rollback waiting', async () => {
  const app = await install('kcp-shards');
  const before = app.content();
  const guard = await guardDeploy(app, { unreachable: { wait: '30s' } });
  const troubles = [
    proxy.trouble(paths.us, 'PUT', 'wrong shard', 1),
    proxy.trouble(paths.us, 'PUT', 'moving', 1),
    proxy.trouble(paths.eu, 'GET', 'moving', 1),
  ];
  await guard.fail();
  expect(await guard.result()).toMatchObject({ outcome: 'restored' });
  expect(troubles.map(({ left }) => left)).toEqual([0, 0, 0]);
  expect(app.content()).toEqual(before);
});

test.each([
  ['a workspace by its path and by its logical cluster', ['eu', 'eu-by-name'], logicalClusters.eu],
  ['one cluster under two names', ['ap', 'ap-again'], undefined],
])('%s is not guarded as two: no lock is taken, nothing is written', async (_what, names, id) => {
  const app = await install('kcp-twice');
  const guard = await engine.start(request(app, names));
  const result = await guard.result();
  expect(result.outcome).toBe('unready');
  expect(result.reason).toContain(`clusters ${names.join(' and ')} are one and the same (${id ?? ''}`);
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${app.name}/leases`;
  for (const cluster of clusterNames) expect(engine.sandbox.cluster(cluster).list(leases)).toEqual([]);
  expect(writesFor(app)).toEqual([]);
});
