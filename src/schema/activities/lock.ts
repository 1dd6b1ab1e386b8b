import type { JournalEvent } from '../journal.ts';
import type { JournalHead } from '../outcome.ts';
import type { RunIdentity } from './about-target.ts';

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
