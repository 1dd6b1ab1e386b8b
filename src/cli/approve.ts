import type { Command } from 'commander';
import { type ApplicationName, approve } from '../client/index.ts';
import { parseName } from './arguments.ts';
import type { CommonOptions } from './command.ts';
import { decisionCommand, runDecision } from './decision.ts';

interface ApproveOptions extends CommonOptions {
  readonly by: string;
  readonly reason?: string;
  readonly digest: string;
}

const help = `
Example:
  $ belay approve production/shop --digest 3f9c21d07a55e1b2 --by ada

With "onFailure: approve" nothing is written before a plan has been approved by its digest, which "belay status" shows.
The plan is made once more before the first write: if it has become another one, the run asks again (exit 14).
Follows the run to its end, with the exit codes of "belay run"; 2 when no plan of this digest waits.`;

export function addApprove(program: Command): void {
  decisionCommand(program, 'approve', 'optional')
    .description('Approve the plan that waits, by its digest')
    .requiredOption('--digest <digest>', 'of the plan, or its first twelve digits or more', parseName)
    .addHelpText('after', help)
    .action((name: ApplicationName, options: ApproveOptions) =>
      runDecision(name, options, async ({ belay, options: { by, reason, digest } }) => {
        await approve(belay, name, { planDigest: digest, by, ...(reason === undefined ? {} : { reason }) });
        return { text: `approved ${digest}`, follow: true };
      }),
    );
}
