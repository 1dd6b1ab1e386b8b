import type { Choice } from '../../src/schema/messages.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import { offer } from './choices.ts';
import { cancelOrRevert, compensate, end, type Next } from './next.ts';
import { openObjects } from './open-objects.ts';
import { abandonment, ask, recheckEvery } from './patience.ts';
import type { Decision, Gate, RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';

/** Why a restore cannot go on by itself. */
export interface Trouble {
  readonly reason: string;
  /** What is in trouble itself; what waits for it is found by looking. */
  readonly objects: readonly BlockedObject[];
  /** Those of them that a person may leave as they are. */
  readonly skippable?: readonly string[];
}

/** A definite no before the pivot: the request's policy decides. `null`: try again. */
export async function onFailedWrite(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  trouble: Trouble,
): Promise<Next | null> {
  if (input.request.onFailedWrite !== 'hold') return compensate(state, trouble.reason);
  return cancelOrRevert(steps, state) ?? (await hold(steps, input, state, trouble));
}

/** A cluster that has not answered for as long as the request waits, before the pivot. `null`: ask again. */
export async function onSilence(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  trouble: Trouble,
): Promise<Next | null> {
  const cancelled = cancelOrRevert(steps, state);
  if (cancelled) return cancelled;
  if (input.request.unreachableThen === 'revert') return compensate(state, trouble.reason);
  return await hold(steps, input, state, trouble);
}

async function hold(steps: Steps, input: RestoreInput, state: RestoreState, trouble: Trouble): Promise<Next | null> {
  // Nothing written, nothing to take back.
  const gate = await blockedAt(steps, input, state, trouble, state.attempts.length > 0 ? ['revert'] : []);
  return decided(state, gate, await steps.decide(gate, recheckEvery));
}

/** Where there is no other way than this one: waits for a person or for the cause to go away. `null`: try again. */
export async function stayInTrouble(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  trouble: Trouble,
): Promise<RestoreEnd | null> {
  const gate = await blockedAt(steps, input, state, trouble);
  return abandonment(await steps.decide(gate, recheckEvery), gate);
}

export type Insisted<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'end'; readonly end: RestoreEnd };

/**
 * For steps that must be done before any outcome can be claimed: asks as long as the request waits, then stays blocked,
 * visibly, and goes on asking until the cause goes away or a person closes the run.
 */
export async function insist<T>(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { what, step }: { readonly what: string; readonly step: () => Promise<T> },
): Promise<Insisted<T>> {
  for (;;) {
    const asked = await ask(steps, what, input.request.unreachableWait, step);
    if (asked.kind === 'answer') return asked;
    const closed = await stayInTrouble(steps, input, state, { reason: `${what}: ${asked.reason}`, objects: [] });
    if (closed) return { kind: 'end', end: closed };
  }
}

/** The gate shows all that is open, not only what is in trouble. */
export async function blockedAt(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { reason, objects, skippable }: Trouble,
  also: readonly Choice[] = [],
): Promise<Gate> {
  const open = await openObjects(steps, input, state, objects);
  return { kind: 'blocked', reason, objects: open, ...offer(also, skippable) };
}

/** Where a person's word leads. `null`: on; the gate stays shown until whoever waits at it gets on. */
export function decided(state: RestoreState, gate: Gate, decision: Decision): Next | null {
  if (decision.kind === 'revert') return compensate(state, `${gate.reason}; ${decision.by}: ${decision.reason}`);
  const closed = abandonment(decision, gate);
  return closed ? end(closed) : null;
}
