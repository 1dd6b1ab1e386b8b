import { condition } from '@temporalio/workflow';
import { isWaiting } from '../src/domain/phases.ts';
import { describeWait, pauseBeforeLook, remindAt, remindersDue } from '../src/domain/reminders.ts';
import type { LeftObject, Phase } from '../src/schema/outcome.ts';
import type { Skip } from '../src/schema/unfinished-run.ts';
import { present } from './present.ts';
import { short } from './proxies.ts';
import type { Decision, Gate } from './restore/steps.ts';
import { beginAnew, enter, isHistoryFull, note, record, recordDecisions, remark } from './run.ts';
import type { RunState, Wait } from './run-state.ts';

/**
 * Opens a gate and waits for a person's word, at most `recheck` milliseconds (longer when it has waited long): then it
 * answers "try again" by nobody, because causes go away by themselves too. A cancel or a hold is a word as well; what it means
 * is for the step to say. Time alone decides nothing: people are reminded. Nothing is under way meanwhile, so a run whose
 * history is full continues as new from here; what it waits for is tried again first. Where the question can be
 * overtaken, `isMoot` says so, and the answer is "try again", too.
 */
export async function decide(
  state: RunState,
  gate: Gate,
  recheck: number,
  isMoot: () => boolean = () => false,
): Promise<Decision> {
  const wait = openGate(state, gate);
  if (wait.reason !== gate.reason) await recordWaiting(state, gate);
  state.wait = { ...wait, reason: gate.reason };
  const { cancel, held } = state;
  const isSaid = () =>
    state.answer !== null || state.cancel !== cancel || (state.held !== null && state.held !== held) || isMoot();
  const isOver = () => isSaid() || isHistoryFull();
  const lookAt = Date.now() + pauseBeforeLook(recheck, Date.now() - wait.since);
  while (!isOver() && Date.now() < lookAt) {
    const wakeAt = Math.min(lookAt, remindAt(wait.since, state.wait.reminders));
    await condition(isOver, Math.max(1, wakeAt - Date.now()), { summary: short(`look again: ${gate.reason}`) });
    remind(state);
  }
  if (isHistoryFull() && !isSaid()) return await waitAnew(state, wait);
  return await takeAnswer(state);
}

/** The gate stays open: what is said to it while the next run begins is heard there. */
async function waitAnew(state: RunState, { from, kind }: Wait): Promise<never> {
  enter(state, from);
  return await beginAnew(state, `waiting(${kind})`);
}

/** The same wait goes on when its step was only tried again. */
function openGate(state: RunState, gate: Gate): Wait {
  const known = state.wait;
  const wait: Wait =
    known?.kind === gate.kind
      ? known
      : {
          step: `${stepOf(state)}/${state.waits + 1}`,
          kind: gate.kind,
          reason: '',
          from: known?.from ?? state.phase,
          since: Date.now(),
          reminders: 0,
        };
  if (wait !== known) {
    dropAnswer(state);
    state.waits += 1;
    if (isWaiting(state.phase)) enter(state, wait.from);
  }
  state.wait = wait;
  state.decision = {
    kind: gate.kind,
    step: wait.step,
    since: new Date(wait.since).toISOString(),
    reason: gate.reason,
    objects: gate.objects,
    choices: gate.choices,
    skippable: gate.skippable ?? [],
    planDigest: gate.planDigest ?? null,
    reminders: wait.reminders,
  };
  enter(state, phases[gate.kind]);
  note(state, { key: 'waiting', mark: 'running', title: `waiting (${gate.kind})`, text: gate.reason });
  return wait;
}

const phases: Readonly<Record<Gate['kind'], Phase>> = {
  hold: 'waiting(hold)',
  approve: 'waiting(approve)',
  unhealthy: 'waiting(unhealthy)',
  blocked: 'waiting(blocked)',
};

function stepOf(state: RunState): string {
  return state.ending ? 'release' : (state.restore?.phase ?? state.phase);
}

async function recordWaiting(state: RunState, gate: Gate): Promise<void> {
  if (state.run === null) return;
  const step = `waiting/${state.journal?.sequence ?? 0}`;
  const { kind, reason, objects, choices, planDigest } = gate;
  await record(state, 'waiting', step, {
    kind,
    reason,
    objects: objects.slice(0, 50),
    choices,
    ...(planDigest ? { planDigest } : {}),
  });
}

function remind(state: RunState): void {
  const { wait, decision } = state;
  if (!wait || !decision) return;
  const due = remindersDue(wait.since, Date.now());
  if (due <= wait.reminders) return;
  state.wait = { ...wait, reminders: due };
  state.decision = { ...decision, reminders: due };
  remark(state, `reminder ${due}: waits for a person since ${describeWait(Date.now() - wait.since)}: ${wait.reason}`);
  present(state);
}

async function takeAnswer(state: RunState): Promise<Decision> {
  const { answer, wait } = state;
  state.answer = null;
  if (!answer || !wait) return { kind: 'retry', by: null };
  const { choice, by, reason } = answer;
  closeGate(state, `${by}: ${choice}${answer.object ? ` ${answer.object}` : ''}`);
  if (isWaiting(state.phase)) enter(state, wait.from);
  heed(state, choice, { by, reason }, answer.object);
  await recordDecisions(state);
  if (choice === 'skip' || choice === 'retry') return { kind: 'retry', by };
  return { kind: choice, by, reason };
}

/** What is said once and holds from then on. */
function heed(
  state: RunState,
  choice: string,
  who: { readonly by: string; readonly reason: string },
  object: string | undefined,
): void {
  if (choice === 'resume') state.held = null;
  if (choice === 'skip' && object) state.skipped = [...state.skipped, leftBy(state, { ...who, object })];
}

export function leftBy({ targets }: RunState, { object: named, by, reason }: Skip): LeftObject {
  const target = targets.find(({ id }) => named.startsWith(`${id}/`))?.id ?? '';
  return { target, object: named.slice(target.length + 1), reason: `left by ${by}: ${reason}` };
}

/** Nobody knows yet whether the cause is gone; the wait goes on if it is not. */
export function hideGate(state: RunState, text = 'tried again'): void {
  if (!state.decision) return;
  state.decision = null;
  note(state, { key: 'waiting', mark: 'done', title: 'waited', text });
  present(state);
}

/** The step that was waited for is done, or a person has decided. */
export function closeGate(state: RunState, text = 'the cause is gone'): void {
  dropAnswer(state);
  state.wait = null;
  hideGate(state, text);
}

/** Said when the step was just being tried again, and was done by that. It must not answer the next wait. */
function dropAnswer(state: RunState): void {
  const { answer } = state;
  if (!answer) return;
  state.answer = null;
  remark(state, `"${answer.choice}" by ${answer.by} came too late: what it was about is over`);
}
