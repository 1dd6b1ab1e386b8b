import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  ApproveMessage,
  CancelMessage,
  DecisionAccepted,
  DeployedMessage,
  FailureMessage,
  GuardEvent,
  HaltedMessage,
  HoldAccepted,
  HoldMessage,
  PromoteMessage,
  ReportFate,
  ResolveMessage,
  ResumeMessage,
  RollbackAccepted,
  RollbackRequestMessage,
  SupersedeMessage,
} from '../src/schema/messages.ts';
import type { StatusView } from '../src/schema/status.ts';

/** Workflow ids, queues and message names: public, used from any language (docs/contract). */
export { watchQueue, workflowQueue, workQueue } from '../src/domain/queues.ts';

/** The lock: one open run per application and environment. */
export function guardWorkflowId(name: { environment: string; application: string }): string {
  return `belay:${name.environment}/${name.application}`;
}

/** A plan takes no lock: any number of them, beside whatever is open. */
export function planWorkflowId(name: { environment: string; application: string }, id: string): string {
  return `${guardWorkflowId(name)}/plan/${id}`;
}

export function guardEventSignal(guardId: string) {
  return defineSignal<[GuardEvent]>(`belay.event.${guardId}`);
}

export const deployedSignal = defineSignal<[DeployedMessage]>('deployed');
export const promoteSignal = defineSignal<[PromoteMessage]>('promote');
export const cancelSignal = defineSignal<[CancelMessage]>('cancel');
export const haltedSignal = defineSignal<[HaltedMessage]>('halted');
export const supersedeSignal = defineSignal<[SupersedeMessage]>('supersede');
export const reportFailureSignal = defineSignal<[FailureMessage]>('reportFailure');

/** `updateId` is the caller's idempotency key. */
export const requestRollbackUpdate = defineUpdate<RollbackAccepted, [RollbackRequestMessage]>('requestRollback');
export const resolveUpdate = defineUpdate<DecisionAccepted, [ResolveMessage]>('resolve');
export const approveUpdate = defineUpdate<DecisionAccepted, [ApproveMessage]>('approve');
export const holdUpdate = defineUpdate<HoldAccepted, [HoldMessage]>('hold');
export const resumeUpdate = defineUpdate<HoldAccepted, [ResumeMessage]>('resume');

export const statusQuery = defineQuery<StatusView>('status');
/** By `reportId`; `null` when no such report was heard, or many others since. */
export const reportQuery = defineQuery<ReportFate | null, [string]>('report');
