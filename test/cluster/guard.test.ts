import { describe, test } from 'vitest';
import { type JsonObject, numberAt } from '../../src/sandbox/index.ts';
import { type LabApplication, useLabEngine } from '../support/lab-engine.ts';

const engine = useLabEngine();

/** A ConfigMap, a Secret and a Deployment that reads both. */
function shop(app: LabApplication, version: { readonly mode: string; readonly image: string }): JsonObject[] {
  const labels = { app: app.name, role: 'web' };
  const container = {
    name: 'web',
    image: version.image,
    envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'payment' } }],
    ports: [{ containerPort: 8080 }],
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: app.meta('settings'),
      data: { mode: version.mode, limit: '9007199254740993' },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: app.meta('payment'), data: { key: 'czNjcjN0LWNhbmFyeQ==' } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: app.meta('web'),
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
  ];
}

const v1 = { mode: 'calm', image: 'registry.example/web:v1' };
const v2 = { mode: 'wild', image: 'registry.example/web:v2-pull-error' };

async function install(app: LabApplication, ...flags: string[]): Promise<void> {
  await app.apply(shop(app, v1), ...flags);
  const path = `/apis/apps/v1/namespaces/${app.name}/deployments/web`;
  const isAvailable = (live: JsonObject | undefined) => numberAt(live, 'status', 'availableReplicas') === 2;
  await Promise.all(engine.lab.clusters.map((cluster) => cluster.as('admin').until('v1 available', path, isAvailable)));
}

describe.concurrent('a deploy with an image that does not exist, by', () => {
  for (const [how, ...flags] of [['kubectl apply'], ['kubectl apply --server-side', '--server-side']] as const) {
    test(`${how}, is found by its pods and restored: every object equal in every cluster, its owners too`, async ({
      expect,
    }) => {
      const app = await engine.application('shop');
      await install(app, ...flags);
      const before = await app.content();
      expect(Object.keys(before)).toHaveLength(9);

      const guard = await app.guard();
      await app.apply(shop(app, v2), ...flags);
      expect(await app.content()).not.toEqual(before);
      await guard.deployed();

      const result = await guard.result();
      expect(result).toMatchObject({ outcome: 'restored', left: [] });
      expect((await guard.status()).failure?.reason).toMatch(/registry\.example\/web:v2-pull-error.*not found/);
      expect(await app.content()).toEqual(before);
    });
  }

  test('anything, with the engine allowed less than the plan needs, is refused and nothing is written', async ({
    expect,
  }) => {
    const read = { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] };
    const lock = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'update', 'patch'] };
    const app = await engine.application('shop', { engine: [read, lock] });
    await install(app);
    const guard = await app.guard();
    await app.apply(shop(app, v2));
    const failed = await app.content();
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('update') });
    expect(await app.content()).toEqual(failed);
    for (const cluster of engine.lab.clusters) {
      const writes = (await cluster.audit()).filter(
        ({ user, verb, objectRef }) =>
          user === engine.lab.engine &&
          objectRef?.namespace === app.name &&
          objectRef.resource !== 'leases' &&
          !['get', 'list', 'watch'].includes(verb),
      );
      expect(writes).toEqual([]);
    }
  });
});
