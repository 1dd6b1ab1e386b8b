import type {
  FreezeActivities,
  LockActivities,
  OwnerActivities,
  RecoverActivities,
  RollbackActivities,
  RunIdentity,
  SnapshotActivities,
} from '../../src/schema/activities.ts';
import type { JournalEvent } from '../../src/schema/journal.ts';
import type { Choice } from '../../src/schema/messages.ts';
import type { BlockedObject, LeftObject, Phase, RestoredHealth, SuspectObject } from '../../src/schema/outcome.ts';
import type { PlanSummary, Reader, Snapshot, WriteResult } from '../../src/schema/plan.ts';
import type { ProgressLine } from '../../src/schema/progress.ts';
import type { ResolvedRequest } from '../../src/schema/resolved-request.ts';
import type { OpenDecision } from '../../src/schema/status.ts';
import type { MetOwner } from '../../src/schema/unfinished-run.ts';

/** What a run of the protocol is about; does not change while it runs. */
export interface RestoreInput {
  readonly run: RunIdentity;
  readonly request: ResolvedRequest;
  /** What to restore. */
  readonly baseline: Snapshot;
  /** Taken right before the deploy: its census is the evidence of absence. Mostly the baseline itself. */
  readonly before: Snapshot;
  /** Server time per target from which on a change counts as the deploy's. */
  readonly windowStart: Readonly<Record<string, string>>;
  /** Server time per target up to which it does; missing: up to the end of quiesce. */
  readonly windowEnd: Readonly<Record<string, string>> | null;
}

/** A batch that was handed to a writer, put here before the writer is called. */
export interface Attempt {
  readonly target: string;
  readonly stage: string;
  readonly batch: number;
  /** Objects with a write that got no definite answer and was not seen to be done; `all` until the batch has answered. */
  readonly unclear: readonly string[] | 'all';
  /** Until when (`now()`) such a write may still be on its way; missing: every one was answered. */
  readonly mayLandUntil?: number;
  /** Whether any object of it was seen to be written. */
  readonly wrote: boolean;
  /** Whether every object of it was seen to be as it should. */
  readonly settled: boolean;
}

export type RestorePhase =
  | 'freeze'
  | 'owners'
  | 'pause'
  | 'admission'
  | 'quiesce'
  | 'prepare'
  | 'approve'
  | 'commit'
  | 'health'
  | 'pivot'
  | 'finish'
  | 'settle'
  | 'verify'
  | 'revert';

/** All of a restore's progress as data: it survives continue-as-new, and a query can show it. */
export interface RestoreState {
  readonly phase: RestorePhase;
  /** Who applies members from a source of its own, before any pause. Missing in runs of versions that did not look. */
  readonly owners?: readonly MetOwner[];
  /** Clusters in which others may not be able to write, and until when (`now()`) that was asked for. */
  readonly frozen?: { readonly clusters: readonly string[]; readonly since: number };
  /** Server time per target at the end of quiesce. */
  readonly quietAt: Readonly<Record<string, string>>;
  readonly failedState: Snapshot | null;
  readonly plans: readonly PlanSummary[];
  /** Next stage to carry out, on this side of the pivot. */
  readonly stage: number;
  /** Stages with writes that could not be proven while preparing; proven when their turn comes. */
  readonly deferred: readonly string[];
  readonly attempts: readonly Attempt[];
  /** Prepare rounds used; a newcomer before the first write buys one more. */
  readonly rounds: number;
  /** Why the failed state is being written back. */
  readonly cause: string | null;
  readonly health: RestoredHealth | null;
  /** Plans that the journal has. */
  readonly prepared?: number;
  /** Owners were looked for, but not paused: a person has a word to say first. */
  readonly ownersRun?: boolean;
  /** A person has let a restore begin that the policy had held. */
  readonly released?: boolean;
  /** Digest of the plan that a person has approved. */
  readonly approved?: string;
  /** Per target, pods that may have read configuration before it was put back. */
  readonly readers?: Readonly<Record<string, readonly Reader[]>>;
  /** Workloads whose pods run on with the failed deploy's configuration, by policy. */
  readonly stale?: readonly LeftObject[];
  /** How it ends, when owners have been let go. */
  readonly end?: RestoreEnd;
}

