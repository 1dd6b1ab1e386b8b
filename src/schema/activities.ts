/**
 * The activities by phase, as the workflows call them and `activities/` implements them. No Node types and no
 * packages here: the workflow program compiles this file.
 */

import type { JournalEvent } from './journal.ts';
import type { ObjectRef } from './object-ref.ts';
import type { BlockedObject, JournalHead, Ref, RunResult } from './outcome.ts';
import type { Owner, PauseReport, ResumeReport } from './owner.ts';
import type { HealReport, Health, PlanSummary, PodToHeal, Reader, Snapshot, WriteReport } from './plan.ts';
import type { PlanBasis, PlanDescription } from './plan-view.ts';
import type { ResolvedRequest, ResolvedTarget } from './resolved-request.ts';
import type { UnfinishedRun } from './unfinished-run.ts';
import type { Evidence, Verdict } from './verdict.ts';

/** Who runs: put into every journal record. */
export interface RunIdentity {
  readonly application: string;
  readonly environment: string;
  readonly guardId: string;
  /** 16 hex digits, one per run; field manager of every write is `belay:<operationId>`. */
  readonly operationId: string;
  readonly workflowId: string;
  /** First execution run id: stable over continue-as-new. */
  readonly firstRunId: string;
  /** The store the run began with: every worker compares it with its own before it does anything. */
  readonly storeId?: string;
}

export interface AboutTarget {
  readonly run: RunIdentity;
  readonly target: ResolvedTarget;
}

// --- request -----------------------------------------------------------------------------------------------------

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

// --- lock --------------------------------------------------------------------------------------------------------

export interface LockInput {
  readonly run: RunIdentity;
  readonly cluster: string;
  readonly lockNamespace: string;
}

export interface Lock {
  readonly cluster: string;
  readonly lockNamespace: string;
  /** `<namespace>/<name>`, for people. */
  readonly lease: string;
  /** `leaseTransitions`; advisory, the fence is uid and resourceVersion. */
  readonly epoch: number;
  /** uid of `kube-system`, or the name of the logical cluster in kcp: what "the same cluster" means. */
  readonly clusterId: string;
  /** The journal's head as the last holder left it. */
  readonly journalHead: JournalHead | null;
  /** The closed run that had not given it back. */
  readonly takenFrom?: string;
}

export interface IdentifiedCluster {
  readonly cluster: string;
  /** As in `Lock`. */
  readonly clusterId: string;
}

/** A run that was ended from outside, and has left something to be finished. */
export interface TerminatedRun {
  readonly application: string;
  readonly environment: string;
  readonly workflowId: string;
  /** ISO time of the server. */
  readonly closedAt: string;
  /** What it recorded last. */
  readonly during: JournalEvent;
  /** Whether it may have changed anything in a cluster. */
  readonly hasBegun: boolean;
}

export interface KeptStore {
  /** Journals that were looked at. */
  readonly applications: number;
  readonly terminated: readonly TerminatedRun[];
  /** Journals that cannot be read, or not now; for people. */
  readonly problems: readonly string[];
}

export interface LockActivities {
  /** Reads only: asked of every cluster before any lock is taken. */
  identifyCluster(input: { readonly run: RunIdentity; readonly cluster: string }): Promise<IdentifiedCluster>;
  acquireLock(input: LockInput): Promise<Lock>;
  /** Empties the holder and keeps the journal's head on the Lease. Safe to repeat. */
  releaseLock(input: LockInput & { readonly journalHead: JournalHead | null }): Promise<{ readonly released: boolean }>;
  /** Looks through all journals, and records there what it finds. Safe to repeat. */
  findTerminatedRuns(input: object): Promise<KeptStore>;
}

// --- snapshot ----------------------------------------------------------------------------------------------------

export interface TakeSnapshotInput extends AboutTarget {
  readonly request: ResolvedRequest;
  /**
   * `state` reads members only; `plan` also tells who else applies them; `baseline` takes the census and the absences
   * besides.
   */
  readonly purpose: 'baseline' | 'plan' | 'state';
  /** Objects that belong to the target although the scope's selector may no longer show them. */
  readonly alsoMembersOf: Ref | null;
}

/** One target's part of a snapshot, as one pass read it. */
export interface SnapshotPart {
  readonly target: string;
  readonly part: Ref;
  readonly clusterId: string;
  readonly objects: number;
  /** Equal in two passes ⇒ every object stood still in between (uid and resourceVersion of each member). */
  readonly versions: string;
  /** The same by uid and content, for members whose status keeps moving. */
  readonly contents: string;
  readonly serverTime: string;
  /** Whoever applies members from a source of its own; missing where it was not asked for, and from older workers. */
  readonly owners?: readonly Owner[];
}

export interface SnapshotActivities {
  takeSnapshot(input: TakeSnapshotInput): Promise<SnapshotPart>;
  /** Joins the parts into one content-addressed snapshot. */
  sealSnapshot(input: {
    readonly run: RunIdentity;
    readonly request: ResolvedRequest;
    readonly parts: readonly SnapshotPart[];
  }): Promise<Snapshot>;
  /** Reads it again and checks every digest: a rollback target is usable, missing or corrupt, never assumed. */
  checkSnapshot(input: {
    readonly run: RunIdentity;
    readonly snapshot: Ref;
    /** The cluster ids seen now, by target id; another one is `corrupt`: it is another cluster's snapshot. */
    readonly clusterIds: Readonly<Record<string, string>>;
  }): Promise<SnapshotCheck>;
}

