import { beforeAll, describe, test } from 'vitest';
import type { JsonObject } from '../../src/sandbox/index.ts';
import { useLabEngine } from '../support/lab-engine.ts';
import { failingApp, refsOf, type StagedApp, stagedApp, stageHooks } from '../support/staged-app.ts';

const hooks = stageHooks();
const engine = useLabEngine({ wrap: hooks.wrap });

// Admission is configured in objects that live in no namespace.
beforeAll(() => {
  const admission = { apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['*'] };
  return engine.lab.grant(engine.lab.engine, { rules: [admission] });
});

const policy = (app: StagedApp) =>
  app.object('networking.k8s.io/v1/NetworkPolicy', 'closed', { spec: { podSelector: {} } });
const limits = (app: StagedApp) =>
  app.object('v1/LimitRange', 'limits', { spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } });
const quota = (app: StagedApp, configmaps: string) =>
  app.object('v1/ResourceQuota', 'quota', { spec: { hard: { configmaps } } });

const configMapsOf = (app: StagedApp, operations: string[]) => ({
  rules: [{ apiGroups: [''], apiVersions: ['v1'], operations, resources: ['configmaps'] }],
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': app.name } },
});

/** Asks a Service of the application. */
function webhook(app: StagedApp, more: JsonObject = {}): JsonObject {
  const clientConfig = { service: { namespace: app.name, name: 'judge', path: '/' } };
  const name = `judge.${app.name}.example`;
  const base = { name, clientConfig, sideEffects: 'None', admissionReviewVersions: ['v1'], timeoutSeconds: 1 };
  const content = { webhooks: [{ ...base, ...configMapsOf(app, ['CREATE', 'UPDATE']), ...more }] };
  return app.clusterWide('admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration', content);
}

function denial(app: StagedApp): [policy: JsonObject, binding: JsonObject] {
  const { rules: resourceRules, namespaceSelector } = configMapsOf(app, ['CREATE', 'UPDATE']);
  const type = 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy';
  const spec = { matchConstraints: { resourceRules, namespaceSelector }, validations: [{ expression: 'false' }] };
  const binding = { policyName: app.name, validationActions: ['Deny'] };
  return [app.clusterWide(type, { spec }), app.clusterWide(`${type}Binding`, { spec: binding })];
}

describe.concurrent('what the deploy added and could block the restore', () => {
  test('is deleted before anything else is written: network policy, quota, limits; what the quota turned away is proven at its stage', async ({
    expect,
  }) => {
    const app = await stagedApp(engine, 'disarm');
    await app.apply(app.configMap('v1'), app.configMap('on', 'flags'));
    const before = await app.content();
    const guard = await app.guard({ manifests: refsOf(quota(app, '0'), limits(app)) });
    await app.remove(app.configMap('', 'flags'));
    await app.apply(app.configMap('v2'), policy(app), limits(app), quota(app, '0'));
    await app.turnedAway();
    await guard.fail();

    const result = await guard.result();
    expect(result).toMatchObject({ outcome: 'restored', left: [] });
    expect(result.progress?.find(({ key }) => key === 'plan')?.text).toMatch(
      /1 of 2 writes proven by dry run, 1 deferred/,
    );
    const writes = await app.writes();
    expect(writes.slice(0, 3).sort()).toEqual([
      'delete limitranges/limits',
      'delete networkpolicies/closed',
      'delete resourcequotas/quota',
    ]);
    expect(writes.slice(3).sort()).toEqual(['create configmaps/flags', 'update configmaps/settings']);
    expect(await app.content()).toEqual(before);
  });

  test('is posted back when the rollback is undone', async ({ expect }) => {
    const app = await failingApp(engine, hooks, 'disarm');
    await app.apply(app.configMap('v1'), app.budget(1));
    const guard = await app.guard({ manifests: refsOf(quota(app, '9')) });
    await app.apply(app.configMap('v2'), policy(app), quota(app, '9'), app.budget(2));
    const failed = await app.content();
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'reverted' });
    expect((await app.writes()).sort()).toEqual([
      'create networkpolicies/closed',
      'create resourcequotas/quota',
      'delete networkpolicies/closed',
      'delete resourcequotas/quota',
      'update configmaps/settings',
      'update configmaps/settings',
    ]);
    expect(await app.content()).toEqual(failed);
    expect(await app.read(quota(app, '9'))).toMatchObject({ spec: { hard: { configmaps: '9' } } });
  });

  for (const [what, added] of [
    ['a webhook that nobody answers', (app: StagedApp) => [webhook(app)]],
    ['an admission policy and its binding', denial],
  ] as const) {
    test(`is deleted first, though it turns every write away while the plan is made: ${what}`, async ({
      expect,
      onTestFinished,
    }) => {
      const app = await stagedApp(engine, 'disarm');
      onTestFinished(() => app.remove(...added(app)));
      await app.apply(app.configMap('v1'));
      const before = await app.content();
      const guard = await app.guard({ manifests: refsOf(...added(app)) });
      await app.apply(app.configMap('v2'), ...added(app));
      await app.turnedAway();
      await guard.fail();

      const result = await guard.result();
      expect(result).toMatchObject({ outcome: 'restored', left: [] });
      expect(result.progress?.find(({ key }) => key === 'plan')?.text).toMatch(
        /0 of 1 write proven by dry run, 1 deferred/,
      );
      const writes = await app.writes(...added(app));
      expect(writes).toHaveLength(added(app).length + 1);
      expect(writes.at(-1)).toBe('update configmaps/settings');
      for (const one of added(app)) expect(await app.read(one)).toBeUndefined();
      expect(await app.content()).toEqual(before);
    });
  }
});

describe.concurrent('a validating webhook of the baseline', () => {
  test('that the application serves itself, and the deploy broke, is named in the refusal; nothing is written', async ({
    expect,
    onTestFinished,
  }) => {
    const app = await stagedApp(engine, 'disarm');
    const matchConditions = [{ name: 'others', expression: "request.userInfo.username != 'admin'" }];
    const judge = webhook(app, { failurePolicy: 'Fail', matchConditions });
    onTestFinished(() => app.remove(judge));
    await app.apply(app.configMap('v1'), judge);
    const guard = await app.guard({ manifests: refsOf(judge) });
    await app.apply(app.configMap('v2'));
    const failed = await app.content();
    await guard.fail();

    const reason = expect.stringMatching(new RegExp(`ConfigMap/settings.*failed calling webhook.*judge.${app.name}`));
    expect(await guard.result()).toMatchObject({ outcome: 'refused', reason });
    expect(await app.writes(judge)).toEqual([]);
    expect(await app.content()).toEqual(failed);
  });

  test('is written last of all, behind prunes', async ({ expect, onTestFinished }) => {
    const app = await stagedApp(engine, 'disarm');
    const judge = (timeoutSeconds: number) => webhook(app, { failurePolicy: 'Ignore', timeoutSeconds });
    onTestFinished(() => app.remove(judge(1)));
    await app.apply(app.configMap('v1'), judge(1));
    const guard = await app.guard({ manifests: refsOf(judge(1)) });
    await app.apply(judge(2), app.configMap('v2'), app.configMap('new', 'added'));
    await guard.fail();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.writes(judge(1))).toEqual([
      'update configmaps/settings',
      'delete configmaps/added',
      `update validatingwebhookconfigurations/${app.name}`,
    ]);
    expect(await app.read(judge(1))).toMatchObject({ webhooks: [{ timeoutSeconds: 1 }] });
  });
});
