import type { Ref, RunResult } from '../outcome.ts';
import type { PlanBasis } from '../plan-view.ts';
import type { ResolvedRequest } from '../resolved-request.ts';
import type { UnfinishedRun } from '../unfinished-run.ts';
import type { RunIdentity } from './about-target.ts';

export type ResolveInput = { readonly workflowId: string; readonly firstRunId: string } & (
  | { readonly kind: 'guard'; readonly request: unknown }
  | {
      /** `plan`: what a rollback would be about now; an open guard goes back to its own baseline. */
      readonly kind: 'rollback' | 'plan';
      readonly application: string;
      readonly environment: string;
      readonly guardId: string;
      /** Snapshot id; `null`: the last known good. */
      readonly to: string | null;
      /** Finishes a run that was ended from outside. */
      readonly recover?: boolean;
    }
);

/** The deploy a rollback undoes: what was there before it, and when it could write. */
export interface DeployRecord {
  /** Sealed right before that deploy: its census is the evidence of absence. */
  readonly before: Ref;
  /** Server time per target id when the deploy was let through. */
  readonly readyAt: Readonly<Record<string, string>>;
  /** Server time per target id when the guard ended; `null` while it is open. */
  readonly endedAt: Readonly<Record<string, string>> | null;
}

export type Resolution =
  | {
      readonly kind: 'accepted';
      readonly run: RunIdentity;
      readonly request: ResolvedRequest;
      /** The snapshot to restore to when it is not the one taken now: after a supersede, or on demand. */
      readonly baseline: Ref | null;
      /** The deploy to undo, when it is not the one that is about to begin. */
      readonly deploy: DeployRecord | null;
      /** Of a `plan`: why this baseline. */
      readonly because?: PlanBasis;
      /** The run to be finished, when that was asked for. */
      readonly unfinished?: Ended<UnfinishedRun>;
    }
  /** This guardId has already ended: nothing is started again. */
  | { readonly kind: 'ended'; readonly result: RunResult }
  /** There is nothing to roll back to. */
  | { readonly kind: 'nothing'; readonly run: RunIdentity; readonly reason: string };

/** `closedAt`: ISO time of the server; `null` where this Temporal does not know the run. */
export type Ended<T> = T & { readonly closedAt: string | null };

export interface RequestActivities {
  resolveRequest(input: ResolveInput): Promise<Resolution>;
}
