import type { Command } from 'commander';
import { type ApplicationName, planRollback } from '../client/index.ts';
import { parseApplication, parseName, whoAmI } from './arguments.ts';
import { type CommonOptions, configOf, runCommand, withClient } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';

interface PlanOptions extends CommonOptions {
  readonly by?: string;
  readonly to?: string;
}

const help = `
Example:
  $ belay plan production/shop

Reads all clusters, compares, and proves each write by a dry run; changes nothing, takes no lock. Fields are shown as
they are now → as they would be put back. Values of Secrets, and what looks like one, are never shown.

Exit codes: 0 a rollback is possible, 12 it would be refused, 2 wrong input, 1 Belay failed.`;

export function addPlan(program: Command): void {
  program
    .command('plan')
    .description('Show what a rollback would do now, object by object')
    .argument('<environment/application>', 'which application', parseApplication)
    .option('--by <who>', 'who asks; kept in the record', parseName)
    .option('--to <snapshot>', 'id of the snapshot, or its beginning; as "belay rollback" unless given', parseName)
    .option('--config <belay.yaml>', 'where Temporal is')
    .option('--json', 'print one JSON object')
    .addHelpText('after', help)
    .action((name: ApplicationName, options: PlanOptions) =>
      runCommand(options, (output) => plan(name, options, output)),
    );
}

async function plan(name: ApplicationName, options: PlanOptions, output: Output): Promise<number> {
  const config = await configOf(options);
  return await withClient(config, async (belay) => {
    const { by = whoAmI(), to } = options;
    const view = await planRollback(belay, { ...name, by, ...(to === undefined ? {} : { to }) });
    const exit = view.verdict === 'possible' ? 0 : exitCodes.refused;
    output.emit({ event: 'plan', ...view, exit });
    return exit;
  });
}
