import { ApplicationFailure } from '@temporalio/common';
import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { StepFailure } from '../src/domain/step-failure.ts';
import type { BlockedObject, JournalHead, LeftObject, Outcome, RunResult } from '../src/schema/outcome.ts';
import { closeGate, decide } from './decide.ts';
import { present } from './present.ts';
import { callActivity } from './proxies.ts';
import { recheckEvery } from './restore/patience.ts';
import { stepFailureOf } from './restore-steps.ts';
import { enter, locksOf, note, queueOf, record, remark, tell } from './run.ts';
import type { RunState } from './run-state.ts';

/** How a run ended, before it is recorded. */
export interface Ending {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly by?: string;
  readonly health?: RunResult['health'];
  readonly left?: readonly LeftObject[];
  readonly blocked?: readonly BlockedObject[];
}

/**
 * Runs the whole of a workflow. Cancellation is data (`state.cancel`), never an exception in the middle of a stage; a
 * failure that escapes keeps the run open and blocked, with its lock; only a rejected request fails the run.
 */
export async function conclude(state: RunState, body: () => Promise<Ending | RunResult>): Promise<RunResult> {
  void CancellationScope.current().cancelRequested.catch(() => {
    state.cancel ??= { by: 'Temporal', reason: 'the workflow was cancelled' };
  });
  return await CancellationScope.nonCancellable(async () => {
    const ending = await untilDone(state, body);
    const result = isResult(ending) ? ending : await close(state, ending);
    await tell(state, { event: 'ended', outcome: result.outcome, reason: result.reason, result });
    await condition(allHandlersFinished);
    return result;
  });
}

async function untilDone(state: RunState, body: () => Promise<Ending | RunResult>): Promise<Ending | RunResult> {
  for (;;) {
    const done = await body().catch((error: unknown) => escaped(state, error));
    if (done) return done;
  }
}

/** Continue-as-new and bugs pass through: the latter fail the workflow task, to be fixed and replayed. */
async function escaped(state: RunState, error: unknown): Promise<Ending | null> {
  const failure = stepFailureOf(error);
  if (!(failure instanceof StepFailure)) throw error;
  if (failure.type === 'RequestRejected') throw ApplicationFailure.nonRetryable(failure.message, 'RequestRejected');
  return await holdEscaped(state, failure);
}

/** The state is data, so trying again goes on from the last phase that was done. */
async function holdEscaped(state: RunState, failure: StepFailure): Promise<Ending | null> {
  const before = state.phase;
  const decision = await decide(state, { kind: 'blocked', reason: failure.message, objects: [] }, recheckEvery);
  if (decision.kind === 'retry') {
    enter(state, before);
    return null;
  }
  return {
    outcome: 'abandoned',
    by: decision.by,
    reason: `${decision.by}: ${decision.reason} (was blocked: ${failure.message})`,
  };
}

function isResult(ending: Ending | RunResult): ending is RunResult {
  return 'operationId' in ending;
}

/** The outcome is in the journal before the run closes and before anybody else may take the lock. */
async function close(state: RunState, ending: Ending): Promise<RunResult> {
  closeGate(state, ending.outcome === 'abandoned' ? 'a person closed the run' : undefined);
  note(state, {
    key: 'outcome',
    mark: ending.outcome === 'kept' || ending.outcome === 'restored' ? 'done' : 'failed',
    title: ending.outcome,
    text: ending.reason,
  });
  if (state.run) {
    await record(state, 'outcome', 'outcome', outcomeData(state, ending), {
      by: ending.by ?? null,
      why: ending.reason,
    });
    await releaseLocks(state);
  }
  state.result = resultOf(state, ending);
  present(state);
  return state.result;
}

function outcomeData(state: RunState, ending: Ending): Record<string, unknown> {
  const { progress: _shown, ...data } = resultOf(state, ending);
  return { ...data, journal: null };
}

function resultOf(state: RunState, ending: Ending): RunResult {
  return {
    outcome: ending.outcome,
    guardId: state.guardId,
    application: state.application,
    environment: state.environment,
    operationId: state.run?.operationId ?? '',
    reason: ending.reason,
    baseline: state.baseline?.snapshot.id ?? null,
    failedState: state.restore?.failedState?.snapshot.id ?? null,
    health: ending.health ?? null,
    left: ending.left ?? [],
    blocked: ending.blocked ?? [],
    journal: state.journal,
    // A closed run is never queried: a door that polls reads the last lines here.
    progress: state.progress,
  };
}

/** A Lease that cannot be given back now is not worth keeping the run open for: the next run of this id may take it again. */
async function releaseLocks(state: RunState): Promise<void> {
  const inputs = state.request ? locksOf(state) : [];
  for (const input of inputs.filter(({ cluster }) => state.locks.some((lock) => lock.cluster === cluster))) {
    const summary = `${input.cluster} release`;
    try {
      await release(state, { ...input, journalHead: state.journal }, summary);
    } catch (error) {
      remark(state, `${summary}: ${String(error)}`);
    }
  }
}

async function release(
  state: RunState,
  input: ReturnType<typeof locksOf>[number] & { journalHead: JournalHead | null },
  summary: string,
): Promise<void> {
  await callActivity('releaseLock', input, {
    taskQueue: queueOf(state, input.cluster),
    summary,
    stretch: 'beforePivot',
  });
}
