import { describe, test } from 'vitest';
import { at, type JsonObject, objectAt } from '../../src/sandbox/index.ts';
import { useLabEngine } from '../support/lab-engine.ts';
import { isReady, openRuleSite, type RuleOptions, type RuleSite, uidOf } from '../support/lab-rules.ts';

/** What a rollback does not put back is left for a reason, and listed; everything around it is restored. */
const engine = useLabEngine();

const open = () => openRuleSite(engine);

/** A retention policy says what becomes of the claims of pods that go. */
function database(site: RuleSite, replicas: number, retention: JsonObject = {}): JsonObject {
  const labels = { app: site.name, role: 'db' };
  const containers = [{ name: 'main', image: 'registry.example/db:v1' }];
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: site.meta('db'),
    spec: {
      ...{ replicas, serviceName: 'db', selector: { matchLabels: labels } },
      template: { metadata: { labels }, spec: { containers } },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
      ...retention,
    },
  };
}

const deletes = { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' } };

const claim = (site: RuleSite, ordinal: number): JsonObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: site.meta(`data-db-${ordinal}`),
});

async function installDatabase(site: RuleSite, retention?: JsonObject): Promise<JsonObject> {
  const set = database(site, 1, retention);
  await site.create(set);
  await site.until('one replica', set, isReady(1));
  return set;
}

async function grow(site: RuleSite, set: JsonObject): Promise<void> {
  await site.patch(set, { spec: { replicas: 2 } });
  await site.until('two replicas', set, isReady(2));
}

describe.concurrent('left as it is', () => {
  test('a Job that its time to live has taken is left gone, for it would run again, and listed', async ({ expect }) => {
    const site = await open();
    const spec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/migrate:v1' }] };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: site.meta('migrate'), spec: { template: { spec } } };
    const settings = site.configMap('settings', { mode: 'calm' });
    await site.create(job, settings);
    await site.until('complete', job, (live) => at(live, 'status', 'succeeded') === 1);
    const { result, before, after } = await site.rollBack(async () => {
      await site.patch(settings, { data: { mode: 'wild' } });
      await site.patch(job, { spec: { ttlSecondsAfterFinished: 0 } });
      await site.until('taken', job, (live) => live === undefined);
    });
    expect(result.outcome).toBe('restored');
    expect(result.left).toEqual([
      { target: site.cluster.name, object: 'Job/migrate', reason: 'restoring a Job could run it again' },
    ]);
    expect(await site.live(job)).toBeUndefined();
    const { [`${site.cluster.name}/Job/migrate`]: _job, ...others } = before;
    expect(after).toEqual(others);
  });

  for (const [when, options] of [
    ['', {}],
    [', even with consent to delete', { consent: [{ allow: 'delete' }] }],
  ] satisfies [string, RuleOptions][]) {
    test(`a claim that a StatefulSet made for a replica of the deploy is left with its data${when}`, async ({
      expect,
    }) => {
      const site = await open();
      const set = await installDatabase(site);
      const { result } = await site.rollBack(() => grow(site, set), options);
      expect(result.outcome).toBe('restored');
      expect(result.left).toMatchObject([{ object: 'PersistentVolumeClaim/data-db-1' }]);
      expect(at(await site.live(set), 'spec', 'replicas')).toBe(1);
      const left = await site.live(claim(site, 1));
      expect(at(left, 'status', 'phase')).toBe('Bound');
      expect(at(left, 'metadata', 'deletionTimestamp')).toBeUndefined();
    });
  }

  test('a shrink that deletes claims (whenScaled: Delete) is refused without consent, and nothing is written', async ({
    expect,
  }) => {
    const site = await open();
    const set = await installDatabase(site, deletes);
    const { result, failed, after } = await site.rollBack(() => grow(site, set));
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/StatefulSet\/db: shrinking.*whenScaled: Delete.*allow: destroy/),
    });
    expect(after).toEqual(failed);
  });

  test('a shrink that deletes claims (whenScaled: Delete) is done with consent', async ({ expect }) => {
    const site = await open();
    const set = await installDatabase(site, deletes);
    const kept = uidOf(await site.live(claim(site, 0)));
    const { result } = await site.rollBack(() => grow(site, set), { consent: [{ allow: 'destroy' }] });
    expect(result.outcome).toBe('restored');
    expect(at(await site.live(set), 'spec', 'replicas')).toBe(1);
    await site.until('gone', claim(site, 1), (live) => live === undefined);
    expect(uidOf(await site.live(claim(site, 0)))).toBe(kept);
  });

  test('the finalizer of a load balancer that is still to be cleaned up stays, and is listed', async ({ expect }) => {
    const site = await open();
    const name = 'service.kubernetes.io/load-balancer-cleanup';
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: site.meta('web'),
      spec: { selector: { app: site.name }, ports: [{ port: 80 }] },
    };
    const settings = site.configMap('settings', { mode: 'calm' });
    await site.create(service, settings);
    const { result, before, after } = await site.rollBack(async () => {
      await site.patch(settings, { data: { mode: 'wild' } });
      await site.patch(service, { spec: { type: 'LoadBalancer' } });
      const change = { metadata: { finalizers: [name] } };
      await site.admin.patch(await site.admin.pathOf(service), change, { userAgent: 'service-controller/v1' });
    });
    expect(result.outcome).toBe('restored');
    expect(result.left).toEqual([
      {
        target: site.cluster.name,
        object: 'Service/web',
        reason: `finalizer ${name} of service-controller stays`,
      },
    ]);
    const key = `${site.cluster.name}/Service/web`;
    const { finalizers, ...metadata } = objectAt(after, key, 'metadata');
    expect(finalizers).toEqual([name]);
    expect({ ...after, [key]: { ...after[key], metadata } }).toEqual(before);
  });

  test('a certificate that cert-manager has renewed meanwhile is left renewed, and listed', async ({ expect }) => {
    const site = await open();
    const annotations = { 'cert-manager.io/certificate-name': 'web' };
    const data = { 'tls.crt': 'b2xk', 'tls.key': 'b2xk' };
    const secret = {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls' },
      metadata: site.meta('web-tls', { annotations }),
      data,
    };
    const settings = site.configMap('settings', { mode: 'calm' });
    await site.create(secret, settings);
    const { result, before, after } = await site.rollBack(async () => {
      await site.patch(settings, { data: { mode: 'wild' } });
      const renewed = { data: { 'tls.crt': 'bmV3', 'tls.key': 'bmV3' } };
      await site.admin.patch(await site.admin.pathOf(secret), renewed, { userAgent: 'cert-manager/v1' });
    });
    expect(result.outcome).toBe('restored');
    expect(result.left).toMatchObject([
      { object: 'Secret/web-tls', reason: 'cert-manager makes it from Certificate/web' },
    ]);
    expect(at(await site.live(secret), 'data', 'tls.crt')).toBe('bmV3');
    const settingsKey = `${site.cluster.name}/ConfigMap/settings`;
    expect(after[settingsKey]).toEqual(before[settingsKey]);
  });
});

