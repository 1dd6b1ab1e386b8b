import {
  type Client,
  isGrpcServiceError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { PortError } from '../ports/port-error.ts';
import type { RunState, Runs } from '../ports/runs.ts';

const patience = 5000;

/** Asks Temporal about runs of its own namespace. */
export function createTemporalRuns(client: Client): Runs {
  const describe = async (workflowId: string, runId?: string) => {
    try {
      return await client.withDeadline(Date.now() + patience, () =>
        client.workflow.getHandle(workflowId, runId).describe(),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw asPortError(error);
    }
  };
  return {
    stateOf: async (workflowId, runId) => {
      const run = await describe(workflowId, runId);
      // A workflow id has one open run: the chain goes on only if the latest one is a part of it.
      const latest = run && (await describe(workflowId));
      if (!run || !latest) return { kind: 'unknown' };
      if (firstRunOf(latest) === firstRunOf(run)) return stateOf(latest, latest.closeTime);
      // Of a chain that went on beyond this run no more is known than that another one began after it.
      return stateOf(run, run.status.name === 'CONTINUED_AS_NEW' ? latest.startTime : run.closeTime);
    },
  };
}

function stateOf({ status }: WorkflowExecutionDescription, closedAt: Date | undefined): RunState {
  if (closedAt === undefined) return { kind: 'open' };
  return { kind: 'closed', status: status.name, closedAt: closedAt.toISOString() };
}

function firstRunOf(run: WorkflowExecutionDescription): string {
  return run.raw.workflowExecutionInfo?.firstRunId || run.runId;
}

function asPortError(error: unknown): unknown {
  if (!isGrpcServiceError(error)) return error;
  return new PortError('unavailable', `Temporal does not answer: ${error.details}`, {}, { cause: error });
}
