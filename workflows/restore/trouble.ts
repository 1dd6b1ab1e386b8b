import type { BlockedObject } from '../../src/schema/outcome.ts';
import { cancelOrRevert, compensate, end, type Next } from './next.ts';
import { abandonment, recheckEvery } from './patience.ts';
import type { Decision, Gate, RestoreInput, RestoreState, Steps } from './steps.ts';

/** Why a restore cannot go on by itself. */
export interface Trouble {
  readonly reason: string;
  readonly objects: readonly BlockedObject[];
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

async function hold(steps: Steps, state: RestoreState, { reason, objects }: Trouble): Promise<Next | null> {
  const gate: Gate = { kind: 'blocked', reason, objects, also: ['revert'] };
  return decided(state, gate, await steps.decide(gate, recheckEvery));
}

/** Where a person's word leads. `null`: on; the gate stays shown until whoever waits at it gets on. */
export function decided(state: RestoreState, { reason, objects }: Gate, decision: Decision): Next | null {
  if (decision.kind === 'revert') return compensate(state, `${reason}; ${decision.by}: ${decision.reason}`);
  const closed = abandonment(decision, reason, objects);
  return closed ? end(closed) : null;
}
