import { condition, sleep } from '@temporalio/workflow';
import { counted } from '../src/domain/counted.ts';
import { describeRef } from '../src/domain/kubernetes/identity.ts';
import { isWaiting } from '../src/domain/phases.ts';
import { writesOf } from '../src/domain/plan-counts.ts';
import type { Activities, BatchInput } from '../src/schema/activities.ts';
import type { WriteResult } from '../src/schema/plan.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';
import type { TargetView } from '../src/schema/status.ts';
import { closeGate, decide, hideGate } from './decide.ts';
import { haltDeployer } from './halt.ts';
import { workQueue } from './messages.ts';
import { present } from './present.ts';
import { callActivity, short } from './proxies.ts';
import type { Waits } from './restore/patience.ts';
import type { RestoreState, Steps } from './restore/steps.ts';
import { beginAnew, enter, isHistoryFull, note, queueOf, record } from './run.ts';
import type { RunState } from './run-state.ts';
import { stepFailureOf } from './step-failure.ts';

type Shown = keyof Steps & `present${string}`;

/** Binds the protocol's steps to Temporal: activities, timers, signals, continue-as-new. */
export function restoreSteps(state: RunState): Steps {
  return {
    ...activitySteps(state),
    ...presenters(state),
    ...waitsOf(state),
    haltDeployer: () => haltDeployer(state),
    record: (event, step, data) => {
      if (event === 'committing') state.writing = true;
      return record(state, event, step, data);
    },
    held: () => state.held,
    left: () => state.skipped,
    whenCancelled: condition(() => state.cancel !== null),
    enter: (phase) => {
      if (!isWaiting(phase)) hideGate(state);
      enter(state, phase);
    },
    checkpoint: (restore) => checkpoint(state, restore),
  };
}

export function waitsOf(state: RunState): Waits {
  return {
    now: () => Date.now(),
    sleep: (duration, summary) => sleep(duration, { summary: short(summary) }),
    cancelled: () => state.cancel,
    note: (progress) => note(state, progress),
    asked: () => state.decision !== null,
    decide: (gate, recheck) => decide(state, gate, recheck),
  };
}

type ActivitySteps = Omit<Pick<Steps, keyof Steps & keyof Activities>, 'record'>;

function activitySteps(state: RunState): ActivitySteps {
  const onTarget =
    <Name extends keyof ActivitySteps>(name: Name, label: (input: Parameters<Activities[Name]>[0]) => string) =>
    (input: Parameters<Activities[Name]>[0] & { readonly target: ResolvedTarget }) =>
      step(state, name, input, input.target.taskQueue, `${input.target.id} ${label(input)}`.trim());
  return {
    identifyCluster: (input) =>
      step(state, 'identifyCluster', input, queueOf(state, input.cluster), `${input.cluster} answers?`),
    takeSnapshot: onTarget('takeSnapshot', () => 'failed state'),
    sealSnapshot: (input) => step(state, 'sealSnapshot', input, workQueue, counted(input.parts.length, 'target')),
    checkSnapshot: (input) => step(state, 'checkSnapshot', input, workQueue, input.snapshot.id.slice(0, 6)),
    quiesce: onTarget('quiesce', () => 'wait until nobody writes'),
    planRestore: onTarget('planRestore', () => ''),
    digestPlans: (input) => step(state, 'digestPlans', input, workQueue, counted(input.plans.length, 'plan')),
    proveBatch: onTarget('proveBatch', (input) => `${input.stage}, batch ${input.batch + 1}`),
    writeBatch: onTarget('writeBatch', (input) => `${input.stage}: ${sizeOf(state, input)}`),
    deleteBatch: onTarget('deleteBatch', (input) => sizeOf(state, input)),
    undoBatch: onTarget('undoBatch', (input) => `${input.stage}: ${sizeOf(state, input)}`),
    verifyTarget: onTarget('verifyTarget', (input) => claims[input.expect]),
    awaitHealthy: onTarget('awaitHealthy', () => ''),
    healWorkloads: onTarget('healWorkloads', ({ pods }) => counted(pods.length, 'pod')),
    findOwners: onTarget('findOwners', () => ''),
    pauseOwner: onTarget('pauseOwner', ({ owner }) => describeRef(owner)),
    freezeCluster: (input) => step(state, 'freezeCluster', input, queueOf(state, input.cluster), input.cluster),
    thawCluster: (input) => step(state, 'thawCluster', input, queueOf(state, input.cluster), input.cluster),
    resumeOwner: onTarget('resumeOwner', ({ owner }) => describeRef(owner)),
  };
}

