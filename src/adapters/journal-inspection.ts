import type { JournalName } from '../ports/journal.ts';
import type { KeyRing } from '../ports/key-ring.ts';
import type { JournalFinding, JournalRecord } from '../schema/journal.ts';
import type { JournalHead } from '../schema/outcome.ts';
import { checkRecord, recordDigest } from './journal-record.ts';

/** One record, or what is wrong where one should be. */
export type JournalStep =
  | { readonly kind: 'good'; readonly sequence: number; readonly record: JournalRecord; readonly digest: string }
  | Exclude<JournalFinding, { kind: 'missing tail' }>;

/** A forged record with a huge number must not make us count for ever. */
const mostGaps = 1000;

/** Walks the stored records in order. A record after a gap or a bad record is not compared with what is before it. */
export function* inspectRecords(
  keys: KeyRing,
  name: JournalName,
  stored: ReadonlyMap<number, Uint8Array>,
): Generator<JournalStep> {
  let last = 0;
  let previous: string | null | undefined = null;
  for (const [sequence, bytes] of stored) {
    yield* gapsBetween(last, sequence);
    if (sequence > last + 1) previous = undefined;
    const checked = checkRecord(keys, { name, sequence, previous }, bytes);
    const digest = recordDigest(bytes);
    yield checked.kind === 'good' ? { ...checked, sequence, digest } : { ...checked, sequence };
    previous = checked.kind === 'good' ? digest : undefined;
    last = sequence;
  }
}

/** `expected` is a head known from elsewhere: a Lease, a run's result. */
export function findingsOf(steps: Iterable<JournalStep>, expected?: JournalHead): JournalFinding[] {
  const all = [...steps];
  const findings: JournalFinding[] = all.filter((step) => step.kind !== 'good');
  if (expected === undefined) return findings;
  const found = all.at(-1)?.sequence ?? 0;
  if (found < expected.sequence) return [...findings, { kind: 'missing tail', expected: expected.sequence, found }];
  const step = all.find((candidate) => candidate.sequence === expected.sequence);
  if (step?.kind !== 'good' || step.digest === expected.digest) return findings;
  const reason = 'it is not the record that was written: its digest is known from elsewhere';
  return [...findings, { kind: 'tampered', sequence: expected.sequence, reason }];
}

function* gapsBetween(last: number, next: number): Generator<JournalStep> {
  const end = Math.min(next, last + 1 + mostGaps);
  for (let sequence = last + 1; sequence < end; sequence++) yield { kind: 'gap', sequence };
}
