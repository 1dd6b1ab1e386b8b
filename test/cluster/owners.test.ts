import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, type JsonObject } from '../../src/sandbox/index.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import type { PlanView } from '../../src/schema/plan-view.ts';
import { planWorkflowId } from '../../workflows/messages.ts';
import type { LabClient } from '../lab/client.ts';
import type { Guard } from '../support/engine.ts';
import { argo, type Controller, definitionOf, flux, type GitOps, runController } from '../support/fake-gitops.ts';
import { createHooks } from '../support/hooks.ts';
import { type LabApplication, useLabEngine } from '../support/lab-engine.ts';

const hooks = createHooks();
const engine = useLabEngine({ wrap: hooks.wrap });
const controllers: Controller[] = [];
const admin = () => engine.lab.cluster('eu').as('admin');
const established = (object: JsonObject | undefined) => JSON.stringify(object ?? {}).includes('"Established"');

beforeAll(async () => {
  for (const tool of [flux, argo]) {
    const definition = definitionOf(tool);
    await admin().create(definition);
    await admin().until(`${tool.kind} served`, await admin().pathOf(definition), established);
  }
});

afterAll(async () => {
  for (const controller of controllers) await controller.stop();
  for (const tool of [flux, argo]) await admin().remove(await admin().pathOf(definitionOf(tool)));
});

interface Delivered {
  readonly app: LabApplication;
  readonly controller: Controller;
  readonly guard: Guard;
  owner(): Promise<JsonObject>;
  mode(): Promise<unknown>;
  settings(mode: string): JsonObject;
}

/** An application that a GitOps tool delivers, under a guard, with the bad version delivered. */
async function deliverBadly(
  tool: GitOps,
  options: Partial<GuardRequest>,
  whileGuarded: (delivered: Omit<Delivered, 'guard'>) => Promise<void>,
): Promise<Delivered> {
  const app = await engine.application('owned');
  const api = admin();
  const object = { apiVersion: tool.apiVersion, kind: tool.kind, metadata: { name: 'shop', namespace: app.name } };
  await api.create({ ...object, spec: tool.spec });
  const settings = (mode: string) => settingsOf(app, tool, mode);
  const path = await api.pathOf(object);
  const controller = runController(api, tool, { owner: path, source: settings('calm'), interval: 1000 });
  controllers.push(controller);
  const mode = async () => at((await api.read(settingsPath(app))) ?? {}, 'data', 'mode');
  const delivered = { app, controller, owner: () => api.get(path), mode, settings };
  await untilMode(api, app, 'calm');

  const targets = [{ cluster: 'eu', namespace: app.name, scope: { selector: `app=${app.name}` } }];
  const guard = await app.guard({ targets, ...options });
  controller.source = settings('wild');
  await untilMode(api, app, 'wild');
  await whileGuarded(delivered);
  await guard.fail();
  return { ...delivered, guard };
}

function settingsOf(app: LabApplication, tool: GitOps, mode: string): JsonObject {
  const { labels = {}, annotations = {} } = tool.marks(app.name) as { labels?: JsonObject; annotations?: JsonObject };
  const metadata = { name: 'settings', namespace: app.name, labels: { app: app.name, ...labels }, annotations };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mode } };
}

const settingsPath = (app: LabApplication) => `/api/v1/namespaces/${app.name}/configmaps/settings`;

async function untilMode(api: LabClient, app: LabApplication, mode: string): Promise<void> {
  const isSo = (object: JsonObject | undefined) => at(object ?? {}, 'data', 'mode') === mode;
  await api.until(`settings ${mode}`, settingsPath(app), isSo);
}

async function planOf({ name }: LabApplication): Promise<PlanView> {
  const about = { application: name, environment: 'test' };
  return await engine.temporal.client.workflow.execute<(request: unknown) => Promise<PlanView>>('planRollback', {
    workflowId: planWorkflowId(about, randomUUID()),
    taskQueue: 'belay',
    args: [about],
  });
}

const essence = ({ spec, metadata }: JsonObject) => ({ spec, annotations: at(metadata ?? null, 'annotations') });

async function writesTo(app: LabApplication, resource: string): Promise<number> {
  const entries = await engine.lab.cluster('eu').audit();
  return entries.filter(
    ({ user, verb, objectRef, dryRun }) =>
      user === engine.lab.engine &&
      objectRef?.namespace === app.name &&
      objectRef.resource === resource &&
      ['update', 'patch'].includes(verb) &&
      !dryRun,
  ).length;
}

