import { ApplicationFailure } from '@temporalio/common';
import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { StepFailure } from '../src/domain/step-failure.ts';
import type { LeftLease, LeftObject, Outcome, RunResult } from '../src/schema/outcome.ts';
import { closeGate, decide } from './decide.ts';
import { present } from './present.ts';
import { insistOnRelease, releaseDoubtful, releaseLocks } from './release.ts';
import { leftFrozen } from './restore/admission.ts';
import { leftPaused } from './restore/owners.ts';
import { recheckEvery } from './restore/patience.ts';
import type { Gate, RestoreState } from './restore/steps.ts';
import { enter, note, record, requestOf, tell } from './run.ts';
import type { Ending, RunState } from './run-state.ts';
import { stepFailureOf } from './step-failure.ts';

export type { Ending } from './run-state.ts';

/**
 * Runs the whole of a workflow. Cancellation is data (`state.cancel`), never an exception in the middle of a stage; a
 * failure that escapes keeps the run open and blocked, with its lock; only a rejected request fails the run. `body` goes
 * on from the state each time it is called; `null` asks to call it again.
 */
export async function conclude(state: RunState, body: () => Promise<Ending | RunResult | null>): Promise<RunResult> {
  void CancellationScope.current().cancelRequested.catch(() => {
    state.cancel ??= { by: 'Temporal', reason: 'the workflow was cancelled' };
  });
  return await CancellationScope.nonCancellable(async () => {
    const ending = state.ending ?? (await untilDone(state, body));
    const result = isResult(ending) ? ending : await close(state, ending);
    await tellEnded(state, result);
    await condition(allHandlersFinished);
    return result;
  });
}

async function untilDone(state: RunState, body: () => Promise<Ending | RunResult | null>): Promise<Ending | RunResult> {
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
  const gate: Gate = { kind: 'blocked', reason: failure.message, objects: [], choices: ['retry', 'abandon'] };
  const decision = await decide(state, gate, recheckEvery);
  if (decision.kind === 'retry') {
    enter(state, before);
    return null;
  }
  return {
    outcome: 'abandoned',
    by: decision.by,
    reason: `${decision.by}: ${decision.reason} (was blocked: ${failure.message})`,
    left: state.restore ? leftUndone(state, state.restore) : [],
  };
}

/** What the run had done to keep others away. */
function leftUndone(state: RunState, restore: RestoreState): readonly LeftObject[] {
  return [...leftPaused(restore), ...leftFrozen(requestOf(state).targets, restore)];
}

function isResult(ending: Ending | RunResult): ending is RunResult {
  return 'operationId' in ending;
}

/** The outcome is in the journal before the run closes and before anybody else may take the lock. */
async function close(state: RunState, ending: Ending): Promise<RunResult> {
  if (!state.ending) await settle(state, ending);
  const held = await releaseLocks(state);
  if (held.length > 0 || state.doubtfulLocks?.length) await tellEnded(state, resultOf(state, ending, held));
  const doubtful = await releaseDoubtful(state);
  const left = [...(await insistOnRelease(state, ending, held)), ...doubtful];
  state.result = resultOf(state, ending, left);
  present(state);
  return state.result;
}

const asWanted: readonly Outcome[] = ['kept', 'restored', 'observed'];

async function settle(state: RunState, ending: Ending): Promise<void> {
  closeGate(state);
  note(state, {
    key: 'outcome',
    mark: asWanted.includes(ending.outcome) ? 'done' : 'failed',
    title: ending.outcome,
    text: ending.reason,
  });
  state.ending = ending;
  if (!state.run) return;
  await record(state, 'outcome', 'outcome', outcomeData(state, ending), {
    by: ending.by ?? null,
    why: ending.reason,
  });
}

/** Told once: a starter must not wait for a Lease when the outcome stands. */
async function tellEnded(state: RunState, result: RunResult): Promise<void> {
  if (state.lastEvent?.event === 'ended') return;
  const held = (result.leases ?? []).map(
    ({ cluster, lease }) => `; Lease ${lease} in ${cluster} is not given back yet`,
  );
  const reason = `${result.reason}${held.join('')}`;
  await tell(state, { event: 'ended', outcome: result.outcome, reason, result });
}

function outcomeData(state: RunState, ending: Ending): Record<string, unknown> {
  const { progress: _shown, leases: _notYet, ...data } = resultOf(state, ending, []);
  return { ...data, journal: null };
}

function resultOf(state: RunState, ending: Ending, leases: readonly LeftLease[]): RunResult {
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
    ...(ending.suspects?.length ? { suspects: ending.suspects } : {}),
    blocked: ending.blocked ?? [],
    journal: state.journal,
    leases,
    // A closed run is never queried: a door that polls reads the last lines here.
    progress: state.progress,
  };
}
