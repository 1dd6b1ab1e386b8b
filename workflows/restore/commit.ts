import type { ProofReport } from '../../src/schema/activities.ts';
import type { PlanStage, WriteReport } from '../../src/schema/plan.ts';
import { answered, attemptOf, isWithoutEffect, unanswered, updated } from './attempts.ts';
import {
  batchesOf,
  batchInput,
  batchInputs,
  carryOut,
  isDefiniteFailure,
  isRouting,
  stageNamed,
  stagesOf,
  unsettledObjects,
  whyNot,
} from './batches.ts';
import { definitelyNot } from './choices.ts';
import { everywhere } from './everywhere.ts';
import { withReaders } from './heal.ts';
import { awaitBackends } from './health.ts';
import { cancelOrRevert, go, type Next, refused } from './next.ts';
import { type Asked, ask, askOnce, patience, pauseAfter } from './patience.ts';
import type { Attempt, RestoreInput, RestoreState, Steps } from './steps.ts';
import { onFailedWrite, onSilence, type Trouble } from './trouble.ts';

/** An attempt and what is known of it now. `report` is missing when the writer itself gave no answer. */
interface Tried {
  readonly attempt: Attempt;
  readonly report: WriteReport | null;
  readonly failure: string | null;
  readonly definite: boolean;
}

/**
 * Writes one stage in every cluster, then meets the others at the barrier. Two calls per stage: the first puts it into
 * the undo list, the second hands it to its writers.
 */
export async function commit(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const stage = stagesOf(state.plans, 'before')[state.stage];
  if (stage === undefined) return go({ ...state, phase: 'health' });
  const isOpen = state.attempts.some((attempt) => attempt.stage === stage.stage);
  return cancelOrRevert(steps, state) ?? (await (isOpen ? writeStage : openStage)(steps, input, state, stage));
}

async function openStage(steps: Steps, input: RestoreInput, state: RestoreState, stage: PlanStage): Promise<Next> {
  const stop =
    (isRouting(stage.stage) ? await awaitBackends(steps, input, state) : null) ??
    (await proveDeferred(steps, input, state, stage));
  if (stop) return stop;
  // Said while the last dry run ran: the hold comes before the first write.
  if (steps.held() && state.attempts.length === 0) return go(state);
  const { rounds, readers = {} } = state;
  await steps.record('committing', `committing/${rounds}/${stage.stage}`, { stage: stage.stage, readers });
  const opened = batchesOf(state.plans, stage.stage).map(attemptOf);
  return cancelOrRevert(steps, state) ?? go({ ...state, attempts: [...state.attempts, ...opened] });
}

/** What a dry run could not show while preparing it must show now; a no is as definite as one to the write itself. */
async function proveDeferred(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { stage }: PlanStage,
): Promise<Next | null> {
  if (!state.deferred.includes(stage)) return null;
  for (;;) {
    const asked = await ask(steps, 'proving', input.request.unreachableWait, () =>
      everywhere(batchInputs(input, state.plans, stage), (batch) => steps.proveBatch({ ...batch, when: 'stage' })),
    );
    const reason = asked.kind === 'answer' ? unproven(asked.value) : asked.reason;
    if (reason === null) return null;
    const next = await onUnproven(steps, input, state, { kind: asked.kind, reason });
    if (next) return next;
  }
}

/** Before the first write there is nothing to hold for: the run is refused, as when the plan is made. */
async function onUnproven(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { kind, reason }: { readonly kind: Asked<unknown>['kind']; readonly reason: string },
): Promise<Next | null> {
  if (state.attempts.length === 0) return cancelOrRevert(steps, state) ?? refused(reason);
  const onTrouble = kind === 'unreachable' ? onSilence : onFailedWrite;
  return await onTrouble(steps, input, state, { reason, objects: [] });
}

function unproven(proofs: readonly ProofReport[]): string | null {
  const no = proofs.flatMap((proof) => proof.failed.map((item) => `${proof.target}/${item.object}: ${item.reason}`));
  return no.length > 0 ? `not provable by dry run: ${no.join('; ')}` : null;
}

