import type { Command } from 'commander';
import { type ApplicationName, hold, resume } from '../client/index.ts';
import type { HoldAccepted } from '../schema/messages.ts';
import { type DecisionOptions, decisionCommand, runDecision } from './decision.ts';

const holdHelp = `
Example:
  $ belay hold production/shop --by ada --reason "looking at it first"

Before the first write only: the deploy is watched on, but what fails is not restored until "belay resume".
Exit codes: 0 held, 2 nothing is open or writing has begun, 1 Belay failed.`;

export function addHold(program: Command): void {
  decisionCommand(program, 'hold')
    .description('Keep a restore from beginning until somebody says resume')
    .addHelpText('after', holdHelp)
    .action((name: ApplicationName, options: DecisionOptions) =>
      runDecision(name, options, async ({ belay, options: { by, reason } }) => {
        const { takesEffect } = await hold(belay, name, { by, reason });
        return { text: holdTexts[takesEffect], follow: false };
      }),
    );
}

const holdTexts: Readonly<Record<HoldAccepted['takesEffect'], string>> = {
  now: 'held: nothing is written before somebody says "belay resume"',
  later: 'held: watched on, but not restored before somebody says "belay resume"',
};

const resumeHelp = `
Example:
  $ belay resume production/shop --by ada --reason "it is really broken"

Follows a restore that it lets begin to its end, with the exit codes of "belay run"; 0 when nothing waited yet, 2 when
nothing is held.`;

export function addResume(program: Command): void {
  decisionCommand(program, 'resume')
    .description('End a hold: a failed deploy is restored')
    .addHelpText('after', resumeHelp)
    .action((name: ApplicationName, options: DecisionOptions) =>
      runDecision(name, options, async ({ belay, options: { by, reason } }) => {
        const { takesEffect } = await resume(belay, name, { by, reason });
        return takesEffect === 'now'
          ? { text: 'resumed: the restore begins', follow: true }
          : { text: 'resumed: a failure is restored at once', follow: false };
      }),
    );
}
