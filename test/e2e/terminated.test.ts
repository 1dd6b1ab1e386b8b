import { describe, expect, test } from 'vitest';
import type { Activities } from '../../src/schema/activities.ts';
import type { RunResult } from '../../src/schema/outcome.ts';
import { type BadDeploy, guardBadDeploy, holderIn } from '../support/bad-deploy.ts';
import { clusterNames, useEngine } from '../support/engine.ts';
import { createHooks } from '../support/hooks.ts';

const hooks = createHooks();
const engine = useEngine({ wrap: hooks.wrap });
const handleOf = ({ guard }: BadDeploy) => engine.temporal.client.workflow.getHandle(guard.workflowId);

type Name = keyof Activities;
interface Step {
  readonly at: Name;
  readonly when?: (input: Readonly<Record<string, unknown>>) => boolean;
}

const recording = (event: string): Step => ({ at: 'record', when: (input) => input.event === event });
const writing = (stage: string): Step => ({ at: 'writeBatch', when: (input) => input.stage === stage });

/** Every kind of step that a journal tells of, and what follows each. */
const steps: Readonly<Record<string, Step>> = {
  'before it was recorded why': recording('failed'),
  'before the deployer was stopped': recording('halted'),
  'while waiting until nobody writes': { at: 'quiesce' },
  'before the plan was recorded': recording('prepared'),
  'before the first stage was recorded': recording('committing'),
  'before the first stage was written': { at: 'writeBatch' },
  'before workloads were written': writing('workloads'),
  'while waiting for health': { at: 'awaitHealthy' },
  'before the pivot was recorded': recording('pivot'),
  'before the first delete was recorded': recording('deleting'),
  'before the first delete': { at: 'deleteBatch' },
  'before it was verified': { at: 'verifyTarget', when: ({ expect: claim }) => claim === 'baseline' },
  'when it was verified, before its outcome was recorded': recording('verified'),
};

async function terminateAt(bad: BadDeploy, { at, when = () => true }: Step): Promise<void> {
  const isOurs = (input: { readonly run?: { readonly application: string } }) =>
    input.run?.application === bad.app.name;
  const ended = hooks.before(
    at,
    (input) => isOurs(input as never) && when(input as never),
    async () => {
      await handleOf(bad).terminate('pulled the plug');
    },
  );
  await bad.guard.fail();
  await ended;
}

async function recover(bad: BadDeploy, direction: 'forward' | 'revert' = 'forward'): Promise<RunResult> {
  const { client } = engine.temporal;
  const { WithStartWorkflowOperation } = await import('@temporalio/client');
  const startWorkflowOperation = new WithStartWorkflowOperation('rollBack', {
    workflowId: bad.guard.workflowId,
    taskQueue: 'belay',
    args: [{ application: bad.app.name, environment: 'test' }],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  await client.workflow.executeUpdateWithStart('requestRollback', {
    args: [{ by: 'ada', reason: 'somebody pulled the plug', recover: direction }],
    startWorkflowOperation,
  });
  return (await handleOf(bad).result()) as RunResult;
}

describe.concurrent('a guard that was terminated while it put things back is finished from journal and store', () => {
  test.each(Object.entries(steps))(
    '%s',
    async (_, step) => {
      const bad = await guardBadDeploy(engine, 'ended');
      await terminateAt(bad, step);
      const result = await recover(bad);
      expect(result).toMatchObject({ outcome: 'restored' });
      expect(await bad.app.content()).toEqual(bad.before);
      expect(clusterNames.map((cluster) => holderIn(engine.sandbox, cluster, bad.app))).toEqual(['', '', '']);
    },
    240_000,
  );
});
