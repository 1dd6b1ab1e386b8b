import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JsonObject, numberAt } from '../../src/sandbox/index.ts';
import { defaultScopeKinds, type GuardRequest } from '../../src/schema/guard-spec.ts';
import { describeRequest, effectsIn, isAllowedBy, requestsOf } from '../support/lab-audit.ts';
import { type LabApplication, useLabEngine } from '../support/lab-engine.ts';
import { applyRights, printRights, removeRights, rulesOf, without } from '../support/lab-rbac.ts';
import { uniqueName } from '../support/temporal.ts';

/** The engine of this file may do what `belay rbac` prints, and nothing else. */
const engine = useLabEngine({ rights: 'none' });

const group = `${uniqueName('rbac')}.example`;
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `banners.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'banners', singular: 'banner', kind: 'Banner', listKind: 'BannerList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { text: { type: 'string' } } } },
          },
        },
      },
    ],
  },
};

beforeAll(async () => {
  for (const cluster of engine.lab.clusters) {
    const admin = cluster.as('admin');
    await admin.create(definition);
    await admin.until('served', `/apis/${group}/v1/banners`, (list) => list !== undefined);
  }
});

afterAll(async () => {
  for (const cluster of engine.lab.clusters) await cluster.as('admin').remove(await pathOfDefinition());
});

async function pathOfDefinition(): Promise<string> {
  return `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`;
}

interface Version {
  readonly mode: string;
  readonly image: string;
}

const v1: Version = { mode: 'calm', image: 'registry.example/web:v1' };
const v2: Version = { mode: 'wild', image: 'registry.example/web:v2-pull-error' };

/** What both versions have; each has a ConfigMap of its own beside, named like its mode. */
function shop(app: LabApplication, { mode, image }: Version): JsonObject[] {
  const labels = { app: app.name, role: 'web' };
  const container = {
    name: 'web',
    image,
    envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'payment' } }],
  };
  const of = (apiVersion: string, kind: string, name: string, content: JsonObject): JsonObject => ({
    apiVersion,
    kind,
    metadata: app.meta(name),
    ...content,
  });
  return [
    of('v1', 'ConfigMap', 'settings', { data: { mode } }),
    of('v1', 'ConfigMap', mode, { data: { only: mode } }),
    of('v1', 'Secret', 'payment', { stringData: { key: `not-so-secret-${mode}` } }),
    of('v1', 'ServiceAccount', 'web', {}),
    of('v1', 'Service', 'web', { spec: { selector: labels, ports: [{ port: 80 }] } }),
    of(`${group}/v1`, 'Banner', 'welcome', { spec: { text: mode } }),
    of('apps/v1', 'Deployment', 'web', {
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { serviceAccountName: 'web', containers: [container] } },
      },
    }),
  ];
}

function requestOf(app: LabApplication): GuardRequest {
  const { targets, ...request } = app.request();
  const kinds = [...defaultScopeKinds, `${group}/v1/Banner`];
  return { ...request, targets: targets.map((target) => ({ ...target, scope: { ...target.scope, kinds } })) };
}

/** A good version, and what `belay rbac` prints for it. */
async function install(): Promise<{ app: LabApplication; request: GuardRequest; rights: Rights }> {
  const app = await engine.application('shop');
  await app.apply(shop(app, v1), '--server-side');
  const path = `/apis/apps/v1/namespaces/${app.name}/deployments/web`;
  const isAvailable = (live: JsonObject | undefined) => numberAt(live, 'status', 'availableReplicas') === 2;
  await Promise.all(engine.lab.clusters.map((cluster) => cluster.as('admin').until('v1 available', path, isAvailable)));
  const request = requestOf(app);
  return { app, request, rights: await printRights(engine.lab, request) };
}

type Rights = Awaited<ReturnType<typeof printRights>>;

async function deployBadVersion(app: LabApplication): Promise<void> {
  await app.apply(shop(app, v2), '--server-side');
  await app.kubectl(['delete', 'configmap', v1.mode]);
}

const banner = (app: LabApplication) => `/apis/${group}/v1/namespaces/${app.name}/banners/welcome`;

/** Counted before the deploy wherever they may be read, and left alone where not. */
const uncounted: readonly string[] = [];

test('a guard restores with the rights that belay rbac prints: each request is one of them, the census apart', async () => {
  const { app, request, rights } = await install();
  await applyRights(engine.lab, rights);
  const before = await app.content();
  const guard = await app.guard(request);
  await deployBadVersion(app);
  await guard.deployed();

  expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
  expect(await app.content()).toEqual(before);
  for (const cluster of engine.lab.clusters) {
    expect(await cluster.as('admin').get(banner(app))).toMatchObject({ spec: { text: v1.mode } });
    const requests = await requestsOf(engine.lab, cluster, app.name);
    const rules = (rights.get(cluster.name) ?? []).flatMap(rulesOf);
    const outside = requests.filter((entry) => !isAllowedBy(rules, entry)).map((entry) => entry);
    const isOfTheLab = (entry: (typeof outside)[number]) => !entry.objectRef?.apiGroup.endsWith('.example');
    expect(new Set(outside.filter(isOfTheLab).map(describeRequest))).toEqual(
      new Set(['create selfsubjectaccessreviews', ...uncounted.map((resource) => `list ${resource}`)]),
    );
    expect(new Set(requests.filter(({ code }) => code === 403).map(({ verb }) => verb))).toEqual(new Set(['list']));
    expect(new Set(effectsIn(requests))).toEqual(
      new Set([
        ...['update configmaps/settings', 'update secrets/payment', 'update banners/welcome', 'update deployments/web'],
        ...['patch configmaps/settings', 'patch secrets/payment', 'patch banners/welcome', 'patch deployments/web'],
        ...['create configmaps', 'patch configmaps/calm', 'delete configmaps/wild'],
      ]),
    );
  }
  await removeRights(engine.lab, rights);
});

describe('with one verb less than belay rbac prints, a rollback is refused before anything is written:', () => {
  test.each([
    ['update', 'secrets', 'Secret'],
    ['patch', 'deployments', 'Deployment'],
    ['create', 'configmaps', 'ConfigMap'],
    ['delete', 'configmaps', 'ConfigMap'],
  ])('no right to %s %s, and the refusal says so', async (verb, resource, kind) => {
    const { app, request, rights } = await install();
    const [cluster = ''] = rights.keys();
    const less = new Map([...rights, [cluster, without(rights.get(cluster) ?? [], verb, resource)] as const]);
    await applyRights(engine.lab, less);
    const guard = await app.guard(request);
    await deployBadVersion(app);
    const failed = await app.content();
    await guard.fail();

    expect(await guard.result()).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining(`no right to ${verb} ${kind}`),
    });
    expect(await app.content()).toEqual(failed);
    for (const one of engine.lab.clusters) {
      const requests = await requestsOf(engine.lab, one, app.name);
      expect(requests.map(describeRequest)).toContain('create leases');
      expect(effectsIn(requests)).toEqual([]);
    }
    await removeRights(engine.lab, less);
  });
});
