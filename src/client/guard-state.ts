import type { WorkflowExecutionDescription } from '@temporalio/client';
import { statusQuery } from '../../workflows/messages.ts';
import type { RunResult } from '../schema/outcome.ts';
import type { StatusView } from '../schema/status.ts';
import type { BelayClient } from './connect.ts';
import { grpcReason, isNamed, isTransient } from './grpc-errors.ts';

/** One guard's run. Later guards of the application share its workflow id, so the run id it began with is kept. */
export interface GuardRun {
  readonly workflowId: string;
  readonly guardId: string;
  /** Of the first run; a continued run has the same. */
  readonly runId: string;
}

export type GuardState =
  | { readonly kind: 'open'; readonly view: StatusView }
  /** Open, and nobody answers for it. */
  | { readonly kind: 'silent'; readonly reason: string }
  | { readonly kind: 'ended'; readonly result: RunResult; readonly closedAt: Date | null }
  /** Closed without an outcome. `rejected`: the request was wrong, nothing was done. */
  | { readonly kind: 'failed'; readonly how: 'rejected' | 'lost'; readonly reason: string };

/** Long enough for a busy worker, short enough to notice that there is none. */
const queryPatience = 3000;
const readPatience = 5000;

/** Throws only what is transient: Temporal itself did not answer. */
export async function readGuard(belay: BelayClient, run: GuardRun): Promise<GuardState> {
  const answer = await queryOpenRun(belay, run.workflowId);
  if (answer.kind === 'view' && answer.view.guardId === run.guardId) return { kind: 'open', view: answer.view };
  if (answer.kind === 'silent' && (await isOpen(belay, run))) return answer;
  return readEnd(belay, run);
}

export type Answer =
  | { readonly kind: 'view'; readonly view: StatusView }
  | { readonly kind: 'silent'; readonly reason: string }
  | { readonly kind: 'closed' };

/** Asks the open run of this workflow id, whoever's it is. */
export async function queryOpenRun(belay: BelayClient, workflowId: string): Promise<Answer> {
  const handle = belay.temporal.workflow.getHandle(workflowId);
  try {
    const view = await within(belay, queryPatience, () => handle.query(statusQuery));
    return { kind: 'view', view };
  } catch (error) {
    if (isNamed(error, 'QueryRejectedError') || isNamed(error, 'WorkflowNotFoundError')) return { kind: 'closed' };
    // A query nobody answers in time looks like a slow network: the callers ask Temporal itself which it is.
    return { kind: 'silent', reason: grpcReason(error) };
  }
}

export function within<T>(belay: BelayClient, milliseconds: number, request: () => Promise<T>): Promise<T> {
  return belay.temporal.connection.withDeadline(Date.now() + milliseconds, request);
}

/** `undefined` when Temporal knows no such run (any more). */
export async function describeRun(
  belay: BelayClient,
  workflowId: string,
  runId?: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await within(belay, readPatience, () => belay.temporal.workflow.getHandle(workflowId, runId).describe());
  } catch (error) {
    if (isNamed(error, 'WorkflowNotFoundError')) return undefined;
    throw error;
  }
}

/** Equal for all runs of a chain of continue-as-new. */
export function firstRunId(run: WorkflowExecutionDescription): string {
  return run.raw.workflowExecutionInfo?.firstRunId || run.runId;
}

async function isOpen(belay: BelayClient, run: GuardRun): Promise<boolean> {
  const latest = await describeRun(belay, run.workflowId);
  return latest !== undefined && firstRunId(latest) === run.runId && latest.status.name === 'RUNNING';
}

/** The end of a run that is known to be closed. */
export async function readEnd(belay: BelayClient, run: Omit<GuardRun, 'guardId'>): Promise<GuardState> {
  try {
    const handle = belay.temporal.workflow.getHandle(run.workflowId, run.runId);
    const result: RunResult = await within(belay, readPatience, () => handle.result());
    return { kind: 'ended', result, closedAt: await closeTime(belay, run) };
  } catch (error) {
    if (isTransient(error)) throw error;
    return { kind: 'failed', ...failureOf(error) };
  }
}

/** For display only: unknown is fine. */
async function closeTime(belay: BelayClient, run: Omit<GuardRun, 'guardId'>): Promise<Date | null> {
  const latest = await describeRun(belay, run.workflowId).catch(() => undefined);
  if (latest !== undefined && firstRunId(latest) === run.runId) return latest.closeTime ?? null;
  const own = await describeRun(belay, run.workflowId, run.runId).catch(() => undefined);
  return own?.closeTime ?? null;
}

/** What a closed run says of itself when it has no result. */
export function failureOf(error: unknown): { how: 'rejected' | 'lost'; reason: string } {
  const cause = isNamed(error, 'WorkflowFailedError') && error instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const type = cause instanceof Error && 'type' in cause ? cause.type : undefined;
  return { how: type === 'RequestRejected' ? 'rejected' : 'lost', reason };
}