async function writeStage(steps: Steps, input: RestoreInput, state: RestoreState, { stage }: PlanStage): Promise<Next> {
  let current = state;
  const giveUpAt = steps.now() + patience(steps, input.request.unreachableWait);
  for (let tries = 0; ; tries++) {
    const open = current.attempts.filter((attempt) => attempt.stage === stage && !attempt.settled);
    const tried = await Promise.all(open.map((attempt) => write(steps, input, state, attempt)));
    const reports = tried.flatMap(({ report }) => report ?? []);
    const attempts = updated(
      current.attempts,
      tried.map(({ attempt }) => attempt),
    );
    current = { ...current, ...withReaders(current, reports), attempts };
    await steps.checkpoint(current);
    const next = await judgeStage(steps, input, current, { tried, tries, giveUpAt });
    if (next) return next;
  }
}

interface Round {
  readonly tried: readonly Tried[];
  readonly tries: number;
  readonly giveUpAt: number;
}

/** `null`: some batches are asked again. */
async function judgeStage(steps: Steps, input: RestoreInput, state: RestoreState, round: Round): Promise<Next | null> {
  const { tried } = round;
  const refusal = tried.find((one) => one.definite);
  if (refusal && mayStartOver(state, tried))
    return go({ ...state, phase: 'prepare', rounds: state.rounds + 1, attempts: [], stage: 0 });
  if (refusal) return await onFailedWrite(steps, input, state, { reason: causeOf(refusal), ...openIn(tried) });
  if (!tried.every(({ attempt }) => attempt.settled))
    return cancelOrRevert(steps, state) ?? (await pause(steps, input, state, round));
  steps.enter('restoring');
  return go({ ...state, stage: state.stage + 1 });
}

async function write(steps: Steps, input: RestoreInput, state: RestoreState, attempt: Attempt): Promise<Tried> {
  const stage = stageNamed(state.plans, attempt.stage);
  const asked = await askOnce(() => carryOut(steps, stage, batchInput(input, state.plans, attempt)));
  const now = steps.now();
  if (asked.kind !== 'answer')
    return {
      attempt: unanswered(attempt, now),
      report: null,
      failure: asked.reason,
      definite: asked.kind === 'failed',
    };
  const report = asked.value;
  if (stage.does === 'write') steps.presentWritten(attempt.target, report.results);
  return {
    attempt: answered(attempt, report, now),
    report,
    failure: null,
    definite: report.results.some(isDefiniteFailure),
  };
}

/** A newcomer before anything was written buys one more round of preparing. */
function mayStartOver({ attempts, rounds }: RestoreState, tried: readonly Tried[]): boolean {
  const newcomersOnly = tried.every((one) => one.report?.results.every((result) => result.kind !== 'failed') ?? false);
  return newcomersOnly && rounds === 0 && attempts.every(isWithoutEffect);
}

function causeOf({ attempt, report, failure }: Tried): string {
  const result = report?.results.find(isDefiniteFailure);
  return result ? `${attempt.target}/${result.object}: ${whyNot(result)}` : `${attempt.target}: ${failure}`;
}

function openIn(tried: readonly Tried[]): Omit<Trouble, 'reason'> {
  const reports = tried.flatMap(({ report }) => report ?? []);
  return {
    objects: reports.flatMap((report) => unsettledObjects(report, 'baseline')),
    skippable: definitelyNot(reports),
  };
}

/** The other clusters stay where they are; writing is tried again all the while. */
async function pause(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { tried, tries, giveUpAt }: Round,
): Promise<Next | null> {
  const open = tried.filter(({ attempt }) => !attempt.settled);
  const reason = `no answer from ${[...new Set(open.map((one) => one.attempt.target))].join(', ')} while writing`;
  if (steps.now() >= giveUpAt) return await onSilence(steps, input, state, { reason, ...openIn(open) });
  steps.note({ key: 'written', mark: 'running', title: 'unreachable', text: reason });
  await steps.sleep(pauseAfter(tries), `${reason}: try again`);
  return null;
}
