import { Argument, type Command } from 'commander';
import { type ApplicationName, type BelayClient, ClientError, resolve, status } from '../client/index.ts';
import type { Choice } from '../schema/messages.ts';
import { parseApplication, parseName } from './arguments.ts';
import { type CommonOptions, configOf, runCommand, withClient } from './command.ts';
import { tellEnding } from './ending.ts';
import { followToEnd } from './follow.ts';
import type { Output } from './output.ts';

interface ResolveOptions extends CommonOptions {
  readonly by: string;
  readonly reason: string;
}

const help = `
Example:
  $ belay resolve production/shop retry --by ada --reason "the admission webhook is fixed"

retry    try again what the run waits at
revert   write the failed state back; while clusters are missing, without them
accept   take the restored state although it is not healthy
abandon  close the run with everything as it is now; the list of objects is kept in the record

Not every wait can be answered by each; "belay status" shows by which.

Follows the run to its end, with the exit codes of "belay run".`;

export function addResolve(program: Command): void {
  program
    .command('resolve')
    .description('Answer a run that waits for a person')
    .argument('<environment/application>', 'which application', parseApplication)
    .addArgument(new Argument('<decision>', 'what to do').choices(['retry', 'revert', 'accept', 'abandon']))
    .requiredOption('--by <who>', 'who decides; kept in the record', parseName)
    .requiredOption('--reason <why>', 'why; kept in the record', parseName)
    .option('--config <belay.yaml>', 'where Temporal is')
    .option('--json', 'print one JSON object per event')
    .addHelpText('after', help)
    .action((name: ApplicationName, decision: Choice, options: ResolveOptions) =>
      runCommand(options, (output) => decide(name, decision, options, output)),
    );
}

async function decide(
  name: ApplicationName,
  decision: Choice,
  options: ResolveOptions,
  output: Output,
): Promise<number> {
  const config = await configOf(options);
  const startedAt = new Date().toISOString();
  return await withClient(config, async (belay) => {
    const run = await openRun(belay, name);
    await resolve(belay, name, { decision, by: options.by, reason: options.reason });
    output.emit({ event: 'note', text: `${decision}: accepted` });
    const followed = await followToEnd({ belay, run, output, decided: 10_000 });
    return tellEnding(output, { ...name, ...followed, ownCode: 0, startedAt });
  });
}

async function openRun(belay: BelayClient, name: ApplicationName) {
  const found = await status(belay, name);
  const what = `${name.environment}/${name.application}`;
  if (found.kind === 'silent')
    throw new ClientError('noWorker', `${what} is open, but no worker answers for it (${found.reason})`);
  if (found.kind !== 'open')
    throw new ClientError('notOpen', `no run of ${what} is open: nothing waits for a decision`);
  return { workflowId: found.workflowId, runId: found.runId, guardId: found.view.guardId };
}
