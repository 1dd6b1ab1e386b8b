import type { Command } from 'commander';
import { type ApplicationName, type ApplicationStatus, status, whyNoWorker } from '../client/index.ts';
import { parseApplication } from './arguments.ts';
import { type CommonOptions, configOf, runCommand, uiAddress, withClient } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { statusLines } from './status-lines.ts';

const help = `
Example:
  $ belay status production/shop

Exit codes: 0 shown, 2 no run of this application is known, 1 open but nobody answers for it.`;

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('Show where the latest run of an application stands')
    .argument('<environment/application>', 'which application', parseApplication)
    .option('--config <belay.yaml>', 'where Temporal is')
    .option('--json', 'print one JSON object')
    .addHelpText('after', help)
    .action((name: ApplicationName, options: CommonOptions) => runCommand(options, () => show(name, options)));
}

async function show(name: ApplicationName, options: CommonOptions): Promise<number> {
  const config = await configOf(options);
  return await withClient(config, async (belay) => {
    const found = await status(belay, name);
    const missing = found.kind === 'silent' ? await whyNoWorker(belay) : undefined;
    const shown: ApplicationStatus = found.kind === 'silent' ? { ...found, reason: missing ?? found.reason } : found;
    const lines = options.json
      ? [JSON.stringify({ event: 'status', ...name, ...shown })]
      : statusLines(name, shown, uiAddress(config, shown.workflowId));
    process.stdout.write(`${lines.join('\n')}\n`);
    return codes[shown.kind];
  });
}

const codes: Readonly<Record<ApplicationStatus['kind'], number>> = {
  open: 0,
  closed: 0,
  none: exitCodes.wrongInput,
  silent: exitCodes.failed,
};
