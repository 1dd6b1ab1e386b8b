/** Deploy workflows as a team would write them, steered by their test: what the deploy does next comes by signal. */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { type GuardSpec, withGuard } from '../../workflows/with-guard.ts';

/**
 * `crash` fails the workflow itself while the deploy is running, as a bug in it would; the others are what the deploy
 * under guard does.
 */
export type Command = 'finish' | 'fail' | 'continue as new' | 'crash';

export const commandSignal = defineSignal<[Command]>('command');

/** The run whose deploy has begun, once it has. */
export const deployingQuery = defineQuery<{ readonly runId: string; readonly attempt: number } | null>('deploying');

/** Returns how many times this workflow's history had begun anew when its deploy was kept. */
export async function deployUnderGuard(spec: GuardSpec, continued = 0): Promise<number> {
  const heard: { command: Command | null; deploying: { runId: string; attempt: number } | null } = {
    command: null,
    deploying: null,
  };
  setHandler(commandSignal, (command) => {
    heard.command = command;
  });
  setHandler(deployingQuery, () => heard.deploying);

  const guarded = withGuard(spec, async () => {
    const { runId, attempt } = workflowInfo();
    heard.deploying = { runId, attempt };
    await condition(() => heard.command !== null && heard.command !== 'crash');
    if (heard.command === 'fail') throw ApplicationFailure.create({ message: 'the manifests do not apply' });
    if (heard.command === 'continue as new') await continueAsNew<typeof deployUnderGuard>(spec, continued + 1);
  });
  await Promise.race([guarded, crash(() => heard.command === 'crash')]);
  return continued;
}

/** Not cancellable: a cancelled workflow is not a crashed one. */
async function crash(asked: () => boolean): Promise<never> {
  await CancellationScope.nonCancellable(() => condition(asked));
  throw ApplicationFailure.create({ message: 'the deploy workflow has a bug' });
}
