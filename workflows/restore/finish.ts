import type { PlanStage, WriteReport } from '../../src/schema/plan.ts';
import { batchInputs, carryOut, isSettled, stagesOf, unsettledObjects } from './batches.ts';
import { definitelyNot } from './choices.ts';
import { everywhere } from './everywhere.ts';
import { withReaders } from './heal.ts';
import { end, go, type Next } from './next.ts';
import { pauseAfter } from './patience.ts';
import type { RestoreEnd, RestoreInput, RestoreState, Steps } from './steps.ts';
import { insist, stayInTrouble } from './trouble.ts';
import { describeDifferences } from './verify.ts';

const quickTries = 3;

/**
 * What cannot be taken back: one-way writes, deleting what the failed deploy created, making objects anew. Behind the
 * pivot: each stage is asked again until it is done, or a person closes the run. One stage per call.
 */
export async function finish(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  const stage = stagesOf(state.plans, 'behind')[state.stage];
  if (stage === undefined) return go({ ...state, phase: 'settle' });
  await steps.record(stage.does === 'delete' ? 'deleting' : 'committing', `behind/${stage.stage}`, {
    stage: stage.stage,
  });
  let current = state;
  for (let tries = 0; ; tries++) {
    const done = await insist(steps, input, state, {
      what: whatIsDone(stage),
      step: () => everywhere(batchInputs(input, state.plans, stage.stage), (batch) => carryOut(steps, stage, batch)),
    });
    if (done.kind === 'end') return end(done.end);
    current = { ...current, ...withReaders(current, done.value) };
    const open = done.value.filter((report) => !report.results.every(isSettled));
    if (open.length === 0) break;
    await steps.checkpoint(current);
    const closed = await pauseOrBlock(steps, input, current, { stage, open, tries });
    if (closed) return end(closed);
  }
  notePruned(steps, state, stage);
  return go({ ...current, stage: state.stage + 1 });
}

function whatIsDone({ does, stage }: PlanStage): string {
  return does === 'delete' ? 'deleting what the deploy created' : `writing behind the pivot (${stage})`;
}

interface Round {
  readonly stage: PlanStage;
  readonly open: readonly WriteReport[];
  readonly tries: number;
}

async function pauseOrBlock(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  { stage: { does }, open, tries }: Round,
): Promise<RestoreEnd | null> {
  if (tries < quickTries) {
    await steps.sleep(pauseAfter(tries), 'not done yet: try again');
    return null;
  }
  const objects = open.flatMap((report) => unsettledObjects(report, does === 'delete' ? 'gone' : 'baseline'));
  const what = does === 'delete' ? 'deleted' : 'written';
  const reason = `behind the pivot not ${what}: ${describeDifferences(objects)}`;
  const closed = await stayInTrouble(steps, input, state, { reason, objects, skippable: definitelyNot(open) });
  steps.enter('restoring');
  return closed;
}

function notePruned(steps: Steps, { plans }: RestoreState, { does }: PlanStage): void {
  if (does !== 'delete') return;
  const text = plans.map((plan) => `${plan.target} ${plan.counts.prune}`).join('   ');
  steps.note({ key: 'pruned', mark: 'done', title: 'pruned', text });
}
