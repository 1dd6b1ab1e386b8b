import { z } from 'zod';

/** Events of an application's journal, in the order a run may write them. */
export const journalEvents = [
  'locked',
  'baseline',
  'ready',
  'deployed',
  'failed',
  'halted',
  'pausing',
  'resumed',
  'freezing',
  'thawed',
  'prepared',
  'committing',
  'healing',
  'healthy',
  'pivot',
  'deleting',
  'compensating',
  'waiting',
  'decided',
  'verified',
  'knownGood',
  'outcome',
  /** The run takes over where this other one was ended from outside. */
  'recovering',
  /** Ended from outside, without an outcome; written by whoever finds it so. */
  'terminated',
  /** A person took the Lease away from its holder. */
  'lockBroken',
] as const;
export type JournalEvent = (typeof journalEvents)[number];

const plain: z.ZodType<unknown> = z.json();

/** What a caller hands in; sequence, chain and MAC are the journal's own. Never anything from a Secret. */
export const journalEntrySchema = z.strictObject({
  event: z.enum(journalEvents),
  /** Unique within the application: a repeated append with the same key answers the record already there. */
  key: z.string().min(1),
  at: z.iso.datetime(),
  guardId: z.string(),
  operationId: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  who: z.string().nullable(),
  why: z.string().nullable(),
  data: z.record(z.string(), plain),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** One stored record. `previous` is the digest of the record before; `mac` is over everything but itself. */
export const journalRecordSchema = journalEntrySchema.extend({
  sequence: z.number().int().positive(),
  previous: z.string().nullable(),
  keyId: z.string(),
  mac: z.string(),
});
export type JournalRecord = z.infer<typeof journalRecordSchema>;

/** Something wrong with a journal, as `belay history --verify` names it. */
export type JournalFinding =
  | { readonly kind: 'gap'; readonly sequence: number }
  | { readonly kind: 'tampered'; readonly sequence: number; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly sequence: number; readonly reason: string }
  | { readonly kind: 'missing tail'; readonly expected: number; readonly found: number };
