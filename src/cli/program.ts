import { Command, CommanderError } from 'commander';
import { addApprove } from './approve.ts';
import { addDemo } from './demo.ts';
import { addDev } from './dev.ts';
import { exitCodes } from './exit-codes.ts';
import { addGuard } from './guard.ts';
import { addHistory } from './history.ts';
import { addHold, addResume } from './hold.ts';
import { addLock } from './lock.ts';
import { packageVersion } from './package-folder.ts';
import { addPlan } from './plan.ts';
import { addPromote } from './promote.ts';
import { addRbac } from './rbac.ts';
import { addResolve } from './resolve.ts';
import { addRollback } from './rollback.ts';
import { addRun } from './run.ts';
import { addServe } from './serve.ts';
import { addStatus } from './status.ts';
import { addWorker } from './worker.ts';

const commands = [
  addRun,
  addGuard,
  addStatus,
  addPlan,
  addRollback,
  addPromote,
  addApprove,
  addHold,
  addResume,
  addResolve,
  addHistory,
  addLock,
  addRbac,
  addWorker,
  addServe,
  addDev,
  addDemo,
];

function createProgram(): Command {
  const program = new Command('belay')
    .description('Brings a failed deploy back to where it was, in every cluster or in none, with proof')
    .version(packageVersion(), '--version', 'print the version')
    .enablePositionalOptions()
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'belay: ')) });
  for (const add of commands) add(program);
  return program;
}

/** Parses and runs; answers when everything is done, the exit code is `process.exitCode`. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.wrongInput;
  }
}