export type SnapshotCheck =
  | { readonly kind: 'usable'; readonly snapshot: Snapshot }
  | { readonly kind: 'missing' | 'corrupt' | 'from another cluster'; readonly reason: string };

// --- detect ------------------------------------------------------------------------------------------------------

/** A watcher answers as soon as its verdict differs from the one it was called with. */
export interface WatchInput extends AboutTarget {
  readonly request: ResolvedRequest;
  /** Part of the baseline: what was broken before the deploy is no evidence. */
  readonly baseline: Ref;
  readonly known: Verdict;
  /** Evidence digest of the last answer: new evidence is a change too. */
  readonly cursor: string | null;
}

export interface WatchReport {
  readonly target: string;
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  /** Members that nothing can be said about. Missing in reports of older workers. */
  readonly notAssessed?: number;
  readonly cursor: string;
  /** The cluster's clock when it was seen. */
  readonly serverTime: string | null;
}

export interface DetectActivities {
  watchWorkloads(input: WatchInput): Promise<WatchReport>;
  /** Answers when the deployer's run is closed, with its status. */
  watchDeployer(input: { readonly workflowId: string; readonly runId: string }): Promise<{ readonly status: string }>;
}

// --- rollback ----------------------------------------------------------------------------------------------------

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

// --- plan --------------------------------------------------------------------------------------------------------

export interface DescribeInput extends AboutTarget {
  readonly plan: Ref;
  /** As the plan was made with: foreign changes are told apart by it. */
  readonly window: PlanInput['window'];
  /** The answer is cut to about this size. */
  readonly bytes: number;
}

export interface PlanActivities {
  /** Reads a stored plan for people; what it answers holds nothing secret. */
  describePlan(input: DescribeInput): Promise<PlanDescription>;
}

// --- recover -----------------------------------------------------------------------------------------------------

export interface RecoverActivities {
  /**
   * Answers when the target is healthy (or not worse than its baseline), when pods are to be healed, or after
   * `patience` milliseconds.
   */
  awaitHealthy(input: {
    readonly run: RunIdentity;
    readonly target: ResolvedTarget;
    readonly request: ResolvedRequest;
    readonly plan: Ref;
    readonly patience: number;
    /** `updates`: what is restored before the pivot. `backends`: of that workloads alone, for requests to go back to them. */
    readonly of: 'all' | 'updates' | 'backends';
    /** Missing: nothing is healed, as while the failed state is written back. */
    readonly heal?: { readonly readers: readonly Reader[] };
  }): Promise<Health>;
  /** Lets these very pods go, known by uid, so that their controllers make them anew. */
  healWorkloads(input: AboutTarget & { readonly pods: readonly PodToHeal[] }): Promise<HealReport>;
}

// --- owners ------------------------------------------------------------------------------------------------------

/** An owner to be paused, or let go again. */
export interface OwnerInput extends AboutTarget {
  readonly owner: ObjectRef;
  readonly uid: string;
  /** What stood where the pause is written; `null`: nothing. */
  readonly before: string | boolean | null;
}

export interface OwnerActivities {
  /** Whoever applies members of the target from a source of its own, active or not; reads only. */
  findOwners(
    input: AboutTarget & { readonly request: ResolvedRequest; readonly alsoMembersOf: Ref | null },
  ): Promise<readonly Owner[]>;
  /** Safe to repeat: a pause that is ours already is not written again. */
  pauseOwner(input: OwnerInput): Promise<PauseReport>;
  /** Takes our own pause back and reads it back; one that somebody else has made since stays. */
  resumeOwner(
    input: OwnerInput & {
      /** The pause never got a definite answer and may still land: then it is made void. */
      readonly unclear: boolean;
    },
  ): Promise<ResumeReport>;
}

// --- history -----------------------------------------------------------------------------------------------------

export interface RecordInput {
  readonly run: RunIdentity;
  readonly event: JournalEvent;
  /** Unique within the run; a repeated call with the same step answers the record already there. */
  readonly step: string;
  /** ISO time of the decision, from the workflow's clock. */
  readonly at: string;
  readonly who: string | null;
  readonly why: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** Heads known from Leases, with the run's first record: a journal that ends before them has lost its tail. */
  readonly knownHeads?: readonly JournalHead[];
  /** Held Leases, for the journal's head to be kept on. */
  readonly leases?: readonly Omit<LockInput, 'run'>[];
}

export interface HistoryActivities {
  record(input: RecordInput): Promise<JournalHead>;
}

/** All of them, as `activities/index.ts` merges the groups. */
export interface Activities
  extends RequestActivities,
    LockActivities,
    SnapshotActivities,
    DetectActivities,
    RollbackActivities,
    PlanActivities,
    RecoverActivities,
    OwnerActivities,
    HistoryActivities {}