describe.concurrent('an addition', () => {
  test('that is a volume claim of the deploy itself goes with consent', async ({ expect }) => {
    const site = await open();
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const added = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: site.meta('cache'), spec };
    const { result } = await site.rollBack(
      async () => {
        await site.create(added);
        await site.until('bound', added, (live) => at(live, 'status', 'phase') === 'Bound');
      },
      { consent: [{ allow: 'delete', kind: 'v1/PersistentVolumeClaim' }] },
    );
    expect(result).toMatchObject({ outcome: 'restored', left: [] });
    expect(await site.live(added)).toBeUndefined();
  });

  test('that existed before and was only adopted is refused: its former content is unknown', async ({ expect }) => {
    const site = await open();
    const settings = site.configMap('settings', { mode: 'calm' });
    const { labels: _labels, ...metadata } = site.meta('stray');
    const stray = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mode: 'calm' } };
    await site.create(settings, stray);
    const { result, failed, after } = await site.rollBack(async () => {
      await site.patch(settings, { data: { mode: 'wild' } });
      await site.patch(stray, { metadata: { labels: { app: site.name } }, data: { mode: 'wild' } });
    });
    expect(result.outcome).toBe('refused');
    expect(result.reason).toContain('ConfigMap/stray: existing object was adopted, its former content is unknown');
    expect(after).toEqual(failed);
  });

  test('that is outside the scope is told as a suspect and never touched; what controllers make of it is none', async ({
    expect,
  }) => {
    const site = await open();
    const settings = site.configMap('settings', { mode: 'calm' });
    await site.create(settings);
    const metadata = { name: 'extra', namespace: site.name };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata };
    const spec = { selector: { role: 'extra' }, ports: [{ port: 80 }] };
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec };
    const { result, before, after } = await site.rollBack(async () => {
      await site.patch(settings, { data: { mode: 'wild' } });
      await site.create(secret, service);
    });
    const { name: target } = site.cluster;
    expect(result).toMatchObject({
      outcome: 'restored',
      suspects: [
        { target, object: 'Secret/extra' },
        { target, object: 'Service/extra' },
      ],
    });
    const extras = [`${target}/Secret/extra`, `${target}/Service/extra`];
    expect(Object.keys(after).filter((name) => before[name] === undefined)).toEqual(extras);
    expect(Object.fromEntries(Object.entries(after).filter(([name]) => !extras.includes(name)))).toEqual(before);
  });

  for (const isAllowed of [false, true]) {
    const what = isAllowed ? 'goes with all that is in it, with consent' : 'is left without consent, and listed';
    test(`that is a namespace ${what}`, async ({ expect }) => {
      const site = await open();
      const rules = [
        {
          apiGroups: [''],
          resources: ['namespaces', 'configmaps'],
          verbs: ['get', 'list', 'create', 'delete', 'patch'],
        },
      ];
      await engine.lab.grant(engine.lab.engine, { rules });
      const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${site.name}-more` } };
      const inner = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'inner', namespace: `${site.name}-more` },
      };
      const refs = [{ apiVersion: 'v1', kind: 'Namespace', name: `${site.name}-more` }];
      const options = { scope: { refs }, ...(isAllowed ? { consent: [{ allow: 'delete' as const }] } : {}) };
      const { result } = await site.rollBack(async () => {
        await site.admin.create(space);
        await site.admin.create(inner);
      }, options);
      const live = await site.live(space);
      if (!isAllowed) await site.admin.remove(await site.admin.pathOf(space));
      expect(result.outcome).toBe('restored');
      expect(result.left.map(({ object }) => object)).toEqual(isAllowed ? [] : [`Namespace/${site.name}-more`]);
      expect(live === undefined).toBe(isAllowed);
    });
  }
});
