import { isPassing, StepFailure } from '../../src/domain/step-failure.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import { type Offer, offer } from './choices.ts';
import type { Decision, Gate, RestoreEnd, Steps } from './steps.ts';

/** What asking again and waiting for a person need. */
export type Waits = Pick<Steps, 'now' | 'sleep' | 'cancelled' | 'note' | 'asked' | 'decide'>;

export type Asked<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** It did not answer for as long as we wait. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** A definite no. */
  | { readonly kind: 'failed'; readonly reason: string };

const second = 1000;
const longestPause = 30 * second;
/** How often a blocked run looks by itself whether the cause has gone away. */
export const recheckEvery = 30 * second;
/** How often a run that waits for nothing but a word looks whether it still has to. */
export const lookForWordEvery = 3600 * second;

export function pauseAfter(tries: number): number {
  return Math.min(longestPause, second * 2 ** Math.min(tries, 10));
}

/**
 * Asks again, with growing pauses, while the failure is one that passes; gives up after `wait` milliseconds, or at once
 * while a person is being asked: their word must not wait for that.
 */
export async function ask<T>(steps: Waits, what: string, wait: number, step: () => Promise<T>): Promise<Asked<T>> {
  const until = steps.now() + patience(steps, wait);
  for (let tries = 0; ; tries++) {
    const asked = await askOnce(step);
    if (asked.kind !== 'unreachable') return asked;
    if (steps.cancelled() || steps.now() >= until) return asked;
    steps.note({ key: `unreachable/${what}`, mark: 'running', title: 'unreachable', text: `${what}: ${asked.reason}` });
    await steps.sleep(Math.min(pauseAfter(tries), Math.max(1, until - steps.now())), `${what}: ask again`);
  }
}

/** Whoever has waited it out and asks a person now does not wait it out once more. */
export function patience(steps: Pick<Waits, 'asked'>, wait: number): number {
  return steps.asked() ? 0 : wait;
}

/** Why a run that has written nothing yet is refused. */
export function beforeFirstWrite({ kind, reason }: Exclude<Asked<unknown>, { kind: 'answer' }>): string {
  return kind === 'unreachable' ? `unreachable before the first write: ${reason}` : reason;
}

export async function askOnce<T>(step: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { kind: 'answer', value: await step() };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { kind: isPassing(error) ? 'unreachable' : 'failed', reason: error.message };
  }
}

/** Waits at a blocked gate; `null` means: try again, minding what was said. */
export async function stayBlocked(
  steps: Waits,
  reason: string,
  objects: readonly BlockedObject[],
  offered: Offer = offer(),
): Promise<RestoreEnd | null> {
  const gate: Gate = { kind: 'blocked', reason, objects, ...offered };
  return abandonment(await steps.decide(gate, recheckEvery), gate);
}

const quickTries = 3;

/**
 * What was done around the application is undone before a run ends: tried until none of it is open, after a few times
 * visibly. `null`: all of it is undone; else a person has closed the run.
 */
export async function insistOnUndoing(
  steps: Waits,
  { again, reason }: { readonly again: string; readonly reason: string },
  undo: () => Promise<readonly (BlockedObject | null)[]>,
): Promise<RestoreEnd | null> {
  for (let tries = 0; ; tries++) {
    const open = (await undo()).filter((one) => one !== null);
    if (open.length === 0) return null;
    if (tries < quickTries) {
      await steps.sleep(pauseAfter(tries), again);
      continue;
    }
    const whys = open.map(({ target, object, why }) => `${target}/${object}: ${why}`).join('; ');
    const closed = await stayBlocked(steps, `${reason}: ${whys}`, open);
    if (closed) return closed;
  }
}

/** `null`: it is undone, or somebody else wants it as it is. */
export function whyNotUndone(asked: Asked<{ readonly kind: string; readonly reason?: string }>): string | null {
  if (asked.kind !== 'answer') return asked.reason;
  return asked.value.kind === 'failed' ? (asked.value.reason ?? '') : null;
}

export function abandonment(decision: Decision, { reason, objects: blocked }: Gate): RestoreEnd | null {
  if (decision.kind !== 'abandon') return null;
  const { by } = decision;
  return { outcome: 'abandoned', by, reason: `${by}: ${decision.reason} (was blocked: ${reason})`, blocked };
}
