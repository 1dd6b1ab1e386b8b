import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { isLegalMove } from '../src/domain/phases.ts';
import { StepFailure } from '../src/domain/step-failure.ts';
import type { LockInput, RecordInput, RunIdentity } from '../src/schema/activities.ts';
import type { JournalEvent } from '../src/schema/journal.ts';
import type { GuardEvent } from '../src/schema/messages.ts';
import type { JournalHead, Phase } from '../src/schema/outcome.ts';
import type { ResolvedRequest } from '../src/schema/resolved-request.ts';
import { guardEventSignal, workQueue } from './messages.ts';
import { present } from './present.ts';
import { callActivity } from './proxies.ts';
import { pauseAfter } from './restore/patience.ts';
import type { ProgressNote } from './restore/steps.ts';
import type { Decided, RunState } from './run-state.ts';
import { stepFailureOf } from './step-failure.ts';

const longestTimeline = 100;
const longestProgress = 60;

/** Moves the run to another phase: the one place that does. An illegal move is a bug and fails the workflow task. */
export function enter(state: RunState, phase: Phase): void {
  if (!isLegalMove(state.phase, phase)) throw new Error(`a run cannot move from ${state.phase} to ${phase}`);
  if (state.phase === phase) return;
  state.phase = phase;
  present(state);
}

/** One line of the story; the same key again moves the line on. */
export function note(state: RunState, { key, mark, title, text }: ProgressNote): void {
  const at = new Date().toISOString();
  const earlier = state.progress.find((line) => line.key === key);
  const took = mark === 'running' ? null : Date.now() - Date.parse(earlier?.at ?? at);
  const line = { key, mark, title, text, at: mark === 'running' ? (earlier?.at ?? at) : at, took };
  state.progress = [...state.progress.filter((other) => other.key !== key), line].slice(-longestProgress);
  present(state);
}

/** Takes a line back that turned out not to be so. */
export function forget(state: RunState, key: string): void {
  state.progress = state.progress.filter((line) => line.key !== key);
}

/** Says in the timeline what happened beside the story: messages that were not for us, decisions, waits. */
export function remark(state: RunState, text: string): void {
  state.timeline = [...state.timeline, { at: new Date().toISOString(), text }].slice(-longestTimeline);
}

/** For what is found again with every look. */
export function remarkOnce(state: RunState, text: string): void {
  if (state.timeline.every((line) => line.text !== text)) remark(state, text);
}

export function identityOf(state: RunState): RunIdentity {
  if (!state.run) throw new Error('the request is not resolved yet');
  return state.run;
}

export function requestOf(state: RunState): ResolvedRequest {
  if (!state.request) throw new Error('the request is not resolved yet');
  return state.request;
}

/**
 * Durable in the journal when it returns, and before the step it names is begun. No run goes on or closes without its
 * record: when the journal says no, it is asked again until a person has put it right.
 */
export async function record(
  state: RunState,
  event: JournalEvent,
  step: string,
  data: Readonly<Record<string, unknown>> = {},
  who: Who = { by: null, why: null },
): Promise<void> {
  await recordDecisions(state);
  await append(state, { event, step, data, who });
}

/** What people have decided comes before whatever follows from it. */
export async function recordDecisions(state: RunState): Promise<void> {
  while (state.run && state.decidedRecorded < state.decided.length) {
    const nth = state.decidedRecorded++;
    const { choice, by, reason, object, planDigest } = state.decided[nth] as Decided;
    const data = { decision: choice, ...(object ? { object } : {}), ...(planDigest ? { planDigest } : {}) };
    await append(state, { event: 'decided', step: `decided/${nth}`, data, who: { by, why: reason || null } });
  }
}

interface Who {
  readonly by: string | null;
  readonly why: string | null;
}

interface Entry {
  readonly event: JournalEvent;
  readonly step: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly who: Who;
}

async function append(state: RunState, { event, step, data, who }: Entry): Promise<void> {
  const known = state.journal ? [] : state.locks.flatMap((lock) => (lock.journalHead ? [lock.journalHead] : []));
  const entry: RecordInput = {
    run: identityOf(state),
    event,
    step,
    at: new Date().toISOString(),
    who: who.by,
    why: who.why,
    data,
    ...(known.length > 0 ? { knownHeads: known } : {}),
    leases: state.locks.map(({ cluster, lockNamespace }) => ({ cluster, lockNamespace })),
  };
  const summary = who.why ? `${event}: ${who.why}` : event;
  for (let tries = 0; ; tries++) {
    const head = await tryToRecord(state, entry, summary);
    if (head) {
      state.journal = head;
      if (tries > 0) note(state, { key: 'journal', mark: 'done', title: 'journal', text: 'answers again' });
      return;
    }
    await sleep(pauseAfter(tries), { summary: 'the journal: ask again' });
  }
}

async function tryToRecord(state: RunState, entry: RecordInput, summary: string): Promise<JournalHead | null> {
  try {
    return await callActivity('record', entry, { taskQueue: workQueue, summary, stretch: 'afterPivot' });
  } catch (error) {
    const failure = stepFailureOf(error);
    if (!(failure instanceof StepFailure)) throw error;
    const text = `nothing goes on without it: ${failure.message}`;
    note(state, { key: 'journal', mark: 'running', title: 'journal', text });
    return null;
  }
}

/** Tells the starter's workflow. A starter that is gone is no reason to stop. */
export async function tell(state: RunState, event: GuardEvent, to: string | null = state.replyTo): Promise<boolean> {
  if (event.event !== 'busy') state.lastEvent = event;
  if (to === null) return false;
  try {
    await getExternalWorkflowHandle(to).signal(guardEventSignal(state.guardId), event);
    return true;
  } catch (error) {
    log.info('the starter could not be told', { event: event.event, error: String(error) });
    return false;
  }
}

/** One per cluster: two targets in one cluster share the Lease. */
export function locksOf(state: RunState): readonly LockInput[] {
  const run = identityOf(state);
  const clusters = new Map(requestOf(state).targets.map((target) => [target.cluster, target.lockNamespace]));
  return [...clusters].map(([cluster, lockNamespace]) => ({ run, cluster, lockNamespace }));
}

/** The queue of a cluster's short activities. */
export function queueOf(state: RunState, cluster: string): string {
  return requestOf(state).targets.find((target) => target.cluster === cluster)?.taskQueue ?? workQueue;
}

/** Runs long enough to fill their history hand everything over to a fresh one. */
export function isHistoryFull(): boolean {
  return workflowInfo().continueAsNewSuggested;
}

/** Only where nothing is under way and all progress is in the state. Never returns. */
export async function beginAnew(state: RunState, where: string): Promise<never> {
  await condition(allHandlersFinished);
  remark(state, `history full at ${where}: continued as new`);
  const { argument, ...carried } = state;
  return await continueAsNew(argument, carried);
}
