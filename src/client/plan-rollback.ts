import { randomUUID } from 'node:crypto';
import { planWorkflowId, workflowQueue } from '../../workflows/messages.ts';
import type { PlanRequest, PlanView } from '../schema/plan-view.ts';
import { ClientError } from './client-error.ts';
import type { BelayClient } from './connect.ts';
import { grpcReason, isTransient } from './grpc-errors.ts';
import { failureOf, within } from './guard-state.ts';
import { needWorker } from './operator.ts';
import { defaultPatience, type Patience, retryTransient } from './patience.ts';

/** A plan takes seconds; one that nobody works on any more must not stay open for ever. */
const longestPlan = '10m';
const startPatience = 10_000;

/** Asks what a rollback would do now; nothing is changed by it, and nothing locked. Throws `ClientError`. */
export async function planRollback(
  belay: BelayClient,
  request: PlanRequest,
  patience: Patience = defaultPatience,
): Promise<PlanView> {
  await needWorker(belay);
  const handle = await start(belay, request);
  try {
    return await retryTransient(() => handle.result(), patience);
  } catch (error) {
    if (isTransient(error)) throw error;
    const { how, reason } = failureOf(error);
    throw new ClientError(how === 'rejected' ? 'rejected' : 'failed', `there is no plan: ${reason}`, { cause: error });
  }
}

async function start(belay: BelayClient, request: PlanRequest) {
  const { application, environment } = request;
  try {
    return await within(belay, startPatience, () =>
      belay.temporal.workflow.start<(asked: PlanRequest) => Promise<PlanView>>('planRollback', {
        workflowId: planWorkflowId(request, randomUUID()),
        taskQueue: workflowQueue,
        args: [request],
        workflowRunTimeout: longestPlan,
        staticSummary: `what a rollback of ${application} in ${environment} would do`.slice(0, 150),
      }),
    );
  } catch (error) {
    throw new ClientError('unreachable', `no plan was started (${grpcReason(error)})`, { cause: error });
  }
}
