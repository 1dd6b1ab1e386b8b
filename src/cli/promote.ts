import type { Command } from 'commander';
import { type ApplicationName, ClientError, promote } from '../client/index.ts';
import type { StatusView } from '../schema/status.ts';
import type { CommonOptions } from './command.ts';
import { decisionCommand, runDecision } from './decision.ts';

interface PromoteOptions extends CommonOptions {
  readonly by: string;
}

const help = `
Example:
  $ belay promote production/shop --by ada

The deploy is kept without waiting for the end of its bake, whatever is not healthy yet; a failure known by then wins.
Follows the run to its end, with the exit codes of "belay run": 0 when the deploy is kept; 2 when it is not watched.`;

export function addPromote(program: Command): void {
  decisionCommand(program, 'promote', 'none')
    .description('Keep the deploy under guard without waiting for its bake')
    .addHelpText('after', help)
    .action((name: ApplicationName, options: PromoteOptions) =>
      runDecision(name, options, async ({ belay, run, view, options: { by } }) => {
        if (!isWatched(view)) throw new ClientError('rejected', `it is not watched any more: ${view.phase}`);
        await promote(belay, run, by);
        return { text: `promoted by ${by}`, follow: true };
      }),
    );
}

function isWatched({ type, phase, failure }: StatusView): boolean {
  return type === 'guardDeploy' && failure === null && ['guarding', 'watching', 'waiting(hold)'].includes(phase);
}