const claims = {
  baseline: 'equals the baseline',
  updates: 'updates are in place',
  failedState: 'equals the failed state',
} as const;

function sizeOf(state: RunState, { target, stage, batch }: BatchInput): string {
  const plan = state.restore?.plans.find((candidate) => candidate.target === target.id);
  const own = plan?.stages.find((candidate) => candidate.stage === stage);
  const size = own?.batches[batch];
  return size === undefined ? `batch ${batch + 1}` : counted(size, 'object');
}

/** Calls an activity and turns every way it can fail into a `StepFailure`. */
async function step<Name extends keyof Activities>(
  state: RunState,
  name: Name,
  input: Parameters<Activities[Name]>[0],
  taskQueue: string,
  summary: string,
): Promise<Awaited<ReturnType<Activities[Name]>>> {
  const phase = state.restore?.phase;
  const forward = phase === 'finish' || phase === 'settle' || phase === 'verify' || phase === 'revert';
  try {
    return await callActivity(name, input, { taskQueue, summary, stretch: forward ? 'afterPivot' : 'beforePivot' });
  } catch (error) {
    throw stepFailureOf(error);
  }
}

/** Continue-as-new at a barrier: all progress is data, nothing is under way. */
async function checkpoint(state: RunState, restore: RestoreState): Promise<void> {
  if (isStepDone(state.restore, restore)) closeGate(state);
  state.restore = restore;
  present(state);
  if (isHistoryFull()) await beginAnew(state, restore.phase);
}

/** A step that was only looked at again goes on waiting. */
function isStepDone(before: RestoreState | null, now: RestoreState): boolean {
  return before?.phase !== now.phase || before.stage !== now.stage;
}

function presenters(state: RunState): Pick<Steps, Shown> {
  const change = (id: string, view: (target: TargetView) => Partial<TargetView>) => {
    state.targets = state.targets.map((target) => (target.id === id ? { ...target, ...view(target) } : target));
    present(state);
  };
  return {
    presentPlans: (plans) => {
      for (const plan of plans)
        change(plan.target, () => ({ plan: plan.counts, written: { done: 0, of: writesOf(plan) } }));
    },
    presentWritten: (id, results) => {
      change(id, ({ written }) => ({
        // What is written again, by a run that has begun anew, is not more than all.
        written: written ? { ...written, done: Math.min(written.of, written.done + settled(results)) } : null,
      }));
      noteWritten(state);
    },
    presentHealth: (id, healthy) => change(id, () => ({ healthy })),
    presentVerified: (id, verified) => change(id, () => ({ verified })),
    presentFailedState: (failedState) => {
      state.restore = state.restore ? { ...state.restore, failedState } : state.restore;
    },
  };
}

function settled(results: readonly WriteResult[]): number {
  return results.filter((result) => result.kind === 'done' || result.kind === 'already').length;
}

function noteWritten(state: RunState): void {
  const parts = state.targets.flatMap((target) => (target.written ? [{ id: target.id, ...target.written }] : []));
  const complete = parts.every((part) => part.done >= part.of);
  const text = parts.map((part) => `${part.id} ${part.done}/${part.of}`).join('   ');
  note(state, { key: 'written', mark: complete ? 'done' : 'running', title: 'written', text });
}
