import type { JournalEntry, JournalFinding, JournalRecord } from '../schema/journal.ts';
import type { JournalHead } from '../schema/outcome.ts';

/** Which journal: one per application and environment. */
export interface JournalName {
  readonly environment: string;
  readonly application: string;
}

/** The chained record of an application: appended to, never changed. */
export interface Journal {
  /** Durable when it answers. The same `key` twice answers the first record's head; the second entry is dropped. */
  append(name: JournalName, entry: JournalEntry): Promise<JournalHead>;
  /** All records in order; stops with `PortError` `corrupt` at the first that does not verify. */
  read(name: JournalName): Promise<JournalRecord[]>;
  /** Every journal there is. */
  names(): Promise<JournalName[]>;
  head(name: JournalName): Promise<JournalHead | undefined>;
  /** Everything wrong with it; `expected` is a head known from elsewhere, so that a cut tail is seen. */
  verify(name: JournalName, expected?: JournalHead): Promise<JournalFinding[]>;
}
