import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import {
  approveUpdate,
  guardWorkflowId,
  holdUpdate,
  requestRollbackUpdate,
  resolveUpdate,
  resumeUpdate,
  workflowQueue,
} from '../../workflows/messages.ts';
import type {
  ApproveMessage,
  DecisionAccepted,
  HoldAccepted,
  HoldMessage,
  ResolveMessage,
  ResumeMessage,
  RollbackAccepted,
  RollbackRequestMessage,
} from '../schema/messages.ts';
import { ClientError } from './client-error.ts';
import type { BelayClient } from './connect.ts';
import { grpcCode, grpcReason, isNamed } from './grpc-errors.ts';
import { describeRun, firstRunId, type GuardRun, within } from './guard-state.ts';
import { pause } from './patience.ts';
import type { ApplicationName } from './status.ts';
import { whyNoWorker } from './workers.ts';

export interface UpdateOptions {
  /** The caller's idempotency key: the same one again answers what the first one did. */
  readonly updateId?: string;
}

/** An update waits for a worker to take it; what it starts goes on by itself. */
const updatePatience = 30_000;

/** Starts a rollback, or hands the request to the run that is open. Throws `ClientError`. */
export async function requestRollback(
  belay: BelayClient,
  name: ApplicationName,
  request: RollbackRequestMessage,
  options: UpdateOptions = {},
): Promise<{ readonly accepted: RollbackAccepted; readonly run: GuardRun }> {
  await needWorker(belay);
  const updateId = options.updateId ?? randomUUID();
  // One more try: the open run may close between the two halves of the request.
  const accepted = await update(belay, () => updateWithStart(belay, name, request, updateId)).catch(
    (error: unknown) => {
      if (!isBetweenRuns(error)) throw error;
      return update(belay, () => updateWithStart(belay, name, request, updateId));
    },
  );
  return { accepted, run: await findRun(belay, name, accepted.guardId) };
}

async function findRun(belay: BelayClient, name: ApplicationName, guardId: string): Promise<GuardRun> {
  const workflowId = guardWorkflowId(name);
  const latest = await describeRun(belay, workflowId);
  if (latest === undefined) throw new ClientError('unreachable', `accepted, but ${workflowId} is not to be found`);
  return { workflowId, guardId, runId: firstRunId(latest) };
}

function updateWithStart(
  belay: BelayClient,
  name: ApplicationName,
  request: RollbackRequestMessage,
  updateId: string,
): Promise<RollbackAccepted> {
  const { application, environment } = name;
  const startWorkflowOperation = new WithStartWorkflowOperation('rollBack', {
    workflowId: guardWorkflowId(name),
    taskQueue: workflowQueue,
    // Dropped when a run is open: all that matters is in the update.
    args: [{ application, environment }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `roll back ${application} in ${environment}`.slice(0, 150),
  });
  return belay.temporal.workflow.executeUpdateWithStart(requestRollbackUpdate, {
    args: [request],
    updateId,
    startWorkflowOperation,
  });
}

/** Answers what waits for a person. Throws `ClientError` when nothing is open or the run refuses. */
export function resolve(
  belay: BelayClient,
  name: ApplicationName,
  message: ResolveMessage,
  options?: UpdateOptions,
): Promise<DecisionAccepted> {
  return say(belay, name, resolveUpdate, message, options);
}

/** Approves the plan that waits; another digest is refused. */
export function approve(
  belay: BelayClient,
  name: ApplicationName,
  message: ApproveMessage,
  options?: UpdateOptions,
): Promise<DecisionAccepted> {
  return say(belay, name, approveUpdate, message, options);
}

/** Nothing is restored from here on until somebody says `resume`; refused once writing has begun. */
export function hold(
  belay: BelayClient,
  name: ApplicationName,
  message: HoldMessage,
  options?: UpdateOptions,
): Promise<HoldAccepted> {
  return say(belay, name, holdUpdate, message, options);
}

export function resume(
  belay: BelayClient,
  name: ApplicationName,
  message: ResumeMessage,
  options?: UpdateOptions,
): Promise<HoldAccepted> {
  return say(belay, name, resumeUpdate, message, options);
}

/** An update to whichever run of the application is open. */
async function say<Message, Answer>(
  belay: BelayClient,
  name: ApplicationName,
  definition: UpdateDefinition<Answer, [Message]>,
  message: Message,
  options: UpdateOptions = {},
): Promise<Answer> {
  await needWorker(belay);
  const handle = belay.temporal.workflow.getHandle(guardWorkflowId(name));
  const updateId = options.updateId ?? randomUUID();
  return await update(belay, () => handle.executeUpdate(definition, { args: [message], updateId }));
}

/** Throws `ClientError` when nobody would take what is about to be asked. */
export async function needWorker(belay: BelayClient): Promise<void> {
  for (let tries = 1; ; tries++) {
    const missing = await whyNoWorker(belay);
    if (missing === undefined) return;
    if (tries === mostLooks) throw new ClientError('noWorker', missing);
    await pause(lookEvery);
  }
}

/** A worker that has just started may not have polled every queue yet. */
const mostLooks = 6;
const lookEvery = 500;

async function update<T>(belay: BelayClient, request: () => Promise<T>): Promise<T> {
  try {
    return await within(belay, updatePatience, request);
  } catch (error) {
    throw updateError(error);
  }
}

function updateError(error: unknown): unknown {
  if (isBetweenRuns(error)) return error;
  if (isNamed(error, 'WorkflowUpdateFailedError')) {
    return new ClientError('rejected', causeMessage(error), { cause: error });
  }
  if (isNamed(error, 'WorkflowNotFoundError')) {
    return new ClientError('notOpen', 'no run of this application is open', { cause: error });
  }
  const state = 'whether it was accepted is not known: look at "belay status"';
  return new ClientError('unreachable', `no answer (${grpcReason(error)}); ${state}`, { cause: error });
}

function isBetweenRuns(error: unknown): boolean {
  return (
    grpcCode(error) === 'aborted' || (isNamed(error, 'ServiceError') && /closed|completed/i.test(grpcReason(error)))
  );
}

function causeMessage(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? cause.message : String(error);
}
