import { freezeAdmission, thawAdmission } from './restore/admission.ts';
import { approve } from './restore/approve.ts';
import { commit } from './restore/commit.ts';
import { confirm } from './restore/confirm.ts';
import { finish } from './restore/finish.ts';
import { freeze, quiesce } from './restore/freeze.ts';
import { awaitHealth, settle } from './restore/health.ts';
import { holdFirst } from './restore/hold.ts';
import type { Next } from './restore/next.ts';
import { letGo, meetOwners, pause } from './restore/owners.ts';
import { pivot } from './restore/pivot.ts';
import { prepare } from './restore/prepare.ts';
import { revert } from './restore/revert.ts';
import type { RestoreEnd, RestoreInput, RestorePhase, RestoreState, Steps } from './restore/steps.ts';

/**
 * The protocol, in order. Every phase runs in all clusters side by side and leads to the next one or to the end:
 * up to the pivot a definite failure leads to `revert`, after it there is only forward.
 */
const phases: Readonly<
  Record<RestorePhase, (steps: Steps, input: RestoreInput, state: RestoreState) => Promise<Next>>
> = {
  freeze,
  owners: meetOwners,
  pause,
  admission: freezeAdmission,
  quiesce,
  prepare,
  approve,
  commit,
  health: awaitHealth,
  pivot,
  finish,
  settle,
  verify: confirm,
  revert,
};

/** Nothing was done yet. */
export const beginning: RestoreState = {
  phase: 'freeze',
  quietAt: {},
  failedState: null,
  plans: [],
  stage: 0,
  deferred: [],
  attempts: [],
  rounds: 0,
  cause: null,
  health: null,
};

/** Puts every target back to the baseline, or back to the failed state, or changes nothing; says which it observed. */
export async function restore(steps: Steps, input: RestoreInput, from: RestoreState = beginning): Promise<RestoreEnd> {
  let state = from;
  for (;;) {
    if (state.end) return await giveBack(steps, input, state, state.end);
    const next = (await holdFirst(steps, input, state)) ?? (await phases[state.phase](steps, input, state));
    state = next.kind === 'end' ? { ...(next.state ?? state), end: next.end } : next.state;
    await steps.checkpoint(state);
  }
}

/** Whatever was done around the application is undone before the run ends. */
async function giveBack(steps: Steps, input: RestoreInput, state: RestoreState, end: RestoreEnd): Promise<RestoreEnd> {
  return await letGo(steps, input, state, await thawAdmission(steps, input, state, end));
}
