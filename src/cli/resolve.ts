import { Argument, type Command } from 'commander';
import { type ApplicationName, resolve } from '../client/index.ts';
import { resolutions } from '../domain/choices.ts';
import type { Resolution } from '../schema/messages.ts';
import { parseName } from './arguments.ts';
import { type DecisionOptions, decisionCommand, runDecision } from './decision.ts';

interface ResolveOptions extends DecisionOptions {
  readonly object?: string;
}

const help = `
Examples:
  $ belay resolve production/shop retry --by ada --reason "the admission webhook is fixed"
  $ belay resolve production/shop skip --object us/ConfigMap/promotions --by ada --reason "sales needs it"

retry    try again now what the run waits at
revert   write the failed state back everywhere; before the pivot only
skip     leave one object as it is; the outcome lists it as left by you
accept   take the health as it is; of a run that is held, or waits for approval: leave the failed deploy as it is
abandon  close the run with everything as it is now; the list of objects is kept in the record

What a run offers is in "belay status". The first decision counts; a second one is told so and changes nothing.
Follows the run to its end, with the exit codes of "belay run"; 2 when what was decided is not offered.`;

export function addResolve(program: Command): void {
  decisionCommand(program, 'resolve')
    .description('Answer a run that waits for a person')
    .addArgument(new Argument('<decision>', 'what to do').choices(resolutions))
    .option('--object <target/Kind/name>', 'with skip: which object', parseName)
    .addHelpText('after', help)
    .action((name: ApplicationName, decision: Resolution, options: ResolveOptions) =>
      runDecision(name, options, async ({ belay, view, options: { by, reason, object } }) => {
        const step = view.decision?.step;
        const about = { ...(object === undefined ? {} : { object }), ...(step === undefined ? {} : { step }) };
        await resolve(belay, name, { decision, by, reason, ...about });
        return { text: `${decision}: accepted`, follow: true };
      }),
    );
}
