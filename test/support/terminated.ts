import { WithStartWorkflowOperation } from '@temporalio/client';
import type { Activities } from '../../src/schema/activities.ts';
import type { RunResult } from '../../src/schema/outcome.ts';
import type { Engine, Guard } from './engine.ts';
import type { Hooks } from './hooks.ts';

/** Of an application, on the sandbox or on the lab. */
export interface Guarded {
  readonly app: { readonly name: string };
  readonly guard: Pick<Guard, 'workflowId'>;
}

/** A step of a run, right before it is taken. */
export interface Step {
  readonly at: keyof Activities;
  readonly when?: (input: Readonly<Record<string, unknown>>) => boolean;
}

export const recording = (event: string): Step => ({ at: 'record', when: (input) => input.event === event });
export const writing = (stage: string): Step => ({ at: 'writeBatch', when: (input) => input.stage === stage });

/** Does something at a step of the application's run; the step itself is taken all the same, as by a worker cut off. */
export function atStep(
  hooks: Hooks,
  { app }: Pick<Guarded, 'app'>,
  { at, when = () => true }: Step,
  act: () => Promise<unknown>,
): Promise<void> {
  const matches = (input: object) => {
    const { run } = input as { readonly run?: { readonly application: string } };
    return run?.application === app.name && when(input as Readonly<Record<string, unknown>>);
  };
  return hooks.before(at, matches, async () => void (await act()));
}

/** Ends the open run of the application as nobody can notice: no code of it runs any more. */
export async function terminate(engine: Pick<Engine, 'temporal'>, { guard }: Guarded): Promise<void> {
  await engine.temporal.client.workflow.getHandle(guard.workflowId).terminate('pulled the plug');
}

/** What `belay rollback --recover` asks for; `null`: without it. Does not wait for its end. */
export async function askToRecover(
  engine: Pick<Engine, 'temporal'>,
  { guard, app }: Guarded,
  recover: 'forward' | 'revert' | null = 'forward',
): Promise<void> {
  const startWorkflowOperation = new WithStartWorkflowOperation('rollBack', {
    workflowId: guard.workflowId,
    taskQueue: 'belay',
    args: [{ application: app.name, environment: 'test' }],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  await engine.temporal.client.workflow.executeUpdateWithStart('requestRollback', {
    args: [{ by: 'ada', reason: 'somebody pulled the plug', recover }],
    startWorkflowOperation,
  });
}

export async function recover(...asked: Parameters<typeof askToRecover>): Promise<RunResult> {
  await askToRecover(...asked);
  const [engine, { guard }] = asked;
  return (await engine.temporal.client.workflow.getHandle(guard.workflowId).result()) as RunResult;
}
