import { describe, test } from 'vitest';
import { type JsonObject, numberAt, objectsAt, textAt } from '../../src/sandbox/index.ts';
import { type LabApplication, useLabEngine } from '../support/lab-engine.ts';
import { pollUntil } from '../support/poll.ts';

const engine = useLabEngine();
const good = 'registry.example/db:v1';

interface Version {
  readonly mode: string;
  readonly image: string;
}

function objects(app: LabApplication, kind: 'StatefulSet' | 'Deployment', { mode, image }: Version): JsonObject[] {
  const labels = { app: app.name, role: 'db' };
  const container = { name: 'db', image, envFrom: [{ configMapRef: { name: 'settings' } }] };
  const template = { metadata: { labels }, spec: { containers: [container], terminationGracePeriodSeconds: 1 } };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: app.meta('settings'), data: { mode } },
    {
      apiVersion: 'apps/v1',
      kind,
      metadata: app.meta('db'),
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: app.meta('db'),
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
  ];
}

const v1 = { mode: 'calm', image: good };

async function podsIn(app: LabApplication, cluster: (typeof engine.lab.clusters)[number]): Promise<JsonObject[]> {
  const { body } = await cluster.as('admin').request('GET', `/api/v1/namespaces/${app.name}/pods`);
  return objectsAt(body as JsonObject, 'items');
}

const isReady = (pod: JsonObject) =>
  objectsAt(pod, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True');
const uid = (pod: JsonObject) => textAt(pod, 'metadata', 'uid');

/** Two ready pods in every cluster, none of `known`; answers their uids. */
async function twoReady(app: LabApplication, known: readonly unknown[] = []): Promise<unknown[]> {
  const found = await Promise.all(
    engine.lab.clusters.map((cluster) =>
      pollUntil(
        `two ready pods in ${cluster.name}`,
        async () => (await podsIn(app, cluster)).filter((pod) => isReady(pod) && !known.includes(uid(pod))),
        (pods) => pods.length === 2,
        60_000,
      ),
    ),
  );
  return found.flat().map(uid);
}

async function budgetsCount(app: LabApplication): Promise<void> {
  const path = `/apis/policy/v1/namespaces/${app.name}/poddisruptionbudgets/db`;
  const allows = (live: JsonObject | undefined) => numberAt(live, 'status', 'disruptionsAllowed') === 1;
  await Promise.all(engine.lab.clusters.map((cluster) => cluster.as('admin').until('the budget', path, allows)));
}

describe.concurrent('on real controllers', () => {
  test('a StatefulSet whose broken pod is stuck is healed: the pod is deleted and made anew', async ({ expect }) => {
    const app = await engine.application('stuck');
    await app.apply(objects(app, 'StatefulSet', v1));
    await twoReady(app);
    const guard = await app.guard();
    await app.apply(objects(app, 'StatefulSet', { mode: 'calm', image: 'registry.example/db:v2-pull-error' }));
    await guard.deployed();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', health: 'healthy', left: [] });
    for (const cluster of engine.lab.clusters) {
      const pods = await podsIn(app, cluster);
      expect(pods.map((pod) => textAt(objectsAt(pod, 'spec', 'containers')[0] ?? {}, 'image'))).toEqual([good, good]);
    }
    expect((await guard.status()).progress).toContainEqual(
      expect.objectContaining({ title: 'pods replaced', text: 'eu db-1   us db-1   ap db-1' }),
    );
  });

  test('pods started with the failed content of a ConfigMap are evicted within their budget', async ({ expect }) => {
    const app = await engine.application('stale');
    await app.apply(objects(app, 'Deployment', v1));
    const first = await twoReady(app);
    const guard = await app.guard();
    await app.apply(objects(app, 'Deployment', { mode: 'wild', image: good }));
    await app.kubectl(['delete', 'pods', '--all', '--wait=false']);
    const stale = await twoReady(app, first);
    await budgetsCount(app);
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await twoReady(app, [...first, ...stale])).toHaveLength(6);
    for (const cluster of engine.lab.clusters) {
      const evictions = (await cluster.audit()).filter(
        ({ user, objectRef }) =>
          user === engine.lab.engine && objectRef?.namespace === app.name && objectRef.subresource === 'eviction',
      );
      expect(evictions.filter(({ code }) => code === 201)).toHaveLength(2);
    }
  });
});
