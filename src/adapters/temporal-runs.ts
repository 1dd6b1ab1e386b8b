import {
  type Client,
  isGrpcServiceError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { parseHolder } from '../domain/lock-holder.ts';
import { PortError } from '../ports/port-error.ts';
import type { RunState, Runs } from '../ports/runs.ts';

const patience = 5000;

/** Asks Temporal about runs of the client's namespace; `address` is how Leases name this Temporal. */
export function createTemporalRuns(client: Client, address: string): Runs {
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
  const stateOf = async (workflowId: string, runId: string): Promise<RunState> => {
    const run = await describe(workflowId, runId);
    // A workflow id has one open run: the chain goes on only if the latest one is a part of it.
    const latest = run && (await describe(workflowId));
    if (!run || !latest) return { kind: 'unknown' };
    if (firstRunOf(latest) === firstRunOf(run)) return toState(latest, latest.closeTime);
    // Of a chain that went on beyond this run no more is known than that another one began after it.
    return toState(run, run.status.name === 'CONTINUED_AS_NEW' ? latest.startTime : run.closeTime);
  };
  return {
    stateOf,
    holderState: async (text) => {
      const holder = parseHolder(text);
      if (!holder) return 'stranger';
      if (holder.address !== address || holder.namespace !== client.options.namespace) return 'elsewhere';
      return (await stateOf(holder.workflowId, holder.firstRunId)).kind;
    },
  };
}

function toState({ status }: WorkflowExecutionDescription, closedAt: Date | undefined): RunState {
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
