import type { JournalEvent } from './journal.ts';
import type { Ref, RestoredHealth } from './outcome.ts';
import type { Owner } from './owner.ts';
import type { PlanSummary, Reader, Snapshot } from './plan.ts';

/** What a run puts back, and which changes count as the deploy's; with the journal's `baseline` or `failed` record. */
export interface RestoreBasis {
  readonly baseline: Snapshot;
  readonly before: Snapshot;
  /** Server time per target; `null`: from `before` on. */
  readonly windowStart: Readonly<Record<string, string>> | null;
  /** `null`: up to the end of quiesce. */
  readonly windowEnd: Readonly<Record<string, string>> | null;
}

/** With the journal's `prepared` record: everything that writing needs from then on. */
export interface PreparedRecord {
  readonly failedState: Snapshot;
  readonly plans: readonly PlanSummary[];
  readonly deferred: readonly string[];
  readonly quietAt: Readonly<Record<string, string>>;
  readonly round: number;
  readonly owners: readonly MetOwner[];
}

/** An owner that is not at rest, and what becomes of it; with `pausing`, before its pause is written. */
export interface MetOwner {
  readonly target: string;
  readonly owner: Owner;
  /** `unclear`: it is paused, but no definite answer has come yet. */
  readonly is: 'ignored' | 'unclear' | 'paused';
}

/** A run without an outcome, as its journal tells: enough to go on where it was ended from outside. */
export interface UnfinishedRun {
  /** Of the run that began it all: whoever goes on writes under its name, so that its writes are known as ours. */
  readonly operationId: string;
  /** The run that recorded last. */
  readonly workflowId: string;
  readonly runId: string;
  /** What it recorded last. */
  readonly during: JournalEvent;
  /** Number of that record: what comes later from the same run is too late to count. */
  readonly upTo: number;
  /** Whether anything in a cluster may have been changed. */
  readonly hasBegun: boolean;
  readonly basis: RestoreBasis;
  /** The snapshot that holds the run's request. */
  readonly request: Ref;
  readonly owners: readonly MetOwner[];
  /** Clusters in which others may not be able to write. */
  readonly frozen: readonly string[];
  readonly prepared: PreparedRecord | null;
  /** Stages before the pivot, in order; whatever came before the last one is done. */
  readonly committed: readonly string[];
  /** Pods that had read configuration which was put back before the last of these stages. */
  readonly readers: Readonly<Record<string, readonly Reader[]>>;
  readonly health: RestoredHealth | null;
  readonly pivot: 'before' | 'behind';
  /** The last stage begun behind the pivot. */
  readonly finishing: string | null;
  /** Why the failed state was being written back. */
  readonly reverting: string | null;
  /** Objects that people leave as they are. */
  readonly skipped: readonly Skip[];
}

/** Who leaves an object as it is, named with its target as a decision names it. */
export interface Skip {
  readonly object: string;
  readonly by: string;
  readonly reason: string;
}
