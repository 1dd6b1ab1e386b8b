import type { WriteReport } from '../../src/schema/plan.ts';
import { batchInput, isSettled, unsettledObjects } from './batches.ts';
import { everywhere } from './everywhere.ts';
import { end, go, type Next } from './next.ts';
import { insist, pauseAfter, stayBlocked } from './patience.ts';
import type { RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';

const quickTries = 3;

/** Deletes what the failed deploy created. Behind the pivot: it is asked again until it is done, or a person closes the run. */
export async function prune(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const doomed = state.plans.filter((plan) => plan.prunes !== null);
  if (doomed.length > 0) await steps.record('deleting', 'deleting', { targets: doomed.map((plan) => plan.target) });
  for (let tries = 0; doomed.length > 0; tries++) {
    const deleted = await insist(steps, 'deleting what the deploy created', input.request.unreachableWait, () =>
      deleteAll(steps, input, state),
    );
    if (deleted.kind === 'end') return end(deleted.end);
    const open = deleted.value.filter((report) => !report.results.every(isSettled));
    if (open.length === 0) break;
    const closed = await pauseOrBlock(steps, open, tries);
    if (closed) return end(closed);
  }
  if (doomed.length > 0) notePruned(steps, state);
  return go({ ...state, phase: 'verify' });
}

function deleteAll(steps: Steps, input: RestoreInput, state: RestoreState): Promise<WriteReport[]> {
  const batches = state.plans.flatMap((plan) =>
    (plan.prunes?.batches ?? []).map((_, batch) =>
      batchInput(input, state.plans, { target: plan.target, stage: plan.prunes?.stage ?? '', batch }),
    ),
  );
  return everywhere(batches, (batch) => steps.deleteBatch(batch));
}

async function pauseOrBlock(steps: Steps, open: readonly WriteReport[], tries: number): Promise<RestoreEnd | null> {
  if (tries < quickTries) {
    await steps.sleep(pauseAfter(tries), 'not gone yet: try again');
    return null;
  }
  const objects = open.flatMap((report) => unsettledObjects(report, 'gone'));
  const closed = await stayBlocked(steps, 'an object that the deploy created cannot be deleted', objects);
  steps.enter('restoring');
  return closed;
}

function notePruned(steps: Steps, state: RestoreState): void {
  const text = state.plans.map((plan) => `${plan.target} ${plan.counts.prune}`).join('   ');
  steps.note({ key: 'pruned', mark: 'done', title: 'pruned', text });
}
