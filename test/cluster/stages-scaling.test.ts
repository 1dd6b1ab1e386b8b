import { describe, test } from 'vitest';
import { type JsonObject, numberAt, objectsAt } from '../../src/sandbox/index.ts';
import { useLabEngine } from '../support/lab-engine.ts';
import { type StagedApp, stagedApp, stageHooks } from '../support/staged-app.ts';

const hooks = stageHooks();
const engine = useLabEngine({ wrap: hooks.wrap });

function autoscaler(app: StagedApp, minReplicas: number, maxReplicas: number): JsonObject {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  return app.object('autoscaling/v2/HorizontalPodAutoscaler', 'web', {
    spec: { scaleTargetRef, minReplicas, maxReplicas },
  });
}

function budget(app: StagedApp, name: string, minAvailable: number): JsonObject {
  const selector = { matchLabels: { app: app.name } };
  return app.object('policy/v1/PodDisruptionBudget', name, { spec: { minAvailable, selector } });
}

/** Its manifest says nothing about replicas. */
function unscaled(app: StagedApp, image: string): JsonObject {
  const workload = app.workload('web', image);
  const { replicas: _replicas, ...spec } = workload.spec as JsonObject;
  return { ...workload, spec };
}

async function replicasOf(app: StagedApp): Promise<number | undefined> {
  return numberAt(await app.read(app.workload('web', '')), 'spec', 'replicas');
}

function scaled(app: StagedApp, replicas: number): Promise<unknown> {
  const path = `/apis/apps/v1/namespaces/${app.name}/deployments/web`;
  return app.admin.until(`${replicas} replicas`, path, (live) => numberAt(live, 'spec', 'replicas') === replicas);
}

/** There are no metrics in a lab. The baseline must have seen that, or the restored state would be worse than it was. */
function judged(app: StagedApp): Promise<unknown> {
  const path = `/apis/autoscaling/v2/namespaces/${app.name}/horizontalpodautoscalers/web`;
  const knows = (live: JsonObject | undefined) =>
    objectsAt(live, 'status', 'conditions').some(({ type }) => type === 'ScalingActive');
  return app.admin.until('an autoscaler that knows it has no metrics', path, knows, 60_000);
}

describe.concurrent('replicas belong to whoever scales in the restored state', () => {
  test('an autoscaler that the deploy added goes first, then replicas are as before', async ({ expect }) => {
    const app = await stagedApp(engine, 'scaling');
    await app.apply(app.configMap('v1'), app.workload('web', 'web:v1'));
    await app.available('web');
    const before = await app.content();
    const guard = await app.guard();
    await app.apply(app.configMap('v2'), autoscaler(app, 4, 6));
    await scaled(app, 4);
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.writes()).toEqual([
      'delete horizontalpodautoscalers/web',
      'update configmaps/settings',
      'update deployments/web',
    ]);
    expect(await app.content()).toEqual(before);
  });

  test('an autoscaler that the deploy removed comes after its workload, which is within its range', async ({
    expect,
  }) => {
    const app = await stagedApp(engine, 'scaling');
    const web = unscaled(app, 'web:v1');
    await app.apply(web, autoscaler(app, 3, 5));
    await scaled(app, 3);
    await judged(app);
    const guard = await app.guard();
    await app.remove(autoscaler(app, 3, 5));
    await app.admin.patch(await app.admin.pathOf(web), { spec: { replicas: 0 } });
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.writes()).toEqual(['update deployments/web', 'create horizontalpodautoscalers/web']);
    expect(await replicasOf(app)).toBe(3);
  });

  test('under an autoscaler in both states they stay live, even when it moves them in the middle', async ({
    expect,
  }) => {
    const app = await stagedApp(engine, 'scaling');
    await app.apply(unscaled(app, 'web:v1'), autoscaler(app, 2, 6));
    await app.available('web');
    await judged(app);
    const guard = await app.guard();
    await app.apply(unscaled(app, 'web:v2-pull-error'));
    const scale = `/apis/apps/v1/namespaces/${app.name}/deployments/web/scale`;
    hooks.before(app.name, 'workloads', () => app.admin.patch(scale, { spec: { replicas: 5 } }));
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.writes()).toEqual(['update deployments/web']);
    expect(await replicasOf(app)).toBe(5);
  });

  test('disruption budgets: added ones go first, changed and removed ones come back last', async ({ expect }) => {
    const app = await stagedApp(engine, 'scaling');
    await app.apply(app.configMap('v1'), budget(app, 'changed', 1), budget(app, 'removed', 1));
    const before = await app.content();
    const guard = await app.guard();
    await app.remove(budget(app, 'removed', 1));
    await app.apply(app.configMap('v2'), budget(app, 'changed', 5), budget(app, 'added', 5));
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    const writes = await app.writes();
    expect(writes.slice(0, 2)).toEqual(['delete poddisruptionbudgets/added', 'update configmaps/settings']);
    expect(writes.slice(2).sort()).toEqual([
      'create poddisruptionbudgets/removed',
      'update poddisruptionbudgets/changed',
    ]);
    expect(await app.content()).toEqual(before);
  });
});
