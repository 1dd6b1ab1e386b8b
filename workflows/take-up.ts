import { sleep } from '@temporalio/workflow';
import type { Ended } from '../src/schema/activities.ts';
import type { UnfinishedRun } from '../src/schema/unfinished-run.ts';
import { leftBy } from './decide.ts';
import { short } from './proxies.ts';
import { resumeFrom } from './restore/resume.ts';
import { enter, note, record } from './run.ts';
import type { Ending, RunState } from './run-state.ts';
import { checkHere } from './take-baseline.ts';

/** Goes on where another run was ended from outside. `null` means: go on, with `state.restore` as it left it. */
export async function takeUp(state: RunState, unfinished: Ended<UnfinishedRun>): Promise<Ending | null> {
  const { by, reason, recover } = state.rollbackRequest ?? { by: null, reason: null, recover: null };
  const direction = recover ?? 'forward';
  const no = (direction === 'revert' ? whyNoWayBack(unfinished) : null) ?? (await whyNotUndoable(state, unfinished));
  if (no !== null) return { outcome: 'refused', reason: no };
  const { operationId, runId, during, upTo, closedAt } = unfinished;
  await record(state, 'recovering', 'recovering', { operationId, runId, during, upTo, direction }, { by, why: reason });
  note(state, {
    key: 'failed',
    mark: 'failed',
    title: 'recovering',
    text: `run ${runId} was ended from outside while ${during}; asked for by ${by}: ${reason}`,
  });
  await letAttemptsEnd(closedAt === null ? Date.now() : Date.parse(closedAt));
  state.recovers = operationId;
  state.skipped = unfinished.skipped.map((skip) => leftBy(state, skip));
  state.restore = resumeFrom(unfinished, direction);
  if (unfinished.prepared && state.restore.phase !== 'freeze') enter(state, 'restoring');
  state.writing = state.restore.attempts.length > 0 || unfinished.pivot === 'behind';
  return null;
}

function whyNoWayBack({ prepared, pivot }: UnfinishedRun): string | null {
  if (pivot === 'behind') return 'the run was behind its pivot: from there is only forward';
  return prepared ? null : 'the run had no plan yet and has written nothing: there is nothing to revert';
}

/** Should it fail, the failed state is written back: to the last byte it must be there. */
async function whyNotUndoable(state: RunState, { prepared }: UnfinishedRun): Promise<string | null> {
  if (!prepared) return null;
  const check = await checkHere(state, prepared.failedState.snapshot);
  return check.kind === 'usable' ? null : `the failed state to go back to is ${check.kind}: ${check.reason}`;
}

/** The longest attempt of a writing activity, the server's own deadline for its last request, and a margin for clocks. */
const longestAttempt = 25_000;

/** A worker may still be writing for the run that is gone. */
async function letAttemptsEnd(closedAt: number): Promise<void> {
  const rest = closedAt + longestAttempt - Date.now();
  if (rest > 0) await sleep(rest, { summary: short('the last writes of the run before must have ended') });
}
