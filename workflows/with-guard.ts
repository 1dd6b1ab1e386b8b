/** The door for deploy workflows written in TypeScript: the package export `belay/workflow`. */

import {
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  type SignalDefinition,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { GuardRequest } from '../src/schema/guard-spec.ts';
import type { GuardEvent } from '../src/schema/messages.ts';
import type { Outcome } from '../src/schema/outcome.ts';
import {
  cancelSignal,
  deployedSignal,
  guardEventSignal,
  guardWorkflowId,
  haltedSignal,
  reportFailureSignal,
  supersedeSignal,
  workflowQueue,
} from './messages.ts';

/** What to guard. `id` is required where the deploy workflow is retried or continues as new: it names the guard across runs. */
export type GuardSpec = Omit<GuardRequest, 'guardId' | 'replyTo' | 'deployer'> & {
  readonly id?: string;
  /** Queue of Belay's workflows; `belay` unless this installation says otherwise. */
  readonly taskQueue?: string;
};

/** Handed to the deploy: tells the guard how far it is. */
export interface DeployGuard {
  readonly guardId: string;
  /** The deploy is done: from here on health counts. Called for you when the deploy returns. */
  deployed(message?: { readonly revision?: string }): Promise<void>;
}

const defaultReadyTimeout = '60s';
/** How often a silent guard is asked whether it is still there. */
const lookAgainEvery = '5m';

/**
 * Runs `deploy` under guard. Returns when the deploy is kept (or only observed, and done); throws the non-retryable `ApplicationFailure`
 * `DeployNotKept` with the outcome in its details otherwise. A failing deploy is rolled back even if this workflow dies.
 */
export async function withGuard(spec: GuardSpec, deploy: (guard: DeployGuard) => Promise<void>): Promise<void> {
  const talk = openTalk(spec);
  const early = await startAndAwaitReady(spec, talk);
  if (early) return settle(early);
  const failure = await runDeploy(talk, deploy);
  try {
    const ended = await awaitEnd(talk);
    if (failure !== null && isCancellation(failure)) throw failure;
    settle(ended, failure);
  } catch (error) {
    if (!isCancellation(error) || failure !== null) throw error;
    await CancellationScope.nonCancellable(() => giveUp(talk, 'deploy cancelled'));
    throw error;
  }
}

/** What has been heard from the guard, and where to talk to it. */
interface Talk {
  readonly guardId: string;
  readonly workflowId: string;
  readonly heard: {
    ready: boolean;
    halt: string | null;
    ended: Extract<GuardEvent, { event: 'ended' }> | null;
    busy: string | null;
  };
}

/** Modules are evaluated once per workflow run, so this counts the guards of one run, the same way at every replay. */
let guardsBegun = 0;

function openTalk(spec: GuardSpec): Talk {
  const { workflowId, originalExecutionRunId } = infoOf();
  guardsBegun += 1;
  const guardId = spec.id ?? `${workflowId}/${originalExecutionRunId}/${guardsBegun}`;
  const heard: Talk['heard'] = { ready: false, halt: null, ended: null, busy: null };
  setHandler(guardEventSignal(guardId), (event: GuardEvent | null | undefined) => {
    // Anybody may send anything, and what throws here would wedge the deploy workflow.
    if (!event) return;
    if (event.event === 'ready') heard.ready = true;
    if (event.event === 'halt') heard.halt = event.reason;
    if (event.event === 'busy') heard.busy = event.reason;
    if (event.event === 'ended') heard.ended = event;
  });
  return { guardId, workflowId: guardWorkflowId(spec), heard };
}

function infoOf(): { workflowId: string; runId: string; originalExecutionRunId: string } {
  const { workflowId, runId, originalExecutionRunId } = workflowInfo();
  return { workflowId, runId, originalExecutionRunId };
}

type Ended = NonNullable<Talk['heard']['ended']>;

/** `null` when the guard is ready; its outcome when it has ended instead. */
async function startAndAwaitReady(spec: GuardSpec, talk: Talk): Promise<Ended | null> {
  const patience = spec.readyTimeout ?? defaultReadyTimeout;
  const { heard } = talk;
  const timer = { over: false };
  await CancellationScope.cancellable(async () => {
    const clock = sleep(patience as '60s', { summary: 'the guard gets ready' }).then(() => {
      timer.over = true;
    });
    clock.catch(() => undefined);
    await startGuard(spec, talk, timer);
    await condition(() => heard.ready || heard.ended !== null || timer.over);
    CancellationScope.current().cancel();
  }).catch((error: unknown) => {
    if (!isCancellation(error) || !(heard.ready || heard.ended || timer.over)) throw error;
  });
  if (heard.ready || heard.ended) return heard.ended;
  const by = infoOf().workflowId;
  await tellGuard(talk, cancelSignal, { guardId: talk.guardId, by, reason: 'not ready in time' });
  const why = heard.busy ?? 'is a worker running on the queue of Belay?';
  throw notKept('unready', `not ready within ${patience}: ${why}`);
}

/** Starts the guard as an abandoned child; an older guard of this application is asked to make way, once a second. */
async function startGuard(spec: GuardSpec, talk: Talk, timer: { readonly over: boolean }): Promise<void> {
  const { heard } = talk;
  while (!timer.over && !heard.ready && !heard.ended) {
    try {
      await startChild('guardDeploy', childOptions(spec, talk));
      return;
    } catch (error) {
      if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
      await askToMakeWay(talk);
      await condition(() => heard.ready || heard.ended !== null, '1s');
    }
  }
}

function childOptions(spec: GuardSpec, talk: Talk) {
  const { id: _id, taskQueue, ...request } = spec;
  const { workflowId, runId } = infoOf();
  return {
    workflowId: talk.workflowId,
    taskQueue: taskQueue ?? workflowQueue,
    args: [{ ...request, guardId: talk.guardId, replyTo: { workflowId }, deployer: { workflowId, runId } }],
    parentClosePolicy: 'ABANDON' as const,
    cancellationType: 'ABANDON' as const,
    staticSummary: `${spec.application} in ${spec.environment}`,
  };
}

function askToMakeWay(talk: Talk): Promise<boolean> {
  const { workflowId } = infoOf();
  const message = { guardId: talk.guardId, by: workflowId, reason: 'a newer deploy', replyTo: { workflowId } };
  return tellGuard(talk, supersedeSignal, message);
}

/** `false` when the guard is gone; what it had to say arrives, or has arrived, as its `ended` event. */
async function tellGuard<Message>(talk: Talk, signal: SignalDefinition<[Message]>, message: Message): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(talk.workflowId).signal(signal, message);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}

