import type { PlanStage, WriteReport } from '../../src/schema/plan.ts';
import {
  attemptsOf,
  batchInput,
  batchInputs,
  carryOut,
  isDefiniteFailure,
  isRouting,
  isSettled,
  stageNamed,
  stagesOf,
  unsettledObjects,
  whyNot,
} from './batches.ts';
import { everywhere } from './everywhere.ts';
import { withReaders } from './heal.ts';
import { awaitBackends } from './health.ts';
import { cancelOrRevert, compensate, end, go, type Next, refused } from './next.ts';
import { ask, askOnce, pauseAfter, stayBlocked } from './patience.ts';
import type { Attempt, RestoreInput, RestoreState, Steps } from './steps.ts';

/** An attempt and what is known of it now. `report` is missing when the writer itself gave no answer. */
interface Tried {
  readonly attempt: Attempt;
  readonly report: WriteReport | null;
  readonly failure: string | null;
  readonly definite: boolean;
}

/** Writes one stage in every cluster, then meets the others at the barrier. One stage per call. */
export async function commit(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const stage = stagesOf(state.plans, 'before')[state.stage];
  if (stage === undefined) return go({ ...state, phase: 'health' });
  const stop =
    cancelOrRevert(steps, state) ??
    (isRouting(stage.stage) ? await awaitBackends(steps, input, state) : null) ??
    (await proveDeferred(steps, input, state, stage));
  if (stop) return stop;
  await steps.record('committing', `committing/${state.rounds}/${stage.stage}`, { stage: stage.stage });
  const opened = attemptsOf(batchInputs(input, state.plans, stage.stage));
  return await writeStage(steps, input, { ...state, attempts: [...state.attempts, ...opened] }, opened);
}

/** What a dry run could not show while preparing it must show now; a no is as definite as one to the write itself. */
async function proveDeferred(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { stage }: PlanStage,
): Promise<Next | null> {
  if (!state.deferred.includes(stage)) return null;
  const proofs = await ask(steps, 'proving', input.request.unreachableWait, () =>
    everywhere(batchInputs(input, state.plans, stage), (batch) => steps.proveBatch({ ...batch, when: 'stage' })),
  );
  if (proofs.kind !== 'answer') return cancelOrRevert(steps, state) ?? failed(state, proofs.reason);
  const no = proofs.value.flatMap((proof) =>
    proof.failed.map((item) => `${proof.target}/${item.object}: ${item.reason}`),
  );
  return no.length > 0 ? failed(state, `not provable by dry run: ${no.join('; ')}`) : null;
}

function failed(state: RestoreState, reason: string): Next {
  return state.attempts.length > 0 ? compensate(state, reason) : refused(reason);
}

async function writeStage(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  opened: readonly Attempt[],
): Promise<Next> {
  let current = state;
  let open = opened;
  let giveUpAt = steps.now() + input.request.unreachableWait;
  for (let tries = 0; ; tries++) {
    const tried = await Promise.all(open.map((attempt) => write(steps, input, state, attempt)));
    const reports = tried.flatMap(({ report }) => report ?? []);
    current = { ...current, ...withReaders(current, reports), attempts: remember(current.attempts, tried) };
    open = tried.filter((one) => !isComplete(one)).map((one) => one.attempt);
    const next = judgeStage(steps, current, tried) ?? (await pause(steps, tried, tries, giveUpAt));
    if (next) return next;
    if (steps.now() >= giveUpAt) giveUpAt = steps.now() + input.request.unreachableWait;
  }
}

/** `null`: some batches have no answer yet, and are asked again. */
function judgeStage(steps: Steps, state: RestoreState, tried: readonly Tried[]): Next | null {
  const refusal = tried.find((one) => one.definite);
  if (refusal) return refuseOrStartOver(state, tried, refusal);
  if (tried.every(isComplete)) return go({ ...state, stage: state.stage + 1 });
  return cancelOrRevert(steps, state);
}

async function write(steps: Steps, input: RestoreInput, state: RestoreState, attempt: Attempt): Promise<Tried> {
  const stage = stageNamed(state.plans, attempt.stage);
  const asked = await askOnce(() => carryOut(steps, stage, batchInput(input, state.plans, attempt)));
  if (asked.kind !== 'answer')
    return { attempt, report: null, failure: asked.reason, definite: asked.kind === 'failed' };
  const report = asked.value;
  if (stage.does === 'write') steps.presentWritten(attempt.target, report.results);
  return {
    attempt: {
      ...attempt,
      wrote: attempt.wrote || report.results.some((result) => result.kind === 'done'),
      unclear: report.results.filter((result) => result.kind === 'unclear').map((result) => result.object),
    },
    report,
    failure: null,
    definite: report.results.some(isDefiniteFailure),
  };
}

function remember(attempts: readonly Attempt[], tried: readonly Tried[]): readonly Attempt[] {
  const same = (one: Attempt, other: Attempt) =>
    one.target === other.target && one.stage === other.stage && one.batch === other.batch;
  return attempts.map((attempt) => tried.find((one) => same(one.attempt, attempt))?.attempt ?? attempt);
}

function isComplete(tried: Tried): boolean {
  return tried.report?.results.every(isSettled) ?? false;
}

/** A newcomer before anything was written buys one more round of preparing; everything else is compensated. */
function refuseOrStartOver(state: RestoreState, tried: readonly Tried[], refusal: Tried): Next {
  const nothingWritten = state.attempts.every((attempt) => !attempt.wrote && attempt.unclear.length === 0);
  const newcomersOnly = tried.every((one) => one.report?.results.every((result) => result.kind !== 'failed') ?? false);
  if (nothingWritten && newcomersOnly && state.rounds === 0) {
    return go({ ...state, phase: 'prepare', rounds: state.rounds + 1, attempts: [], stage: 0 });
  }
  return compensate(state, causeOf(refusal));
}

function causeOf({ attempt, report, failure }: Tried): string {
  const result = report?.results.find(isDefiniteFailure);
  return result ? `${attempt.target}/${result.object}: ${whyNot(result)}` : `${attempt.target}: ${failure}`;
}

async function pause(steps: Steps, tried: readonly Tried[], tries: number, giveUpAt: number): Promise<Next | null> {
  const open = tried.filter((one) => !isComplete(one));
  const reason = `no answer from ${[...new Set(open.map((one) => one.attempt.target))].join(', ')} while writing`;
  if (steps.now() < giveUpAt) {
    steps.note({ key: 'written', mark: 'running', title: 'unreachable', text: reason });
    await steps.sleep(pauseAfter(tries), `${reason}: try again`);
    return null;
  }
  const objects = open.flatMap((one) => (one.report ? unsettledObjects(one.report, 'baseline') : []));
  const closed = await stayBlocked(steps, reason, objects);
  steps.enter('restoring');
  return closed ? end(closed) : null;
}
