import { describe, test } from 'vitest';
import { at, type JsonObject, objectAt } from '../../src/sandbox/index.ts';
import { describeKind, effectsIn, requestsOf } from '../support/lab-audit.ts';
import { type LabApplication, useLabEngine } from '../support/lab-engine.ts';

const engine = useLabEngine();

function configMap(app: LabApplication, name: string, mode: string): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: app.meta(name), data: { mode } };
}

function deployment(app: LabApplication, role: string): JsonObject {
  const labels = { app: app.name, role };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'registry.example/web:v1' }] } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: app.meta('web'), spec };
}

function claim(app: LabApplication): JsonObject {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: app.meta('data'), spec };
}

/** What is there before, and a deploy that also does something that no rollback can put back exactly. */
const unsafe: readonly {
  readonly title: string;
  readonly before: (app: LabApplication) => readonly JsonObject[];
  readonly deploy: (app: LabApplication) => Promise<void>;
  readonly reason: RegExp;
}[] = [
  {
    title: 'adopted an object that had been there before',
    before: (app) => [withoutLabels(configMap(app, 'shared', 'calm'))],
    deploy: (app) => app.apply([configMap(app, 'shared', 'wild')]),
    reason: /ConfigMap\/shared: existing object was adopted, its former content is unknown/,
  },
  {
    title: 'made a Deployment anew with another selector',
    before: (app) => [deployment(app, 'web')],
    deploy: async (app) => {
      await app.kubectl(['delete', 'deployment', 'web']);
      await app.apply([deployment(app, 'front')]);
    },
    reason: /Deployment\/web: .*selector.* cannot be changed in place.*needs consent \("allow: recreate"\)/,
  },
  {
    title: 'deleted a volume claim',
    before: (app) => [claim(app)],
    deploy: (app) => app.kubectl(['delete', 'pvc', 'data']),
    reason: /PersistentVolumeClaim\/data: deleted, and its contents with it.*needs consent \("allow: recreate"\)/,
  },
];

function withoutLabels(object: JsonObject): JsonObject {
  const { labels: _labels, ...metadata } = objectAt(object, 'metadata');
  return { ...object, metadata };
}

describe.concurrent('a rollback is refused, and nothing but the lock is written in any cluster, when the deploy', () => {
  for (const { title, before, deploy, reason } of unsafe) {
    test(title, async ({ expect }) => {
      const app = await engine.application('shop');
      await app.apply([configMap(app, 'settings', 'calm'), ...before(app)]);
      const guard = await app.guard();
      await app.apply([configMap(app, 'settings', 'wild'), configMap(app, 'promotions', 'new')]);
      await deploy(app);
      const failed = await app.content();
      await guard.fail();

      const { outcome, reason: why } = await guard.result();
      expect({ outcome, why }).toEqual({ outcome: 'refused', why: expect.stringMatching(reason) });
      expect(await app.content()).toEqual(failed);
      for (const cluster of engine.lab.clusters) {
        const requests = await requestsOf(engine.lab, cluster, app.name);
        expect(requests.map(describeKind)).toContain('create leases');
        expect(effectsIn(requests)).toEqual([]);
        const settings = await cluster.as('admin').get(`/api/v1/namespaces/${app.name}/configmaps/settings`);
        expect(at(settings, 'data', 'mode')).toBe('wild');
      }
    });
  }
});
