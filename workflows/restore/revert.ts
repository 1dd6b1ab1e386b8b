import { counted } from '../../src/domain/counted.ts';
import type { WriteReport } from '../../src/schema/plan.ts';
import { batchInput, isRouting, isSettled, unsettledObjects } from './batches.ts';
import { everywhere } from './everywhere.ts';
import { lookEverywhere } from './health.ts';
import { end, type Next } from './next.ts';
import { abandonment, ask, askOnce, pauseAfter, recheckEvery } from './patience.ts';
import type { Attempt, RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';
import { suspectsIn } from './suspects.ts';
import { blockedAt, stayInTrouble } from './trouble.ts';
import { describeDifference, describeDifferences, type Verified, verifyAll } from './verify.ts';

const quickTries = 3;
/** A person is told after this long that a cluster is missing. */
const longestSilence = 30_000;

/**
 * Writes the failed state back to everything that was attempted, last stage first, and verifies it. There is no way
 * back from here: what cannot be written back waits for a person.
 */
export async function revert(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  steps.enter('reverting');
  const cause = causeOf(state);
  steps.note({ key: 'reverting', mark: 'running', title: 'reverting', text: cause });
  await steps.record('compensating', 'compensating', { cause });
  const closed = (await awaitAnswers(steps, input, state)) ?? (await outlastWrites(steps, state));
  return closed ? end(closed) : await undoUntilEqual(steps, input, state);
}

/** Half of the application would be put back if undoing began while one of its clusters is away. A person may say so. */
async function awaitAnswers(steps: Steps, input: RestoreInput, state: RestoreState) {
  const { run, request } = input;
  const attempted = new Set(state.attempts.map(({ target }) => target));
  const clusters = new Set(request.targets.filter(({ id }) => attempted.has(id)).map(({ cluster }) => cluster));
  const wait = Math.min(request.unreachableWait, longestSilence);
  for (;;) {
    const asked = await ask(steps, 'reverting', wait, () =>
      everywhere([...clusters], (cluster) => steps.identifyCluster({ run, cluster })),
    );
    if (asked.kind === 'answer') break;
    const reason = `not every cluster answers, so nothing is written back yet: ${asked.reason}`;
    const gate = await blockedAt(steps, input, state, { reason, objects: [] }, ['revert']);
    const decision = await steps.decide(gate, recheckEvery);
    if (decision.kind === 'revert') break;
    const closed = abandonment(decision, gate);
    if (closed) return closed;
  }
  steps.enter('reverting');
  return null;
}

/** A write that may still be on its way would land on what was written back, or make anew what was deleted. */
async function outlastWrites(steps: Steps, { attempts }: RestoreState): Promise<null> {
  const until = Math.max(...attempts.map(({ mayLandUntil }) => mayLandUntil ?? 0), 0);
  const wait = until - steps.now();
  if (wait > 0) await steps.sleep(wait, 'a write without an answer may be on its way');
  return null;
}

/** What was hidden by a lost answer, or has landed since, is found by reading, and undone too. */
async function undoUntilEqual(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  let closed = await undoAll(steps, input, state, 'first');
  for (let tries = 0; !closed; tries++) {
    const verified = await verifyAll(steps, input, state, 'failedState');
    if (verified.kind === 'equal') return await recordReverted(steps, state, verified.objects);
    closed = tries < quickTries ? await rest(steps, tries) : await holdDifferent(steps, input, state, verified);
    if (closed) break;
    steps.enter('reverting');
    closed = verified.kind === 'different' ? await undoAll(steps, input, withoutUnclear(state), 'again') : null;
  }
  return end(closed);
}

/** Undone once, no earlier write can land any more. */
function withoutUnclear(state: RestoreState): RestoreState {
  return { ...state, attempts: state.attempts.map((attempt) => ({ ...attempt, unclear: [] })) };
}

async function undoAll(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  time: 'first' | 'again',
): Promise<RestoreEnd | null> {
  for (const stage of stagesInReverse(state)) {
    if (time === 'first' && movesRequests(stage)) await graceForBackends(steps, input, state);
    const closed = await undoStage(steps, input, state, stage);
    if (closed) return closed;
  }
  return null;
}

function causeOf({ cause }: RestoreState): string {
  return cause ?? 'unknown';
}

/** Last first; but requests are sent back where they went only when the workloads there have been put back. */
function stagesInReverse({ attempts }: RestoreState): readonly string[] {
  const reversed = [...new Set(attempts.map((attempt) => attempt.stage))].reverse();
  return [...reversed.filter((stage) => !movesRequests(stage)), ...reversed.filter(movesRequests)];
}

function movesRequests(stage: string): boolean {
  return isRouting(stage) || stage === 'traffic first';
}

const grace = 30_000;

/** The failed state's own backends may never stand: they are given a while, and then requests go to them all the same. */
async function graceForBackends(steps: Steps, input: RestoreInput, state: RestoreState): Promise<void> {
  await askOnce(() => lookEverywhere(steps, input, state, { of: 'backends', patience: grace }));
}

async function undoStage(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  stage: string,
): Promise<RestoreEnd | null> {
  let open = state.attempts.filter((attempt) => attempt.stage === stage);
  for (let tries = 0; open.length > 0; tries++) {
    const undone = await Promise.all(open.map((attempt) => undo(steps, input, state, attempt)));
    const failed = undone.filter((one) => !one.report?.results.every(isSettled));
    open = failed.map((one) => one.attempt);
    if (open.length === 0) return null;
    const closed = await pauseOrBlock(steps, input, state, { failed, tries });
    if (closed) return closed;
  }
  return null;
}

interface Undone {
  readonly attempt: Attempt;
  readonly report: WriteReport | null;
  readonly failure: string;
}

async function undo(steps: Steps, input: RestoreInput, state: RestoreState, attempt: Attempt): Promise<Undone> {
  const batch = batchInput(input, state.plans, attempt);
  const unclear = attempt.unclear === 'all' ? ['*'] : attempt.unclear;
  const asked = await askOnce(() => steps.undoBatch({ ...batch, unclear }));
  if (asked.kind !== 'answer') return { attempt, report: null, failure: asked.reason };
  return { attempt, report: asked.value, failure: '' };
}

async function pauseOrBlock(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { failed, tries }: { readonly failed: readonly Undone[]; readonly tries: number },
): Promise<RestoreEnd | null> {
  if (tries < quickTries) {
    await steps.sleep(pauseAfter(tries), 'not written back yet: try again');
    return null;
  }
  const objects = failed.flatMap(({ report }) => (report ? unsettledObjects(report, 'failed state') : []));
  const silent = failed.flatMap(({ attempt, report, failure }) => (report ? [] : [`${attempt.target}: ${failure}`]));
  const why = [...silent, ...objects.map(describeDifference)].join('; ');
  const reason = `the failed state cannot be written back: ${why}`;
  const closed = await stayInTrouble(steps, input, state, { reason, objects });
  steps.enter('reverting');
  return closed;
}

async function recordReverted(steps: Steps, state: RestoreState, objects: number): Promise<Next> {
  await steps.record('verified', 'verified', { expect: 'failedState', objects });
  const text = `live = failed state, ${counted(objects, 'object')}, read twice`;
  steps.note({ key: 'reverting', mark: 'done', title: 'reverted', text });
  return end({ outcome: 'reverted', reason: causeOf(state), suspects: suspectsIn(state.plans) });
}

function holdDifferent(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  verified: Exclude<Verified, { kind: 'equal' }>,
): Promise<RestoreEnd | null> {
  const objects = verified.kind === 'unknown' ? [] : verified.objects;
  const reason =
    verified.kind === 'unknown'
      ? `cannot be verified: ${verified.reason}`
      : `not equal to the failed state: ${describeDifferences(objects)}`;
  return stayInTrouble(steps, input, state, { reason, objects });
}

async function rest(steps: Steps, tries: number): Promise<null> {
  await steps.sleep(pauseAfter(tries), 'not equal yet: read again');
  return null;
}
