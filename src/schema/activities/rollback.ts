import type { BlockedObject, Ref } from '../outcome.ts';
import type { PlanSummary, WriteReport } from '../plan.ts';
import type { ResolvedRequest } from '../resolved-request.ts';
import type { AboutTarget, RunIdentity } from './about-target.ts';

export type QuietReport =
  | { readonly kind: 'quiet'; readonly serverTime: string }
  | { readonly kind: 'busy'; readonly object: string; readonly manager: string; readonly serverTime: string };

export interface PlanInput extends AboutTarget {
  readonly request: ResolvedRequest;
  /** Snapshot to restore. */
  readonly baseline: Ref;
  /** Snapshot taken right before the deploy: census and absences. */
  readonly before: Ref;
  /** Snapshot of what is live now, all writing stopped. */
  readonly failedState: Ref;
  /** Server times between which a change counts as the deploy's. */
  readonly window: { readonly start: string; readonly end: string };
}

export interface BatchInput extends AboutTarget {
  readonly plan: Ref;
  readonly stage: string;
  readonly batch: number;
  /** Objects that a person leaves as they are. */
  readonly except?: readonly string[];
}

export interface UndoInput extends BatchInput {
  /** Objects of the batch whose forward write never got a definite answer. */
  readonly unclear: readonly string[];
}

/** What a batch of dry runs proved. */
export interface ProofReport {
  readonly target: string;
  /** Writes; a delete that may be made is no proof of content. */
  readonly proven: number;
  readonly failed: readonly { readonly object: string; readonly reason: string }[];
  /** Only to be proven when another planned object is as it should be: at the start of their own stage. */
  readonly deferred: readonly { readonly object: string; readonly on: string }[];
  /** Changed since the capture: no verdict on the content, the plan is made again. */
  readonly moved?: readonly string[];
}

export interface VerifyInput extends AboutTarget {
  readonly request: ResolvedRequest;
  readonly plan: Ref;
  /** `baseline`: everything but *left* objects equals the baseline. `failedState`: every object of the plan is as it was. */
  readonly expect: 'baseline' | 'updates' | 'failedState';
  /** Objects that a person leaves as they are: not compared. */
  readonly except?: readonly string[];
}

export interface VerifyReport {
  readonly target: string;
  readonly equal: number;
  readonly differences: readonly BlockedObject[];
  readonly versions: string;
  readonly contents: string;
}

export interface RollbackActivities {
  /** Waits until nobody but controllers has written in scope for two seconds; bounded. */
  quiesce(
    input: AboutTarget & { readonly request: ResolvedRequest; readonly alsoMembersOf: Ref | null },
  ): Promise<QuietReport>;
  /** Compares, decides and stores the target's plan; reads only. */
  planRestore(input: PlanInput): Promise<PlanSummary>;
  /** One digest over the plans of all targets: what a person approves. */
  digestPlans(input: {
    readonly run: RunIdentity;
    readonly plans: readonly Pick<PlanSummary, 'target' | 'digest'>[];
  }): Promise<{ readonly digest: string }>;
  /** Proves one batch with `dryRun=All` against the baseline. In `prepare` a proof may have to wait, in `stage` not any more. */
  proveBatch(input: BatchInput & { readonly when: 'prepare' | 'stage' }): Promise<ProofReport>;
  writeBatch(input: BatchInput): Promise<WriteReport>;
  /** What the failed deploy created, and what is created anew. */
  deleteBatch(input: BatchInput): Promise<WriteReport>;
  /** Puts the failed state back for everything the batch attempted. */
  undoBatch(input: UndoInput): Promise<WriteReport>;
  verifyTarget(input: VerifyInput): Promise<VerifyReport>;
}