/** Runs the deploy until it is done, fails, or the guard says halt. Answers what went wrong, if anything did. */
async function runDeploy(talk: Talk, deploy: (guard: DeployGuard) => Promise<void>): Promise<unknown> {
  const scope = new CancellationScope();
  const running = scope.run(() => deploy(deployGuard(talk)));
  const halted = condition(() => mustStop(talk)).then(() => scope.cancel());
  halted.catch(() => undefined);
  try {
    await running;
    await deployGuard(talk).deployed();
    return null;
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    await CancellationScope.nonCancellable(() => reportEnd(talk, error));
    return isCancellation(error) && talk.heard.halt !== null ? null : error;
  }
}

/** A guard that only observes has ended when it has seen enough: the deploy is not its business. */
function mustStop({ heard }: Talk): boolean {
  return heard.halt !== null || (heard.ended !== null && heard.ended.outcome !== 'observed');
}

function deployGuard(talk: Talk): DeployGuard {
  return {
    guardId: talk.guardId,
    deployed: async (message = {}) => {
      await tellGuard(talk, deployedSignal, { guardId: talk.guardId, ...message });
    },
  };
}

async function reportEnd(talk: Talk, error: unknown): Promise<void> {
  if (talk.heard.halt === null) {
    const reason = isCancellation(error) ? 'deploy cancelled' : `deploy failed: ${messageOf(error)}`;
    await report(talk, reason);
  }
  await tellGuard(talk, haltedSignal, { guardId: talk.guardId });
  if (isCancellation(error)) await awaitEnd(talk);
}

async function giveUp(talk: Talk, reason: string): Promise<void> {
  await report(talk, reason);
  await tellGuard(talk, haltedSignal, { guardId: talk.guardId });
  await awaitEnd(talk);
}

async function report(talk: Talk, reason: string): Promise<void> {
  const { guardId } = talk;
  const message = { source: 'deploy', reason: reason.slice(0, 500), key: `${guardId}/deploy`, guardId };
  await tellGuard(talk, reportFailureSignal, message);
}

/** Waits for the outcome; a guard that is gone without a word (terminated) is noticed by asking it. */
async function awaitEnd(talk: Talk): Promise<Ended> {
  const { heard } = talk;
  for (;;) {
    if (await condition(() => heard.ended !== null || heard.halt !== null, lookAgainEvery)) {
      if (heard.ended) return heard.ended;
      await tellGuard(talk, haltedSignal, { guardId: talk.guardId });
      await condition(() => heard.ended !== null);
      continue;
    }
    if (!(await askToMakeWay(talk))) throw notKept('lost', 'the guard is gone without an outcome (terminated?)');
  }
}

function settle(ended: Ended, failure: unknown = null): void {
  if (ended.outcome === 'kept') return;
  if (ended.outcome === 'observed') {
    if (failure !== null) throw failure;
    return;
  }
  const because = failure === null ? ended.reason : messageOf(failure);
  throw notKept(ended.outcome, because, ended);
}

function notKept(outcome: Outcome | 'lost', reason: string, ended?: Ended): ApplicationFailure {
  const details = ended ? [{ outcome, reason: ended.reason, result: ended.result }] : [{ outcome, reason }];
  return ApplicationFailure.create({
    message: `${outcome}: ${reason}`,
    type: 'DeployNotKept',
    nonRetryable: true,
    details,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
}