export type RestoreEnd =
  | {
      readonly outcome: 'restored';
      readonly reason: string;
      readonly health: RestoredHealth;
      readonly left: readonly LeftObject[];
      readonly suspects: readonly SuspectObject[];
    }
  | { readonly outcome: 'reverted'; readonly reason: string; readonly suspects: readonly SuspectObject[] }
  | { readonly outcome: 'refused' | 'cancelled' | 'observed'; readonly reason: string }
  | { readonly outcome: 'held'; readonly by: string; readonly reason: string }
  | {
      readonly outcome: 'abandoned';
      readonly by: string;
      readonly reason: string;
      readonly blocked: readonly BlockedObject[];
      /** Owners that are still paused. */
      readonly left?: readonly LeftObject[];
    };

/** A wait for a person, or for the cause to go away. */
export interface Gate {
  readonly kind: OpenDecision['kind'];
  readonly reason: string;
  readonly objects: readonly BlockedObject[];
  /** What a person may decide here, and nothing else. */
  readonly choices: readonly Choice[];
  /** With `skip`: which objects, as `<target>/<Kind>/<name>`. */
  readonly skippable?: readonly string[];
  /** With `approve`: what is approved. */
  readonly planDigest?: string;
}

/**
 * What has become of a gate. `retry`: by a person, or by nobody when it is time to look again. Who says `skip` wants the
 * step tried again too: the object is among `left` from then on.
 */
export type Decision =
  | { readonly kind: 'retry'; readonly by: string | null }
  | {
      readonly kind: 'revert' | 'accept' | 'abandon' | 'approve' | 'resume';
      readonly by: string;
      readonly reason: string;
    };

export interface Cancellation {
  readonly by: string;
  readonly reason: string;
}

export interface ProgressNote {
  readonly key: string;
  readonly mark: ProgressLine['mark'];
  readonly title: string;
  readonly text: string;
}

/**
 * Everything the protocol may do to the world: one method per activity, and the clock, waits and words around them.
 * Bound to Temporal by `restore-steps.ts`; the fault explorer binds it to fakes. Methods that call an activity throw
 * `StepFailure` and nothing else.
 */
export interface Steps
  extends SnapshotActivities,
    RollbackActivities,
    RecoverActivities,
    OwnerActivities,
    FreezeActivities,
    Pick<LockActivities, 'identifyCluster'> {
  /** Tells the deployer to stop and waits for its word, bounded. */
  haltDeployer(): Promise<'acknowledged' | 'not acknowledged' | 'no deployer'>;
  /** Durable in the journal when it returns; `step` makes a repeat harmless. */
  record(event: JournalEvent, step: string, data: Readonly<Record<string, unknown>>): Promise<void>;
  /** Milliseconds. */
  now(): number;
  sleep(duration: number, summary: string): Promise<void>;
  cancelled(): Cancellation | null;
  /** Whoever keeps the restore from beginning. */
  held(): Cancellation | null;
  /** Objects that people leave as they are: neither written nor compared from then on. */
  left(): readonly LeftObject[];
  /** Resolves when a cancel has arrived; for long waits before the pivot. */
  readonly whenCancelled: Promise<void>;
  /** A gate is open, and what it is about is being tried again. */
  asked(): boolean;
  /**
   * Opens the gate and waits for a person, at most `recheck` milliseconds: then it answers `retry` by nobody. A run may
   * begin anew here: its phase then begins again with the state of the last checkpoint.
   */
  decide(gate: Gate, recheck: number): Promise<Decision>;
  enter(phase: Phase): void;
  note(progress: ProgressNote): void;
  presentPlans(plans: readonly PlanSummary[]): void;
  presentWritten(target: string, results: readonly WriteResult[]): void;
  presentHealth(target: string, healthy: boolean): void;
  presentVerified(target: string, verified: boolean): void;
  presentFailedState(failedState: Snapshot): void;
  /** Called at each barrier, and before a wait behind which less would be known, with all that going on from there needs. */
  checkpoint(state: RestoreState): Promise<void>;
}
