import { describe, test } from 'vitest';
import { at, type JsonObject, objectsAt } from '../../src/sandbox/index.ts';
import { useLabEngine } from '../support/lab-engine.ts';
import { isReady, openRuleSite, type RuleSite, uidOf } from '../support/lab-rules.ts';

/** What no write can change in place is deleted and created anew, on the right side of the pivot. */
const engine = useLabEngine();

const open = () => openRuleSite(engine);
const recreate = { consent: [{ allow: 'recreate' as const }] };

function template(labels: JsonObject): JsonObject {
  return { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'registry.example/app:v1' }] } };
}

function deployment(site: RuleSite, role: string): JsonObject {
  const labels = { app: site.name, role };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: site.meta('web'),
    spec: { replicas: 2, selector: { matchLabels: labels }, template: template(labels) },
  };
}

function statefulSet(site: RuleSite, spec: JsonObject): JsonObject {
  const labels = { app: site.name, role: 'db' };
  const common = { replicas: 2, selector: { matchLabels: labels }, template: template(labels) };
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: site.meta('db'), spec: { ...common, ...spec } };
}

function claims(size: string): JsonObject {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } };
  return { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec }] };
}

function binding(site: RuleSite, role: string): JsonObject {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: site.meta('reader'),
    subjects: [{ kind: 'User', apiGroup, name: 'nobody' }],
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
  };
}

async function podsOf(site: RuleSite): Promise<string[]> {
  return (await site.admin.list(`/api/v1/namespaces/${site.name}/pods`)).map(uidOf).sort();
}

describe.concurrent('created anew', () => {
  test('a ConfigMap that the deploy unsealed is sealed again behind the pivot', async ({ expect }) => {
    const site = await open();
    const sealed = site.configMap('settings', { mode: 'calm' }, { immutable: true });
    await site.create(sealed);
    const { result, before, after } = await site.rollBack(() =>
      site.replace(site.configMap('settings', { mode: 'wild' })),
    );
    expect(result).toMatchObject({ outcome: 'restored', left: [] });
    expect(await site.steps()).toEqual(['pivot', 'one-way']);
    expect(after).toEqual(before);
  });

  for (const kind of ['ConfigMap', 'Secret']) {
    test(`a ${kind} that the deploy sealed is deleted and created anew before anything else`, async ({ expect }) => {
      const site = await open();
      const data = { mode: 'Y2FsbQ==' };
      const settings = { apiVersion: 'v1', kind, metadata: site.meta('settings'), data };
      await site.create(settings, site.configMap('other', { mode: 'calm' }));
      const uid = uidOf(await site.live(settings));
      const { result, before, after } = await site.rollBack(async () => {
        await site.patch(settings, { data: { mode: 'd2lsZA==' }, immutable: true });
        await site.patch(site.configMap('other', {}), { data: { mode: 'wild' } });
      });
      expect(result).toMatchObject({ outcome: 'restored', left: [] });
      expect(await site.steps()).toEqual(['disarm', 'configuration', 'pivot']);
      expect(after).toEqual(before);
      expect(uidOf(await site.live(settings))).not.toBe(uid);
    });
  }

  test('a RoleBinding with another roleRef is deleted and created anew before the pivot', async ({ expect }) => {
    const site = await open();
    await site.create(binding(site, 'view'));
    const { result, before, after } = await site.rollBack(() => site.replace(binding(site, 'edit')));
    expect(result).toMatchObject({ outcome: 'restored', left: [] });
    expect(await site.steps()).toEqual(['disarm', 'access', 'pivot']);
    expect(after).toEqual(before);
  });

  test('a Deployment with another selector is refused without consent, and nothing is written', async ({ expect }) => {
    const site = await open();
    await site.create(deployment(site, 'web'));
    await site.until('ready', deployment(site, 'web'), isReady(2));
    const { result, failed, after } = await site.rollBack(() => site.replace(deployment(site, 'front')));
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/Deployment\/web: \/spec\/selector.* cannot be changed in place.*allow: recreate/),
    });
    expect(after).toEqual(failed);
  });

  test('a Deployment with another selector is, with consent, recreated behind the pivot and healthy again', async ({
    expect,
  }) => {
    const site = await open();
    await site.create(deployment(site, 'web'));
    await site.until('ready', deployment(site, 'web'), isReady(2));
    const { result, before, after } = await site.rollBack(() => site.replace(deployment(site, 'front')), recreate);
    expect(result).toMatchObject({ outcome: 'restored', health: 'healthy', left: [] });
    expect(await site.steps()).toEqual(['pivot', 'prune', 'recreate']);
    expect(after).toEqual(before);
    expect(isReady(2)(await site.live(deployment(site, 'web')))).toBe(true);
    const pods = await site.admin.list(`/api/v1/namespaces/${site.name}/pods`);
    const roles = pods.filter((pod) => at(pod, 'metadata', 'deletionTimestamp') === undefined);
    expect(roles.map((pod) => at(pod, 'metadata', 'labels', 'role'))).toEqual(['web', 'web']);
  });

  for (const [what, was, becomes] of [
    ['another serviceName', { serviceName: 'db' }, { serviceName: 'database' }],
    ['other volumeClaimTemplates', claims('1Gi'), claims('2Gi')],
  ] as const) {
    test(`a StatefulSet with ${what} is, with consent, recreated around its pods, which run on`, async ({ expect }) => {
      const site = await open();
      await site.create(statefulSet(site, was));
      await site.until('ready', statefulSet(site, was), isReady(2));
      const pods = await podsOf(site);
      const { result, before, after } = await site.rollBack(async () => {
        await site.replace(statefulSet(site, becomes), { propagationPolicy: 'Orphan' });
      }, recreate);
      expect(result).toMatchObject({ outcome: 'restored', health: 'healthy' });
      expect(await site.steps()).toEqual(['pivot', 'prune', 'recreate']);
      expect(after).toEqual(before);
      expect(await podsOf(site)).toEqual(pods);
      const owners = (await site.admin.list(`/api/v1/namespaces/${site.name}/pods`)).flatMap((pod) =>
        objectsAt(pod, 'metadata', 'ownerReferences').map(({ uid }) => uid),
      );
      const uid = uidOf(await site.live(statefulSet(site, was)));
      expect(owners).toEqual([uid, uid]);
    });
  }
});
