/** Payloads of signals, updates and events; the names are public (docs/contract). Handlers check them by hand. */
import type { Outcome, RunResult } from './outcome.ts';

export interface DeployedMessage {
  readonly guardId: string;
  readonly revision?: string;
}

export interface PromoteMessage {
  readonly guardId: string;
  readonly by: string;
}

export interface CancelMessage {
  readonly guardId: string;
  readonly by: string;
  readonly reason: string;
}

export interface HaltedMessage {
  readonly guardId: string;
}

/** `guardId` is the newcomer's. */
export interface SupersedeMessage {
  readonly guardId: string;
  readonly by: string;
  readonly reason: string;
  readonly replyTo?: { readonly workflowId: string };
}

/** One of `guardId`, `revision` or `observedAt` says whose failure it is. `key` makes a repeat harmless. */
export interface FailureMessage {
  readonly source: string;
  readonly reason: string;
  readonly key: string;
  readonly guardId?: string;
  readonly revision?: string;
  /** ISO time. */
  readonly observedAt?: string;
  readonly cluster?: string;
  readonly severity?: string;
  /** Names this very sending, for a sender who asks what became of it (query `report`). */
  readonly reportId?: string;
}

/**
 * What a run made of a failure report; answer of the query `report`. `ended`: it came when the outcome stood already.
 * `why` says what keeps an accepted report from making a difference, or why it was ignored.
 */
export interface ReportFate {
  readonly became: 'accepted' | 'duplicate' | 'ignored' | 'ended';
  readonly why: string | null;
}

export interface RollbackRequestMessage {
  readonly by: string;
  readonly reason: string;
  /** Snapshot id; without it the last known good. */
  readonly to?: string;
  /** Finishes a run that was ended from outside: on to its baseline, or back to the failed state if there still is a way. */
  readonly recover?: Recovery;
}

export type Recovery = 'forward' | 'revert';

/** Answer of `requestRollback`. */
export interface RollbackAccepted {
  readonly guardId: string;
  readonly joined: 'started' | 'guard' | 'running';
}

/** What a person may be asked to choose from where a run waits; each wait says which of them it offers. */
export type Choice = Resolution | 'approve' | 'resume';
export type Resolution = 'retry' | 'revert' | 'skip' | 'accept' | 'abandon';

export interface ResolveMessage {
  readonly decision: Resolution;
  /** With `skip` only: `<target>/<Kind>/<name>`, as the wait names it. */
  readonly object?: string;
  /** Which wait is meant, as `status` names it; another one is then not decided by mistake. */
  readonly step?: string;
  readonly by: string;
  readonly reason: string;
}

export interface ApproveMessage {
  /** Of the plan that waits, or its first twelve digits or more. */
  readonly planDigest: string;
  readonly by: string;
  readonly reason?: string;
}

export interface HoldMessage {
  readonly by: string;
  readonly reason: string;
}

export type ResumeMessage = HoldMessage;

/** Answer of `resolve` and `approve`. */
export interface DecisionAccepted {
  readonly accepted: true;
}

/** Answer of `hold` and `resume`. `now`: the run waits, or goes on. `later`: it has not come to the restore yet. */
export interface HoldAccepted extends DecisionAccepted {
  readonly takesEffect: 'now' | 'later';
}

/** Signal `belay.event.<guardId>` to the starter's workflow. */
export type GuardEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'busy'; readonly reason: string }
  | { readonly event: 'halt'; readonly reason: string }
  | { readonly event: 'ended'; readonly outcome: Outcome; readonly reason: string; readonly result: RunResult };
