import { guardWorkflowId } from '../../workflows/messages.ts';
import type { StatusView } from '../schema/status.ts';
import type { BelayClient } from './connect.ts';
import { describeRun, firstRunId, type GuardState, queryOpenRun, readEnd } from './guard-state.ts';

export interface ApplicationName {
  readonly environment: string;
  readonly application: string;
}

/** What is known of an application's latest run. */
export type ApplicationStatus =
  | { readonly kind: 'open'; readonly workflowId: string; readonly runId: string; readonly view: StatusView }
  | { readonly kind: 'silent'; readonly workflowId: string; readonly runId: string; readonly reason: string }
  | {
      readonly kind: 'closed';
      readonly workflowId: string;
      readonly runId: string;
      readonly end: GuardState & { kind: 'ended' | 'failed' };
    }
  /** No run within the namespace's retention; the journal knows of older ones. */
  | { readonly kind: 'none'; readonly workflowId: string };

/** Asks an open run, and reads the result of a closed one. */
export async function status(belay: BelayClient, name: ApplicationName): Promise<ApplicationStatus> {
  const workflowId = guardWorkflowId(name);
  const latest = await describeRun(belay, workflowId);
  if (latest === undefined) return { kind: 'none', workflowId };
  const run = { workflowId, runId: firstRunId(latest) };
  if (latest.status.name === 'RUNNING') {
    const answer = await queryOpenRun(belay, workflowId);
    if (answer.kind === 'view') return { kind: 'open', ...run, view: answer.view };
    if (answer.kind === 'silent') return { kind: 'silent', ...run, reason: answer.reason };
  }
  const end = await readEnd(belay, run);
  if (end.kind === 'ended' || end.kind === 'failed') return { kind: 'closed', ...run, end };
  return { kind: 'silent', ...run, reason: 'its end cannot be read' };
}
