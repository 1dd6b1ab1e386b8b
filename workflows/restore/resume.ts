import type { UnfinishedRun } from '../../src/schema/unfinished-run.ts';
import { beginning } from '../restore.ts';
import { attemptOf } from './attempts.ts';
import { batchesOf, stagesOf } from './batches.ts';
import type { RestoreState } from './steps.ts';

/**
 * The state from which `restore` goes on, from the journal alone: every step is in it before it is taken. What was under
 * way may have been done or not, so it is done again; every step is safe to repeat. `revert` counts before the pivot only.
 */
export function resumeFrom(run: UnfinishedRun, direction: 'forward' | 'revert'): RestoreState {
  const { prepared, owners, readers, health } = run;
  // It may have waited for a person's word, with a plan that has grown old and owners that were not paused yet.
  if (!run.hasBegun && direction === 'forward') return beginning;
  const frozen = run.frozen.length > 0 ? { frozen: { clusters: run.frozen, since: 0 } } : {};
  if (!prepared) return { ...beginning, ...frozen, ...(owners.length > 0 ? { phase: 'pause', owners } : {}) };
  const { failedState, plans, deferred, quietAt } = prepared;
  // A newcomer must not start it over: another failed state would be captured, half restored.
  const rounds = prepared.round + 1;
  const state = { ...beginning, ...frozen, failedState, plans, deferred, quietAt, rounds, owners, readers, health };
  if (run.pivot === 'behind') return { ...state, phase: 'finish', stage: indexOf(run, 'behind', run.finishing) };
  const cause = run.reverting ?? (direction === 'revert' ? `ended from outside while ${run.during}` : null);
  return cause === null ? commitOn(run, state) : { ...state, phase: 'revert', cause, attempts: attemptsBy(run) };
}

/** The last stage is in the undo list and is carried out again; whatever came before it has passed its barrier. */
function commitOn(run: UnfinishedRun, state: RestoreState): RestoreState {
  const stage = indexOf(run, 'before', run.committed.at(-1) ?? null);
  return { ...state, phase: 'commit', stage, attempts: attemptsBy(run) };
}

function attemptsBy({ committed, prepared }: UnfinishedRun): RestoreState['attempts'] {
  const last = committed.at(-1);
  return committed.flatMap((stage) =>
    batchesOf(prepared?.plans ?? [], stage)
      .map(attemptOf)
      .map((attempt) => (stage === last ? attempt : { ...attempt, unclear: [], wrote: true, settled: true })),
  );
}

function indexOf({ prepared }: UnfinishedRun, side: 'before' | 'behind', stage: string | null): number {
  const index = stagesOf(prepared?.plans ?? [], side).findIndex((one) => one.stage === stage);
  return Math.max(0, index);
}
