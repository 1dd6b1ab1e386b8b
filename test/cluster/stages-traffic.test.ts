import { describe, test } from 'vitest';
import { type JsonObject, objectsAt, textAt } from '../../src/sandbox/index.ts';
import { useLabEngine } from '../support/lab-engine.ts';
import { failingApp, type StagedApp, stagedApp, stageHooks } from '../support/staged-app.ts';

const hooks = stageHooks();
const engine = useLabEngine({ wrap: hooks.wrap });

function service(app: StagedApp, selector: JsonObject, targetPort = 8080): JsonObject {
  return app.object('v1/Service', 'web', {
    spec: { selector: { app: app.name, ...selector }, ports: [{ port: 80, targetPort }] },
  });
}

/** Blue behind a Service, and a ConfigMap whose write shows when the others are done. */
async function install(app: StagedApp, image = 'web:v1', more: JsonObject = {}) {
  await app.apply(app.configMap('v1'), app.workload('blue', image, more), service(app, { version: 'blue' }));
  await app.available('blue');
  return { before: await app.content(), guard: await app.guard() };
}

function availableSince(workload: JsonObject | undefined): number {
  const condition = objectsAt(workload, 'status', 'conditions').find(({ type }) => type === 'Available');
  return Date.parse(textAt(condition ?? {}, 'lastTransitionTime') ?? '');
}

describe.concurrent('requests go back', () => {
  for (const [how, selector] of [
    ['blue-green (the selector is switched)', { version: 'green' }],
    ['canary (the selector is widened)', {}],
  ] as const) {
    test(`first of all where the old backends stand as before: ${how}`, async ({ expect }) => {
      const app = await stagedApp(engine, 'traffic');
      const { before, guard } = await install(app);
      await app.apply(app.configMap('v2'), app.workload('green', 'web:v2'), service(app, selector));
      await guard.fail();

      expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
      expect(await app.writes()).toEqual([
        'update services/web',
        'update configmaps/settings',
        'delete deployments/green',
      ]);
      expect(await app.content()).toEqual(before);
    });
  }

  test('only when their own backends are healthy, where the deploy changed those', async ({ expect }) => {
    const app = await stagedApp(engine, 'traffic');
    const { before, guard } = await install(app, 'web:v1-slow', { strategy: { type: 'Recreate' } });
    const blue = app.workload('blue', 'web:v2-pull-error', { strategy: { type: 'Recreate' } });
    await app.apply(blue, app.workload('green', 'web:v2'), service(app, { version: 'green' }));
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.writes()).toEqual(['update deployments/blue', 'update services/web', 'delete deployments/green']);
    const available = availableSince(await app.read(blue));
    expect(available).toBeGreaterThan((await app.timesOf('update deployments/blue'))[0] ?? 0);
    expect(available).toBeLessThanOrEqual((await app.timesOf('update services/web'))[0] ?? 0);
    expect(await app.content()).toEqual(before);
  });

  test('not first where only the ports of a Service changed: there is nothing else alive to go back to', async ({
    expect,
  }) => {
    const app = await stagedApp(engine, 'traffic');
    const { before, guard } = await install(app);
    await app.apply(app.configMap('v2'), service(app, { version: 'blue' }, 9090));
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.writes()).toEqual(['update configmaps/settings', 'update services/web']);
    expect(await app.content()).toEqual(before);
  });

  test('first of all through an Ingress whose Service and backends are untouched', async ({ expect }) => {
    const app = await stagedApp(engine, 'traffic');
    const backend = { service: { name: 'web', port: { number: 80 } } };
    const ingress = (path: string) =>
      app.object('networking.k8s.io/v1/Ingress', 'web', {
        spec: { rules: [{ http: { paths: [{ path, pathType: 'Prefix', backend }] } }] },
      });
    await app.apply(ingress('/'));
    const { before, guard } = await install(app);
    await app.apply(app.configMap('v2'), ingress('/new'));
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.writes()).toEqual(['update ingresses/web', 'update configmaps/settings']);
    expect(await app.content()).toEqual(before);
  });

  test('to where the failed deploy sent them, last of all, when the rollback itself is undone', async ({ expect }) => {
    const app = await failingApp(engine, hooks, 'traffic');
    const worker = (image: string) => app.workload('worker', image, { strategy: { type: 'Recreate' } });
    await app.apply(app.budget(1), worker('worker:v1'));
    const { guard } = await install(app);
    await app.apply(worker('worker:v2-slow'), app.workload('green', 'web:v2'), app.budget(2));
    await app.apply(service(app, { version: 'green' }));
    const failed = await app.content();
    await guard.fail();

    expect(await guard.result()).toMatchObject({
      outcome: 'reverted',
      reason: expect.stringMatching(/PodDisruptionBudget\/web.*forbidden/),
    });
    expect(await app.writes()).toEqual([
      'update services/web',
      'update deployments/worker',
      'update deployments/worker',
      'update services/web',
    ]);
    const available = availableSince(await app.read(worker('')));
    expect(available).toBeGreaterThan((await app.timesOf('update deployments/worker'))[1] ?? 0);
    expect(available).toBeLessThanOrEqual((await app.timesOf('update services/web'))[1] ?? 0);
    expect(await app.content()).toEqual(failed);
  });
});
