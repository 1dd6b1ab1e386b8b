import { condition, workflowInfo } from '@temporalio/workflow';
import { StepFailure } from '../src/domain/step-failure.ts';
import type { RunResult } from '../src/schema/outcome.ts';
import type { RestoreBasis } from '../src/schema/unfinished-run.ts';
import { conclude, type Ending } from './conclude.ts';
import { accept, ownIds } from './get-ready.ts';
import { listen } from './handlers.ts';
import { workQueue } from './messages.ts';
import { callActivity } from './proxies.ts';
import { restore } from './restore.ts';
import { restoreInput, toEnding } from './restore-input.ts';
import { restoreSteps } from './restore-steps.ts';
import { note, record } from './run.ts';
import { type Carried, openingOf, type RunState, stateOf } from './run-state.ts';
import { type Accepted, checkHere, lockEverywhere, sameClusterTwice } from './take-baseline.ts';
import { takeUp } from './take-up.ts';

/**
 * Rolls an application back on demand, to the last known good or a named snapshot. Started only by update-with-start
 * of `requestRollback`, which says who, why and where to.
 */
export async function rollBack(name: unknown, carried?: Carried): Promise<RunResult> {
  const guardId = `rollback/${workflowInfo().firstExecutionRunId}`;
  const nobody = { revision: null, replyTo: null, deployer: null };
  const state = stateOf(carried, { ...openingOf(name), ...nobody, type: 'rollBack', guardId });
  listen(state);
  return await conclude(state, async () => {
    await awaitRequest(state);
    const stopped = state.restore ? null : await getSet(state);
    return stopped ?? toEnding(await restore(restoreSteps(state), restoreInput(state), state.restore ?? undefined));
  });
}

/** It comes with the start. A start without it, or with one that was turned away, must not hold the application's name. */
async function awaitRequest(state: RunState): Promise<void> {
  const asked = () => state.rollbackRequest !== null;
  if (await condition(asked, '10s', { summary: 'who asks for it, and why' })) return;
  throw new StepFailure('RequestRejected', 'requestRollback: nobody said who asks for this rollback, and why');
}

/** What to go back to, and the lock. `null` means: go on. */
async function getSet(state: RunState): Promise<Ending | RunResult | null> {
  const { application, environment, guardId, rollbackRequest } = state;
  const asked = {
    kind: 'rollback',
    ...ownIds(),
    application,
    environment,
    guardId,
    to: rollbackRequest?.to ?? null,
    ...(rollbackRequest?.recover ? { recover: true } : {}),
  } as const;
  const resolution = await callActivity('resolveRequest', asked, {
    taskQueue: workQueue,
    summary: rollbackRequest?.recover ? 'unfinished run' : (rollbackRequest?.to ?? 'last known good'),
    stretch: 'beforePivot',
  });
  if (resolution.kind === 'ended') return resolution.result;
  if (resolution.kind === 'nothing') return { outcome: 'refused', reason: resolution.reason };
  accept(state, resolution);
  const twice = await sameClusterTwice(state);
  if (twice !== null) return { outcome: 'refused', reason: twice };
  const held = await whyHeld(() => lockEverywhere(state));
  if (held !== null) return { outcome: 'refused', reason: held };
  const stopped = await openTargets(state, resolution);
  if (stopped) return stopped;
  return resolution.unfinished ? await takeUp(state, resolution.unfinished) : await recordRequest(state, resolution);
}

/** Another run's Lease is a definite no; whatever else goes wrong may pass. */
async function whyHeld(lock: () => Promise<void>): Promise<string | null> {
  try {
    await lock();
    return null;
  } catch (error) {
    if (error instanceof StepFailure && error.type === 'LockHeld') return error.message;
    throw error;
  }
}

async function openTargets(state: RunState, { baseline, deploy }: Accepted): Promise<Ending | null> {
  if (!baseline || !deploy) throw new Error('a rollback on demand names what to restore and which deploy to undo');
  const [target, before] = await Promise.all([checkHere(state, baseline), checkHere(state, deploy.before)]);
  if (target.kind !== 'usable')
    return { outcome: 'refused', reason: `the snapshot to restore is ${target.kind}: ${target.reason}` };
  if (before.kind !== 'usable')
    return { outcome: 'refused', reason: `the state before the deploy is ${before.kind}: ${before.reason}` };
  state.baseline = target.snapshot;
  state.before = before.snapshot;
  state.windowEnd = deploy.endedAt;
  return null;
}

async function recordRequest(state: RunState, { deploy }: Accepted): Promise<null> {
  const { baseline, before, windowEnd } = restoreInput(state);
  const { by, reason } = state.rollbackRequest ?? { by: null, reason: null };
  const basis: RestoreBasis = { baseline, before, windowStart: deploy?.readyAt ?? null, windowEnd };
  await record(state, 'failed', 'failed', { source: 'person', ...basis }, { by, why: reason });
  note(state, { key: 'failed', mark: 'failed', title: 'rollback', text: `asked for by ${by}: ${reason}` });
  return null;
}
