import { randomUUID } from 'node:crypto';
import { guardWorkflowId, reportFailureSignal, reportQuery } from '../../workflows/messages.ts';
import type { FailureMessage, ReportFate } from '../schema/messages.ts';
import type { Outcome } from '../schema/outcome.ts';
import { ClientError } from './client-error.ts';
import type { BelayClient } from './connect.ts';
import { grpcReason, isNamed } from './grpc-errors.ts';
import { within } from './guard-state.ts';
import { send } from './messages.ts';
import type { Patience } from './patience.ts';
import { type ApplicationName, status } from './status.ts';

/** Whose failure it is, and what; one of `guardId`, `revision` and `observedAt` must be there. */
export type Failure = Omit<FailureMessage, 'reportId'>;

/** What became of a failure report. */
export type ReportAnswer =
  /** The open run has heard it. `ignored`: it is about another deploy than the run's. */
  | { readonly kind: 'accepted' | 'duplicate' | 'ignored'; readonly why: string | null }
  /** Temporal keeps it for the open run, whose worker has not answered yet. */
  | { readonly kind: 'kept'; readonly why: string }
  /** No run is open; this is the latest one's end. Without an outcome it was ended from outside, or never began. */
  | {
      readonly kind: 'ended';
      readonly outcome: Outcome | null;
      readonly reason: string;
      readonly closedAt: Date | null;
    }
  /** Temporal knows no run of this application. */
  | { readonly kind: 'noGuard' };

const queryPatience = 3000;
/** A run may close, and the next one open, while a report is on its way. */
const mostTries = 3;

/** Reports a failure to whichever run of the application is open, and asks what became of it. Starts nothing. */
export async function pushFailure(
  belay: BelayClient,
  name: ApplicationName,
  failure: Failure,
  patience: Patience = { giveUpAfter: 5000 },
): Promise<ReportAnswer> {
  const workflowId = guardWorkflowId(name);
  const message = { ...failure, reportId: randomUUID() };
  for (let tries = 1; tries <= mostTries; tries++) {
    const delivery = await send(belay, { workflowId }, reportFailureSignal, message, patience);
    const fate = delivery === 'delivered' ? await fateOf(belay, workflowId, message.reportId) : closed;
    const answer = fate.kind === 'closed' ? await latestEnd(belay, name) : fate;
    if (answer !== null) return answer;
  }
  throw new ClientError('unreachable', `runs of ${workflowId} open and close too fast to be told`);
}

const closed = { kind: 'closed' } as const;

async function fateOf(belay: BelayClient, workflowId: string, reportId: string): Promise<ReportAnswer | typeof closed> {
  try {
    const handle = belay.temporal.workflow.getHandle(workflowId);
    return answerOf(await within(belay, queryPatience, () => handle.query(reportQuery, reportId)));
  } catch (error) {
    if (isNamed(error, 'QueryRejectedError') || isNamed(error, 'WorkflowNotFoundError')) return closed;
    return { kind: 'kept', why: grpcReason(error) };
  }
}

function answerOf(fate: ReportFate | null): ReportAnswer | typeof closed {
  if (fate === null) return { kind: 'kept', why: 'the run does not say what became of it' };
  const { became, why } = fate;
  if (became !== 'ended') return { kind: became, why };
  return { kind: 'ended', outcome: null, reason: why ?? '', closedAt: null };
}

/** `null`: another run has opened. */
async function latestEnd(belay: BelayClient, name: ApplicationName): Promise<ReportAnswer | null> {
  const latest = await status(belay, name);
  if (latest.kind === 'none') return { kind: 'noGuard' };
  if (latest.kind !== 'closed') return null;
  const { end } = latest;
  if (end.kind === 'failed') return { kind: 'ended', outcome: null, reason: end.reason, closedAt: null };
  return { kind: 'ended', outcome: end.result.outcome, reason: end.result.reason, closedAt: end.closedAt };
}
