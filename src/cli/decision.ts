import type { Command } from 'commander';
import { type ApplicationName, type BelayClient, ClientError, type GuardRun, status } from '../client/index.ts';
import type { StatusView } from '../schema/status.ts';
import { parseApplication, parseName } from './arguments.ts';
import { type CommonOptions, configOf, runCommand, withClient } from './command.ts';
import { tellEnding } from './ending.ts';
import { followToEnd } from './follow.ts';
import type { Output } from './output.ts';

export interface DecisionOptions extends CommonOptions {
  readonly by: string;
  readonly reason: string;
}

/** What a command hands to the run that is open; `follow` says whether to stay until it ends. */
export type Say<Options> = (
  said: Open & { readonly options: Options },
) => Promise<{ readonly text: string; readonly follow: boolean }>;

/** The open run as it was when the command asked. */
export interface Open {
  readonly belay: BelayClient;
  readonly name: ApplicationName;
  readonly run: GuardRun;
  readonly view: StatusView;
}

/** A command by which a person decides something: who is asked for always, and why where it matters. */
export function decisionCommand(
  program: Command,
  name: string,
  reason: 'required' | 'optional' | 'none' = 'required',
): Command {
  const command = program
    .command(name)
    .argument('<environment/application>', 'which application', parseApplication)
    .requiredOption('--by <who>', 'who decides; kept in the record', parseName);
  const why = ['--reason <why>', 'why; kept in the record', parseName] as const;
  if (reason === 'required') command.requiredOption(...why);
  if (reason === 'optional') command.option(...why);
  return command
    .option('--config <belay.yaml>', 'where Temporal is')
    .option('--json', 'print one JSON object per event');
}

export function runDecision<Options extends CommonOptions>(
  name: ApplicationName,
  options: Options,
  say: Say<Options>,
): Promise<void> {
  return runCommand(options, async (output) => await decide(name, options, say, output));
}

async function decide<Options extends CommonOptions>(
  name: ApplicationName,
  options: Options,
  say: Say<Options>,
  output: Output,
): Promise<number> {
  const config = await configOf(options);
  const startedAt = new Date().toISOString();
  return await withClient(config, async (belay) => {
    const { run, view } = await openRun(belay, name);
    const { text, follow } = await say({ belay, name, run, view, options });
    output.emit({ event: 'note', text });
    if (!follow) return 0;
    const followed = await followToEnd({ belay, run, output, decided: 10_000 });
    return tellEnding(output, { ...name, ...followed, ownCode: 0, startedAt });
  });
}

async function openRun(belay: BelayClient, name: ApplicationName): Promise<{ run: GuardRun; view: StatusView }> {
  const found = await status(belay, name);
  const what = `${name.environment}/${name.application}`;
  if (found.kind === 'silent')
    throw new ClientError('noWorker', `${what} is open, but no worker answers for it (${found.reason})`);
  if (found.kind !== 'open')
    throw new ClientError('notOpen', `no run of ${what} is open: nothing waits for a decision`);
  const { workflowId, runId, view } = found;
  return { run: { workflowId, runId, guardId: view.guardId }, view };
}
