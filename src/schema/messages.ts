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

/**
 * What a person may answer to a run that waits. `retry`: again, at once. `revert`: write the failed state back. `accept`:
 * health is taken as it is. `abandon`: the run is closed as things are.
 */
export type Choice = 'retry' | 'revert' | 'accept' | 'abandon';

export interface ResolveMessage {
  readonly decision: Choice;
  readonly by: string;
  readonly reason: string;
}

/** Signal `belay.event.<guardId>` to the starter's workflow. */
export type GuardEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'busy'; readonly reason: string }
  | { readonly event: 'halt'; readonly reason: string }
  | { readonly event: 'ended'; readonly outcome: Outcome; readonly reason: string; readonly result: RunResult };
