import type { JournalEvent } from '../journal.ts';
import type { JournalHead } from '../outcome.ts';
import type { RunIdentity } from './about-target.ts';
import type { LockInput } from './lock.ts';

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
