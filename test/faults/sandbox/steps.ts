import { setTimeout as pauseFor } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { milliseconds } from '../../../src/domain/durations.ts';
import { isFailureType } from '../../../src/domain/failure-types.ts';
import { StepFailure } from '../../../src/domain/step-failure.ts';
import type { Activities, RunIdentity } from '../../../src/schema/activities.ts';
import type { ResolvedTarget } from '../../../src/schema/resolved-request.ts';
import type { Duration } from '../../../src/schema/words.ts';
import { rows } from '../../../workflows/proxies.ts';
import type { Steps } from '../../../workflows/restore/steps.ts';
import { silentSteps } from '../../support/silent-steps.ts';
import { type Attempt, attempts, meetPerson, type SandboxRun } from './run.ts';

/** The protocol's steps over the real activities, tried as Temporal tries them, without waiting for its timeouts. */
export function sandboxSteps(run: SandboxRun, activities: Activities, identity: RunIdentity): Steps {
  const step = <Name extends keyof Activities>(name: Name) =>
    ((input: Parameters<Activities[Name]>[0]) => carryOut(run, activities, name, input)) as Activities[Name];
  return {
    identifyCluster: step('identifyCluster'),
    takeSnapshot: step('takeSnapshot'),
    sealSnapshot: step('sealSnapshot'),
    checkSnapshot: step('checkSnapshot'),
    // The real one waits for two quiet seconds; the model has it, and every end-to-end test.
    quiesce: async () => ({ kind: 'quiet', serverTime: new Date(Date.now() + 1000).toISOString() }),
    planRestore: step('planRestore'),
    digestPlans: step('digestPlans'),
    proveBatch: step('proveBatch'),
    writeBatch: step('writeBatch'),
    deleteBatch: step('deleteBatch'),
    undoBatch: step('undoBatch'),
    verifyTarget: step('verifyTarget'),
    awaitHealthy: step('awaitHealthy'),
    healWorkloads: step('healWorkloads'),
    findOwners: step('findOwners'),
    pauseOwner: step('pauseOwner'),
    resumeOwner: step('resumeOwner'),
    freezeCluster: step('freezeCluster'),
    thawCluster: step('thawCluster'),
    haltDeployer: async () => 'acknowledged',
    record: async (event, name, data) => {
      const at = new Date().toISOString();
      await step('record')({ run: identity, event, step: name, at, who: null, why: null, data });
      run.journal.push(name);
    },
    ...waits(run),
    ...silentSteps(),
  };
}

/** After so many waits at a gate a person gives the run up. */
const mostWaits = 4;
/** The protocol's pauses, so much faster. */
const faster = 100;

function waits(run: SandboxRun): Pick<Steps, 'now' | 'sleep' | 'cancelled' | 'held' | 'left' | 'note' | 'decide'> {
  const clock = { skipped: 0 };
  const sleep = async (duration: number) => {
    clock.skipped += duration;
    await pauseFor(Math.min(30, duration / faster));
  };
  return {
    now: () => clock.skipped,
    sleep,
    cancelled: () => (run.isCancelled ? { by: 'mia', reason: 'changed my mind' } : null),
    held: () => null,
    left: () => [],
    note: () => undefined,
    decide: async (gate, recheck) => {
      await sleep(recheck);
      await meetPerson(run, gate);
      if (run.waits.length < mostWaits) return { kind: 'retry', by: 'mia' };
      return { kind: 'abandon', by: 'mia', reason: 'it does not get any better' };
    },
  };
}

type AnswerOf<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

/** A run has some hundred; one that loops is a finding, not a hang. */
const mostCalls = 500;

async function carryOut<Name extends keyof Activities>(
  run: SandboxRun,
  activities: Activities,
  name: Name,
  input: Parameters<Activities[Name]>[0],
): Promise<AnswerOf<Name>> {
  noteCall(run, name);
  const most = rows[name].retry?.maximumAttempts ?? 20;
  for (let count = 1; ; count++) {
    const answer = await attempt(run, activities, name, input);
    if (answer.kind === 'answer') return answer.value;
    if (count >= most || !answer.isTransient) throw answer.failure;
  }
}

function noteCall(run: SandboxRun, name: keyof Activities): void {
  run.calls.push(name);
  if (run.calls.length > mostCalls) throw new Error(`the run has not ended after ${mostCalls} calls`);
  if (name === 'writeBatch' || name === 'deleteBatch') run.failed ??= run.application.content();
}

type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'failure'; readonly failure: StepFailure; readonly isTransient: boolean };

async function attempt<Name extends keyof Activities>(
  run: SandboxRun,
  activities: Activities,
  name: Name,
  input: Parameters<Activities[Name]>[0],
): Promise<Answer<AnswerOf<Name>>> {
  const startToCloseTimeoutMs = milliseconds(rows[name].startToCloseTimeout as Duration);
  const environment = environmentFor(startToCloseTimeoutMs);
  const { target } = input as { readonly target?: ResolvedTarget };
  return await new Promise((resolve) => {
    const current: Attempt = {
      run,
      step: name,
      target: target?.id ?? '-',
      isDead: false,
      isGivenUp: false,
      giveUp: () => {
        current.isGivenUp = true;
        const failure = new StepFailure('Timeout', `${name} did not answer`);
        resolve({ kind: 'failure', failure, isTransient: true });
      },
    };
    const work = activities[name] as (argument: typeof input) => Promise<AnswerOf<Name>>;
    const working = attempts.run(current, () => environment.run(work, input)) as Promise<AnswerOf<Name>>;
    const ended = working.then(
      (value) => resolve({ kind: 'answer', value }),
      (error: unknown) => resolve(failureOf(error)),
    );
    run.underWay.add(ended);
    void ended.then(() => run.underWay.delete(ended));
  });
}

/** An activity's own pauses are short here, too; what it logs of its failures is what the trial is about. */
export function environmentFor(startToCloseTimeoutMs: number): MockActivityEnvironment {
  const logger = new DefaultLogger('ERROR', () => undefined);
  const environment = new MockActivityEnvironment(
    { startToCloseTimeoutMs, currentAttemptScheduledTimestampMs: Date.now() },
    { logger },
  );
  const sleep = (duration: Duration | number) =>
    pauseFor((typeof duration === 'number' ? duration : milliseconds(duration)) / faster);
  return Object.assign(environment, { context: Object.assign(environment.context, { sleep }) });
}

function failureOf(error: unknown): Answer<never> {
  if (!(error instanceof ApplicationFailure) || !isFailureType(error.type)) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'failure', failure: new StepFailure('Unexpected', message), isTransient: true };
  }
  const failure = new StepFailure(error.type, error.message);
  return { kind: 'failure', failure, isTransient: error.nonRetryable !== true };
}
