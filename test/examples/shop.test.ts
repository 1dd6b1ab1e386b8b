import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyVersion } from '../../examples/shop/apply.ts';
import { nameOf, readVersion } from '../../examples/shop/manifests.ts';
import { loadConfig, loadGuardFile } from '../../src/config.ts';
import { at, type JsonObject, objectsAt, type Sandbox, startSandbox, textAt } from '../../src/sandbox/index.ts';
import { pollUntil } from '../support/poll.ts';

const shop = fileURLToPath(new URL('../../examples/shop', import.meta.url));
const clusters = ['eu', 'us', 'ap'];
const deployments = '/apis/apps/v1/namespaces/shop/deployments';
const configMaps = '/api/v1/namespaces/shop/configmaps';

describe('the manifests of the shop', () => {
  test('name the same objects in v2 and v2-bad, in every cluster', async () => {
    const good = await readVersion(join(shop, 'v2'), 'us');
    for (const cluster of clusters) {
      const bad = await readVersion(join(shop, 'v2-bad'), cluster);
      expect(bad.objects.map(nameOf)).toEqual(good.objects.map(nameOf));
      expect(bad.deleted).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop-banner' } }]);
    }
  });

  test('carry the bad image in one cluster only', async () => {
    const images = await Promise.all(clusters.map(async (cluster) => [cluster, await imageOf('v2-bad', cluster)]));
    expect(Object.fromEntries(images)).toEqual({
      eu: 'registry.shop.example/checkout:v2',
      us: 'registry.shop.example/checkout:v2-missing',
      ap: 'registry.shop.example/checkout:v2',
    });
  });

  test('make guard.yaml and belay.yaml files that Belay takes as they are', async () => {
    const config = await loadConfig({ file: join(shop, 'belay.yaml'), env: {}, cwd: shop });
    const guard = await loadGuardFile(join(shop, 'guard.yaml'), { clusters: Object.keys(config.clusters) });
    expect(guard.spec.targets.map((target) => target.cluster)).toEqual(clusters);
    expect(guard.manifests).toContainEqual({ apiVersion: 'v1', kind: 'ConfigMap', name: 'shop-promotions' });
  });

  test('are in scope with all their kinds', async () => {
    const guard = await loadGuardFile(join(shop, 'guard.yaml'));
    const kinds = new Set(guard.spec.targets[0]?.scope.kinds);
    const versions = (await readdir(shop)).filter((name) => name.startsWith('v'));
    const objects = await Promise.all(versions.map((version) => readVersion(join(shop, version), 'us')));
    for (const { apiVersion, kind, metadata } of objects.flatMap((version) => version.objects)) {
      expect(kinds).toContain(`${apiVersion}/${kind}`);
      expect(metadata).toMatchObject({ labels: { 'app.kubernetes.io/part-of': 'shop' } });
    }
  });
});

describe('a deploy of the shop', () => {
  let sandbox: Sandbox;
  let folder: string;

  beforeEach(async () => {
    sandbox = await startSandbox({ clusters, speed: 5 });
    folder = await mkdtemp(join(tmpdir(), 'belay-shop-'));
    await writeFile(join(folder, 'kubeconfig'), sandbox.kubeconfig('deployer'), { mode: 0o600 });
    await deploy('platform');
    await deploy('v1');
    await healthy(clusters);
  });

  afterEach(async () => {
    await sandbox.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('of v2 becomes healthy everywhere, with one object more and one less', async () => {
    await deploy('v2');
    await healthy(clusters);
    for (const cluster of clusters) {
      expect(sandbox.cluster(cluster).read(`${configMaps}/shop-banner`)).toBeUndefined();
      expect(sandbox.cluster(cluster).read(`${configMaps}/shop-promotions`)).toBeDefined();
    }
  });

  test('of v2-bad fails in one cluster and becomes healthy in the others', async () => {
    await deploy('v2-bad');
    await healthy(['eu', 'ap']);
    await pollUntil(
      'the web of us healthy',
      async () => isHealthy('us', 'web'),
      (isThere) => isThere,
    );
    await pollUntil(
      'a pull error in us',
      () => waitingReasons('us'),
      (reasons) => reasons.includes('ImagePullBackOff'),
    );
    expect(isHealthy('us', 'checkout')).toBe(false);
  });

  test('writes under its own name, and restarts nothing when nothing changed', async () => {
    const cluster = sandbox.cluster('us');
    const managers = objectsAt(cluster.read(`${deployments}/web`), 'metadata', 'managedFields');
    expect(managers.map(({ manager }) => manager)).toContain('shop-deployer');
    const settings = cluster.read(`${configMaps}/shop-settings`);
    const pods = podNames('us');
    await deploy('v1');
    await healthy(['us']);
    expect(cluster.read(`${configMaps}/shop-settings`)).toEqual(settings);
    expect(podNames('us')).toEqual(pods);
  });

  test('says which object a server refused, and why', async () => {
    sandbox.cluster('us').deny({ user: 'deployer', verb: 'update', resource: 'configmaps' });
    await expect(deploy('v2')).rejects.toThrow(/^us: v1\/ConfigMap\/shop-settings: 403 .*cannot update/);
  });

  function deploy(version: string): Promise<void> {
    const kubeconfig = join(folder, 'kubeconfig');
    return applyVersion({ kubeconfig, contexts: clusters, namespace: 'shop', manifests: shop, version });
  }

  async function healthy(names: readonly string[]): Promise<void> {
    for (const [cluster, name] of names.flatMap((cluster) => [
      [cluster, 'web'] as const,
      [cluster, 'checkout'] as const,
    ])) {
      await pollUntil(
        `${name} healthy in ${cluster}`,
        async () => isHealthy(cluster, name),
        (is) => is,
      );
    }
  }

  function isHealthy(cluster: string, name: string): boolean {
    const live = sandbox.cluster(cluster).read(`${deployments}/${name}`) ?? {};
    const wanted = at(live, 'spec', 'replicas');
    const counts = ['replicas', 'updatedReplicas', 'availableReplicas'].map((field) => at(live, 'status', field));
    const isSeen = at(live, 'status', 'observedGeneration') === at(live, 'metadata', 'generation');
    return isSeen && counts.every((count) => count === wanted);
  }

  function podNames(cluster: string): (string | undefined)[] {
    return sandbox
      .cluster(cluster)
      .list('/api/v1/namespaces/shop/pods')
      .map((pod) => textAt(pod, 'metadata', 'name'));
  }

  async function waitingReasons(cluster: string): Promise<(string | undefined)[]> {
    const pods = sandbox.cluster(cluster).list('/api/v1/namespaces/shop/pods');
    return pods.map((pod) => textAt(objectsAt(pod, 'status', 'containerStatuses')[0], 'state', 'waiting', 'reason'));
  }
});

async function imageOf(version: string, cluster: string): Promise<unknown> {
  const { objects } = await readVersion(join(shop, version), cluster);
  const checkout = objects.find((object) => nameOf(object) === 'apps/v1/Deployment/checkout');
  return objectsAt((checkout ?? {}) as JsonObject, 'spec', 'template', 'spec', 'containers')[0]?.image;
}
