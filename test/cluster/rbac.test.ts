import { afterAll, beforeAll, describe, test } from 'vitest';
import { type JsonObject, numberAt } from '../../src/sandbox/index.ts';
import { defaultScopeKinds, type GuardRequest } from '../../src/schema/guard-spec.ts';
import { describeKind, effectsIn, isAllowedBy, requestsOf } from '../support/lab-audit.ts';
import { type LabApplication, useLabEngine } from '../support/lab-engine.ts';
import { applyRights, printRights, removeRights, rulesOf, without } from '../support/lab-rbac.ts';
import { pollUntil } from '../support/poll.ts';
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
    // 404 until it is established, then 429 until its storage is there.
    const ask = () => admin.request('GET', `/apis/${group}/v1/banners`);
    await pollUntil('banners to be served', ask, ({ status }) => status === 200);
  }
});

const printed: (readonly JsonObject[])[] = [];

afterAll(async () => {
  for (const rights of printed) await removeRights(engine.lab, rights);
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`;
  for (const cluster of engine.lab.clusters) await cluster.as('admin').remove(path);
});

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
    of('v1', 'Secret', 'payment', { data: { key: btoa(mode) } }),
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

interface Installed {
  readonly app: LabApplication;
  readonly request: GuardRequest;
  readonly rights: readonly JsonObject[];
}

/** A good version, and what `belay rbac` prints for it; in the first cluster the engine gets it as `change` makes it. */
async function install(change = (rights: readonly JsonObject[]) => rights): Promise<Installed> {
  const { lab } = engine;
  const app = await engine.application('shop');
  await app.apply(shop(app, v1), '--server-side');
  const path = `/apis/apps/v1/namespaces/${app.name}/deployments/web`;
  const isAvailable = (live: JsonObject | undefined) => numberAt(live, 'status', 'availableReplicas') === 2;
  await Promise.all(lab.clusters.map((cluster) => cluster.as('admin').until('v1 available', path, isAvailable)));
  const request = requestOf(app);
  const rights = await printRights(lab, request);
  printed.push(rights);
  const given = lab.clusters.map(({ name }, index) => applyRights(lab, name, index === 0 ? change(rights) : rights));
  await Promise.all(given);
  return { app, request, rights };
}

async function deployBadVersion(app: LabApplication): Promise<void> {
  await app.apply(shop(app, v2), '--server-side');
  await app.kubectl(['delete', 'configmap', v1.mode]);
}

const banner = (app: LabApplication) => `/apis/${group}/v1/namespaces/${app.name}/banners/welcome`;

/** What the census would count, and may not: nothing of these kinds is in scope, and nothing of them is ever deleted. */
const uncounted: readonly string[] = [
  ...['controllerrevisions', 'csistoragecapacities', 'endpoints', 'endpointslices', 'leases', 'limitranges'],
  ...['podcertificaterequests', 'podtemplates', 'replicationcontrollers', 'resourceclaims', 'resourceclaimtemplates'],
  'resourcequotas',
];

describe.concurrent('a guard whose engine may do what belay rbac prints', () => {
  test('restores; each of its requests is in the printed rules, reviews of its own rights and the census apart', async ({
    expect,
  }) => {
    const { app, request, rights } = await install();
    const before = await app.content();
    const guard = await app.guard(request);
    await deployBadVersion(app);
    await guard.deployed();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.content()).toEqual(before);
    for (const cluster of engine.lab.clusters) {
      expect(await cluster.as('admin').get(banner(app))).toMatchObject({ spec: { text: v1.mode } });
      const requests = await requestsOf(engine.lab, cluster, app.name);
      const outside = requests.filter((entry) => !isAllowedBy(rights.flatMap(rulesOf), entry));
      // Definitions of other files come and go.
      const builtIn = outside.filter(({ objectRef }) => !objectRef?.apiGroup.endsWith('.example'));
      expect(new Set(builtIn.map(describeKind))).toEqual(
        new Set(['create selfsubjectaccessreviews', ...uncounted.map((resource) => `list ${resource}`)]),
      );
      expect(requests.filter(({ code, verb }) => code === 403 && verb !== 'list')).toEqual([]);
      expect(new Set(effectsIn(requests))).toEqual(new Set(effects));
    }
  });

  test.for([
    ['update', 'secrets', 'Secret'],
    ['patch', 'deployments', 'Deployment'],
    ['create', 'configmaps', 'ConfigMap'],
    ['delete', 'configmaps', 'ConfigMap'],
  ] as const)(
    'but not %s %s, in one cluster, refuses the rollback naming both, and has written nothing',
    async ([verb, resource, kind], { expect }) => {
      const { app, request } = await install((rights) => without(rights, verb, resource));
      const guard = await app.guard(request);
      await deployBadVersion(app);
      const failed = await app.content();
      await guard.fail();

      expect(await guard.result()).toMatchObject({
        outcome: 'refused',
        reason: expect.stringContaining(`no right to ${verb} ${kind}`),
      });
      expect(await app.content()).toEqual(failed);
      for (const cluster of engine.lab.clusters) {
        const requests = await requestsOf(engine.lab, cluster, app.name);
        expect(requests.map(describeKind)).toContain('create leases');
        expect(effectsIn(requests)).toEqual([]);
      }
    },
  );
});

/** What the restore of `shop` takes. */
const effects = [
  ...['update configmaps/settings', 'update secrets/payment', 'update banners/welcome', 'update deployments/web'],
  ...['patch configmaps/settings', 'patch secrets/payment', 'patch banners/welcome', 'patch deployments/web'],
  ...['create configmaps/calm', 'patch configmaps/calm', 'delete configmaps/wild'],
];