describe.concurrent('an application delivered by', () => {
  for (const [name, tool, resume] of [
    ['Flux', flux, 'flux resume kustomization shop'],
    ['Argo CD', argo, 'kubectl annotate application shop'],
  ] as const) {
    test(`${name} that may be paused is restored and stays so; the outcome says how to go on`, async () => {
      const { guard, owner, mode, controller, app, settings } = await deliverBadly(
        tool,
        { owners: 'pause' },
        async (delivered) => {
          const { verdict, owners } = await planOf(delivered.app);
          expect(verdict).toBe('possible');
          expect(owners).toMatchObject({ policy: 'pause', found: [{ state: 'active', effect: 'pause' }] });
        },
      );
      expect(await guard.result()).toMatchObject({
        outcome: 'restored',
        left: [{ target: 'eu', object: `${tool.kind}/shop`, reason: expect.stringContaining(resume) }],
      });
      expect(tool.isPaused(await owner())).toBe(true);
      expect(controller.source).toEqual(settings('wild'));
      await controller.apply();
      expect(await mode()).toBe('calm');
      expect(await writesTo(app, `${tool.kind.toLowerCase()}s`)).toBe(1);
    });

    test(`${name} is refused without a word on owners, and nothing is written`, async () => {
      const plans: PlanView[] = [];
      const { guard, owner, mode, app } = await deliverBadly(tool, {}, async (delivered) => {
        plans.push(await planOf(delivered.app));
      });
      const { outcome, reason, progress } = await guard.result();
      expect(outcome).toBe('refused');
      expect(reason).toContain(`eu/${tool.kind}/shop in ${app.name} (${name})`);
      expect(plans).toMatchObject([
        { verdict: 'refused', reasons: [reason], owners: { policy: 'refuse', found: [{ effect: 'refuse' }] } },
      ]);
      const warning = progress?.find(({ mark }) => mark === 'warning');
      expect(warning).toMatchObject({ title: 'owners', text: `a rollback would be refused: ${reason}` });
      expect(progress?.map(({ key }) => key).slice(0, 3)).toEqual(['locked', 'baseline', warning?.key]);
      expect(tool.isPaused(await owner())).toBe(false);
      expect(await mode()).toBe('wild');
      expect(await writesTo(app, 'configmaps')).toBe(0);
    });

    test(`${name} is let go as it was when the restore is refused after the pause`, async () => {
      const before: { owner?: JsonObject } = {};
      const { guard, owner } = await deliverBadly(tool, { owners: 'pause' }, async (delivered) => {
        before.owner = await delivered.owner();
        const foreign = { ...delivered.settings('odd'), metadata: { name: 'settings', namespace: delivered.app.name } };
        void hooks.before(
          'planRestore',
          ({ run }) => run.application === delivered.app.name,
          async () => {
            expect(tool.isPaused(await delivered.owner())).toBe(true);
            await admin().apply(foreign, { manager: 'kubectl-edit', force: true });
          },
        );
      });
      expect(await guard.result()).toMatchObject({
        outcome: 'refused',
        reason: expect.stringContaining('kubectl-edit'),
      });
      expect(essence(await owner())).toEqual(essence(before.owner ?? {}));
    });
  }

  test('Flux that is to be ignored is contested when it takes the restore back: named, blocked, not fought over', async () => {
    const { guard, app, mode } = await deliverBadly(
      flux,
      { owners: 'ignore' },
      async ({ controller, app: { name } }) => {
        await controller.stop();
        const seen = { times: 0 };
        void hooks.before(
          'verifyTarget',
          ({ run, expect: claim }) => run.application === name && claim === 'baseline' && ++seen.times > 2,
          () => controller.apply(),
        );
      },
    );
    const { decision } = await guard.until('blocked', (view) => view.phase === 'waiting(blocked)');
    expect(decision?.reason).toMatch(/^contested: .*ConfigMap\/settings.* changed by kustomize-controller \(Flux\)/);
    expect(await mode()).toBe('wild');
    const handle = engine.temporal.client.workflow.getHandle(guard.workflowId);
    await handle.executeUpdate('resolve', { args: [{ decision: 'abandon', by: 'ada', reason: 'Flux first' }] });
    expect(await guard.result()).toMatchObject({ outcome: 'abandoned' });
    expect(await mode()).toBe('wild');
    // The PUT of the restore, and its ownership: nothing after Flux.
    expect(await writesTo(app, 'configmaps')).toBeLessThanOrEqual(2);
  });
});
