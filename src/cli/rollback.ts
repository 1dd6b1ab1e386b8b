import { type Command, Option } from 'commander';
import { type ApplicationName, guardWorkflowId, requestRollback } from '../client/index.ts';
import type { Recovery, RollbackAccepted, RollbackRequestMessage } from '../schema/messages.ts';
import { parseApplication, parseName } from './arguments.ts';
import { type CommonOptions, configOf, runCommand, uiAddress, withClient } from './command.ts';
import { tellEnding } from './ending.ts';
import { followToEnd } from './follow.ts';
import type { Output } from './output.ts';

interface RollbackOptions extends CommonOptions {
  readonly by: string;
  readonly reason: string;
  readonly to?: string;
  readonly recover?: Recovery | true;
}

const help = `
Example:
  $ belay rollback production/shop --by ada --reason "checkout is slow since noon"

With --recover it finishes a run that was ended from outside (terminated, not cancelled), from the journal and the
store alone: on to its baseline, or with "--recover revert" back to the failed state, if it had not passed its pivot.

Follows the rollback to its end, with the exit codes of "belay run". Ctrl-C stops following; the rollback goes on.`;

export function addRollback(program: Command): void {
  program
    .command('rollback')
    .description('Put an application back to its last known good state, or to a snapshot')
    .argument('<environment/application>', 'which application', parseApplication)
    .requiredOption('--by <who>', 'who asks; kept in the record', parseName)
    .requiredOption('--reason <why>', 'why; kept in the record', parseName)
    .option('--to <snapshot>', 'id of the snapshot, or its beginning; the last known good unless given', parseName)
    .addOption(
      new Option('--recover [direction]', 'finish a terminated run; forward unless given')
        .choices(['forward', 'revert'])
        .conflicts('to'),
    )
    .option('--config <belay.yaml>', 'where Temporal is')
    .option('--json', 'print one JSON object per event')
    .addHelpText('after', help)
    .action((name: ApplicationName, options: RollbackOptions) =>
      runCommand(options, (output) => rollback(name, options, output)),
    );
}

async function rollback(name: ApplicationName, options: RollbackOptions, output: Output): Promise<number> {
  const config = await configOf(options);
  const startedAt = new Date().toISOString();
  return await withClient(config, async (belay) => {
    const { accepted, run } = await requestRollback(belay, name, requestOf(options));
    const workflowId = guardWorkflowId(name);
    const ui = uiAddress(config, workflowId);
    output.emit({ event: 'started', ...name, clusters: [], guardId: accepted.guardId, workflowId, ui });
    output.emit({ event: 'note', text: joinedText[accepted.joined] });
    const followed = await followToEnd({ belay, run, output });
    return tellEnding(output, { ...name, ...followed, ownCode: 0, startedAt });
  });
}

function requestOf({ by, reason, to, recover }: RollbackOptions): RollbackRequestMessage {
  if (recover !== undefined) return { by, reason, recover: recover === true ? 'forward' : recover };
  return { by, reason, ...(to === undefined ? {} : { to }) };
}

const joinedText: Readonly<Record<RollbackAccepted['joined'], string>> = {
  started: 'a rollback was started',
  guard: 'the open guard rolls its deploy back',
  running: 'joined the rollback that is already running',
};
