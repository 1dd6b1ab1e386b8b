import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { PlanView } from '../../src/schema/plan-view.ts';
import { planWorkflowId } from '../../workflows/messages.ts';
import { deployBadly, guardBadDeploy } from '../support/bad-deploy.ts';
import { useEngine } from '../support/engine.ts';
import { type SmallApp, send } from '../support/small-app.ts';

const engine = useEngine();

/** Beside what the scope's selector sees, one object that it does not. */
async function deployMore(app: SmallApp): Promise<void> {
  await deployBadly(app);
  const extra = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'extra', namespace: app.name }, type: 'Opaque' };
  await send(engine.sandbox.cluster('us'), 'POST', `/api/v1/namespaces/${app.name}/secrets`, extra);
}

async function planOf(application: string): Promise<PlanView> {
  const name = { application, environment: 'test' };
  return await engine.temporal.client.workflow.execute<(request: unknown) => Promise<PlanView>>('planRollback', {
    workflowId: planWorkflowId(name, randomUUID()),
    taskQueue: 'belay',
    args: [name],
  });
}

test('an object that a deploy makes outside its scope is told as a suspect in plan and outcome, and never touched', async () => {
  const { app, guard } = await guardBadDeploy(engine, 'suspects', {}, deployMore);
  expect((await planOf(app.name)).targets.map(({ target, suspects = [] }) => [target, ...suspects])).toEqual([
    ['eu'],
    ['us', 'Secret/extra'],
    ['ap'],
  ]);

  await guard.fail();
  const result = await guard.result();
  expect(result).toMatchObject({ outcome: 'restored', suspects: [{ target: 'us', object: 'Secret/extra' }] });
  expect(result.progress).toContainEqual(
    expect.objectContaining({ mark: 'warning', text: expect.stringMatching(/^us\/Secret\/extra: new since/) }),
  );
  expect(engine.sandbox.cluster('us').read(app.path('secrets', 'extra'))).toBeDefined();
});
