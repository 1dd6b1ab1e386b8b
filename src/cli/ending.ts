import type { GuardEnding } from '../client/index.ts';
import type { StatusView } from '../schema/status.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface Ended {
  readonly ending: GuardEnding;
  readonly environment: string;
  readonly application: string;
  /** For `observed`. */
  readonly ownCode: number;
  /** ISO time from which the outcome's duration counts when nothing had failed. */
  readonly startedAt: string;
  readonly lastView: StatusView | undefined;
}

/** Says how it ended and answers the exit code for it. */
export function tellEnding(output: Output, ended: Ended): number {
  const { ending, environment, application } = ended;
  const how = `look at "belay status ${environment}/${application}"`;
  switch (ending.kind) {
    case 'ended': {
      if (ending.result.progress !== undefined) output.progress(ending.result.progress);
      const exit = exitCodeOf(ending.result.outcome, ended.ownCode);
      output.emit({ event: 'ended', result: ending.result, took: durationOf(ended, ending.closedAt), exit });
      return exit;
    }
    case 'waiting': {
      const { phase, decision } = ending.view;
      output.emit({ event: 'waiting', environment, application, phase, decision, exit: exitCodes.waiting });
      return exitCodes.waiting;
    }
    case 'failed':
      if (ending.how === 'rejected') return fail(output, `the request was rejected: ${ending.reason}`, 'wrongInput');
      return fail(output, `the run ended without an outcome (${ending.reason}); ${how}`, 'failed');
    case 'lost':
      return fail(output, `nobody has answered for too long (${ending.reason}); ${how}`, 'failed');
    case 'detached':
      return fail(output, `detached before the outcome; ${how}`, 'failed');
  }
}

function fail(output: Output, message: string, code: 'failed' | 'wrongInput'): number {
  const exit = exitCodes[code];
  output.emit({ event: 'error', message, exit });
  process.stderr.write(`belay: ${message}\n`);
  return exit;
}

/** Both times are the server's: from the failure if there was one, else from the start. */
function durationOf({ lastView, startedAt }: Ended, closedAt: Date | null): number | null {
  if (closedAt === null) return null;
  const from = Date.parse(lastView?.failure?.at ?? startedAt);
  return Math.max(0, closedAt.getTime() - from);
}
