import { describe, test } from 'vitest';
import { type JsonObject, numberAt } from '../../src/sandbox/index.ts';
import { useLabEngine } from '../support/lab-engine.ts';
import { pollUntil } from '../support/poll.ts';
import { failingApp, type StagedApp, stagedApp, stageHooks } from '../support/staged-app.ts';

const hooks = stageHooks();
const engine = useLabEngine({ wrap: hooks.wrap });

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name });

function cronJob(app: StagedApp, suspend: boolean): JsonObject {
  const containers = [{ name: 'tick', image: 'registry.example/tick:v1' }];
  const jobTemplate = { spec: { template: { spec: { containers, restartPolicy: 'Never' } } } };
  return app.object('batch/v1/CronJob', 'tick', { spec: { schedule: '0 0 1 1 *', suspend, jobTemplate } });
}

/** A CronJob that runs and a sealed ConfigMap; the deploy suspends the one and makes the other anew, unsealed. */
async function installOneWay(app: StagedApp): Promise<() => Promise<void>> {
  const sealed = app.configMap('v1', 'sealed');
  await app.apply(app.configMap('v1'), cronJob(app, false), { ...sealed, immutable: true });
  return async () => {
    await app.remove(sealed);
    await app.apply(app.configMap('v2'), cronJob(app, true), sealed);
  };
}

describe.concurrent('order', () => {
  test('is what "dependsOn" says, within a stage and across stages', async ({ expect }) => {
    const app = await stagedApp(engine, 'order');
    await app.apply(app.configMap('v1', 'a'), app.configMap('v1', 'z'), app.workload('web', 'web:v1'));
    await app.available('web');
    const before = await app.content();
    const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const dependsOn = [
      { object: web, on: configMap('z') },
      { object: configMap('a'), on: web },
    ];
    const guard = await app.guard({ dependsOn });
    await app.apply(app.configMap('v2', 'a'), app.configMap('v2', 'z'), app.workload('web', 'web:v2'));
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.writes()).toEqual(['update configmaps/z', 'update deployments/web', 'update configmaps/a']);
    expect(await app.content()).toEqual(before);
  });

  test('that runs in a circle is refused by name, and nothing is written', async ({ expect }) => {
    const app = await stagedApp(engine, 'order');
    await app.apply(app.configMap('v1', 'a'), app.configMap('v1', 'z'));
    const dependsOn = [
      { object: configMap('a'), on: configMap('z') },
      { object: configMap('z'), on: configMap('a') },
    ];
    const guard = await app.guard({ dependsOn });
    await app.apply(app.configMap('v2', 'a'), app.configMap('v2', 'z'));
    await guard.fail();

    const reason = expect.stringMatching(/a cycle of dependencies: ConfigMap\/[az], ConfigMap\/[az]/);
    expect(await guard.result()).toMatchObject({ outcome: 'refused', reason });
    expect(await app.writes()).toEqual([]);
  });
});

describe.concurrent('writes that nothing can take back', () => {
  test('come behind all that can be taken back: unsuspending a CronJob, sealing a ConfigMap', async ({ expect }) => {
    const app = await stagedApp(engine, 'oneway');
    const deploy = await installOneWay(app);
    await app.apply(app.workload('web', 'web:v1'));
    await app.available('web');
    const before = await app.content();
    const guard = await app.guard();
    await deploy();
    await app.apply(app.workload('web', 'web:v2-pull-error'));
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    const writes = await app.writes();
    expect(writes.slice(0, 2)).toEqual(['update configmaps/settings', 'update deployments/web']);
    expect(writes.slice(2).sort()).toEqual(['update configmaps/sealed', 'update cronjobs/tick']);
    expect(await app.content()).toEqual(before);
  });

  test('are never sent when the rollback fails before', async ({ expect }) => {
    const app = await failingApp(engine, hooks, 'oneway');
    const deploy = await installOneWay(app);
    await app.apply(app.budget(1));
    const guard = await app.guard();
    await deploy();
    await app.apply(app.budget(2));
    const failed = await app.content();
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'reverted' });
    expect(await app.writes()).toEqual(['update configmaps/settings', 'update configmaps/settings']);
    expect(await app.content()).toEqual(failed);
  });
});

describe.concurrent('before it is called restored', () => {
  test('a workload that was made anew behind the pivot is healthy', async ({ expect }) => {
    const app = await stagedApp(engine, 'anew');
    const web = app.workload('web', 'web:v1-slow');
    await app.apply(app.configMap('v1'), web);
    await app.available('web');
    const before = await app.content();
    const guard = await app.guard({ consent: [{ allow: 'recreate', kind: 'apps/v1/Deployment' }] });
    const labels = { app: app.name, track: 'new' };
    const template = { ...((web.spec as JsonObject).template as JsonObject), metadata: { labels } };
    await app.remove(web);
    await pollUntil(
      'the old workload to be gone',
      () => app.read(web),
      (live) => live === undefined,
    );
    await app.apply(app.configMap('v2'), app.workload('web', '', { selector: { matchLabels: labels }, template }));
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', health: 'healthy', left: [] });
    expect(numberAt(await app.read(web), 'status', 'availableReplicas')).toBe(2);
    expect(await app.writes()).toEqual([
      'update configmaps/settings',
      'delete deployments/web',
      'create deployments/web',
    ]);
    expect(await app.content()).toEqual(before);
  });

  test('every write was proven: where the server would store something else, nothing is written', async ({
    expect,
    onTestFinished,
  }) => {
    const app = await stagedApp(engine, 'proof');
    const type = 'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy';
    const policy = app.clusterWide(type, {
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['configmaps'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': app.name } },
        },
        matchConditions: [{ name: 'engine', expression: `request.userInfo.username == '${engine.lab.engine}'` }],
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: { expression: '[JSONPatch{op: "add", path: "/data/value", value: "v3"}]' },
          },
        ],
      },
    });
    const binding = app.clusterWide(`${type}Binding`, { spec: { policyName: app.name } });
    onTestFinished(() => app.remove(binding, policy));
    await app.apply(app.configMap('v1'), policy, binding);
    const as = engine.lab.cluster('eu').as(engine.lab.engine);
    const path = await app.admin.pathOf(app.configMap(''));
    const probe = () => as.patch(`${path}?dryRun=All`, { data: { value: 'v0' } });
    await pollUntil('the policy to count', probe, ({ data }) => (data as JsonObject).value === 'v3');
    const guard = await app.guard();
    await app.apply(app.configMap('v2'));
    await guard.fail();

    const reason = expect.stringContaining('ConfigMap/settings: the server would store something else');
    expect(await guard.result()).toMatchObject({ outcome: 'refused', reason });
    expect(await app.writes()).toEqual([]);
    expect(await app.read(app.configMap(''))).toMatchObject({ data: { value: 'v2' } });
  });
});
