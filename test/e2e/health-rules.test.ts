import { afterEach, beforeAll, expect, test } from 'vitest';
import { at, type Json, type JsonObject, numberAt, textAt } from '../../src/sandbox/index.ts';
import { defaultScopeKinds } from '../../src/schema/guard-spec.ts';
import { clusterNames, useEngine } from '../support/engine.ts';
import { pollUntil } from '../support/poll.ts';
import { installSmallApp, type SmallApp, send } from '../support/small-app.ts';

const engine = useEngine();
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const kinds = { Router: 'routers', Note: 'notes' } as const;
type Kind = keyof typeof kinds;

const operators: NodeJS.Timeout[] = [];
afterEach(() => operators.splice(0).forEach(clearInterval));

beforeAll(async () => {
  for (const cluster of clusterNames) {
    for (const kind of ['Router', 'Note'] as const) {
      await send(engine.sandbox.cluster(cluster), 'POST', definitions, definitionOf(kind));
      const path = `${definitions}/${kinds[kind]}.mesh.example`;
      await pollUntil(
        `${kind} established in ${cluster}`,
        async () => engine.sandbox.cluster(cluster).read(path),
        (object) => JSON.stringify(object ?? {}).includes('"Established"'),
      );
    }
  }
});

test('a custom resource whose rule says that it failed is put back, and its health is waited for', async () => {
  const app = await installSmallApp(engine.sandbox, 'routed');
  for (const cluster of clusterNames) {
    await send(
      engine.sandbox.cluster(cluster),
      'POST',
      collection(app, 'Note'),
      custom(app, 'Note', { text: 'hello' }),
    );
    await send(engine.sandbox.cluster(cluster), 'POST', collection(app, 'Router'), custom(app, 'Router', calm));
    operate(cluster, `${collection(app, 'Router')}/main`);
  }
  await Promise.all(clusterNames.map((cluster) => phaseIn(cluster, app, 'Serving')));
  const before = await app.content();

  const guard = await engine.start(engine.request(app.name, { targets: targetsOf(app), health: [rule] }));
  await guard.ready();
  await app.put('eu', app.configMap('settings', { mode: 'wild' }));
  await send(engine.sandbox.cluster('us'), 'PUT', `${collection(app, 'Router')}/main`, {
    ...engine.sandbox.cluster('us').read(`${collection(app, 'Router')}/main`),
    spec: { upstream: 'nowhere' },
  });
  await guard.deployed();

  expect(await guard.result()).toMatchObject({ outcome: 'restored', health: 'healthy', left: [] });
  const { failure, progress } = await guard.status();
  expect(failure?.reason).toBe('us/main Failed: "failed" is true: object.status.phase == "Broken"');
  expect(progress.find(({ key }) => key === 'healthy')?.text).toBe(
    clusterNames.map((cluster) => `${cluster} 4/4, 1 not assessed`).join('   '),
  );
  expect(await app.content()).toEqual(before);
  const router = engine.sandbox.cluster('us').read(`${collection(app, 'Router')}/main`);
  expect([at(router ?? {}, 'spec'), textAt(router ?? {}, 'status', 'phase')]).toEqual([calm, 'Serving']);
});

const calm = { upstream: 'checkout' };

const rule = {
  kind: 'mesh.example/v1/Router',
  healthy: 'object.status.phase == "Serving"',
  failed: 'object.status.phase == "Broken"',
};

function targetsOf(app: SmallApp) {
  const scope = {
    selector: `app=${app.name}`,
    kinds: [...defaultScopeKinds, ...Object.keys(kinds).map((kind) => `mesh.example/v1/${kind}`)],
  };
  return clusterNames.map((cluster) => ({ cluster, namespace: app.name, scope }));
}

function definitionOf(kind: Kind): Json {
  const preserved = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: preserved, status: preserved } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kinds[kind]}.mesh.example` },
    spec: {
      group: 'mesh.example',
      scope: 'Namespaced',
      names: { plural: kinds[kind], kind },
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
}

function collection(app: SmallApp, kind: Kind): string {
  return `/apis/mesh.example/v1/namespaces/${app.name}/${kinds[kind]}`;
}

function custom(app: SmallApp, kind: Kind, spec: Json): Json {
  const metadata = { name: 'main', namespace: app.name, labels: { app: app.name } };
  return { apiVersion: 'mesh.example/v1', kind, metadata, spec };
}

/** The router's operator: it serves what it knows, and says so about the generation it saw. */
function operate(cluster: string, path: string): void {
  const api = engine.sandbox.cluster(cluster);
  const report = async () => {
    const live = api.read(path) as JsonObject | undefined;
    if (!live) return;
    const observedGeneration = numberAt(live, 'metadata', 'generation') ?? 0;
    if (numberAt(live, 'status', 'observedGeneration') === observedGeneration) return;
    const phase = textAt(live, 'spec', 'upstream') === 'checkout' ? 'Serving' : 'Broken';
    const body = { ...live, status: { phase, observedGeneration } };
    await api.request('PUT', `${path}/status`, body, { user: 'admin', userAgent: 'router-operator' });
  };
  operators.push(setInterval(() => void report(), 50));
}

async function phaseIn(cluster: string, app: SmallApp, phase: string): Promise<void> {
  await pollUntil(
    `the router of ${cluster} is ${phase}`,
    async () => engine.sandbox.cluster(cluster).read(`${collection(app, 'Router')}/main`),
    (object) => textAt(object ?? {}, 'status', 'phase') === phase,
  );
}
