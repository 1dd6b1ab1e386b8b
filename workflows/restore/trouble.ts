import type { Choice } from '../../src/schema/messages.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import { offer } from './choices.ts';
import { cancelOrRevert, compensate, end, type Next } from './next.ts';
import { abandonment, recheckEvery } from './patience.ts';
import type { Decision, Gate, RestoreInput, RestoreState, Steps } from './steps.ts';

/** Why a restore cannot go on by itself. */
export interface Trouble {
  readonly reason: string;
  readonly objects: readonly BlockedObject[];
  /** Those of them that a person may leave as they are. */
  readonly skippable?: readonly string[];
}

/** A definite no before the pivot: the request's policy decides. `null`: try again. */
export async function onFailedWrite(
  steps: Steps,
  { request }: RestoreInput,
  state: RestoreState,
  trouble: Trouble,
): Promise<Next | null> {
  if (request.onFailedWrite !== 'hold') return compensate(state, trouble.reason);
  return cancelOrRevert(steps, state) ?? (await hold(steps, state, trouble));
}

/** A cluster that has not answered for as long as the request waits, before the pivot. `null`: ask again. */
export async function onSilence(
  steps: Steps,
  { request }: RestoreInput,
  state: RestoreState,
  trouble: Trouble,
): Promise<Next | null> {
  const cancelled = cancelOrRevert(steps, state);
  if (cancelled) return cancelled;
  return request.unreachableThen === 'revert' ? compensate(state, trouble.reason) : await hold(steps, state, trouble);
}

async function hold(steps: Steps, state: RestoreState, { reason, objects, skippable }: Trouble): Promise<Next | null> {
  // Nothing written, nothing to take back.
  const also: readonly Choice[] = state.attempts.length > 0 ? ['revert'] : [];
  const gate: Gate = { kind: 'blocked', reason, objects, ...offer(also, skippable) };
  return decided(state, gate, await steps.decide(gate, recheckEvery));
}

/** Where a person's word leads. `null`: on; the gate stays shown until whoever waits at it gets on. */
export function decided(state: RestoreState, gate: Gate, decision: Decision): Next | null {
  if (decision.kind === 'revert') return compensate(state, `${gate.reason}; ${decision.by}: ${decision.reason}`);
  const closed = abandonment(decision, gate);
  return closed ? end(closed) : null;
}
