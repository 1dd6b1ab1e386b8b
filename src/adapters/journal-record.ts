import { createHash } from 'node:crypto';
import type { JournalName } from '../ports/journal.ts';
import type { KeyRing } from '../ports/key-ring.ts';
import { isPortError, PortError } from '../ports/port-error.ts';
import { type JournalEntry, type JournalRecord, journalEntrySchema, journalRecordSchema } from '../schema/journal.ts';
import { canonicalJson } from './canonical-json.ts';

/** What a record in the store turned out to be. */
export type CheckedRecord =
  | { readonly kind: 'good'; readonly record: JournalRecord }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'tampered'; readonly reason: string };

/** Where in which journal a record stands. `previous` is `undefined` when the record before is missing or bad. */
export interface RecordPlace {
  readonly name: JournalName;
  readonly sequence: number;
  readonly previous: string | null | undefined;
}

/** Of the file's exact bytes, so that `sha256sum` can check the chain. */
export function recordDigest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Throws `PortError` `invalid` naming the fields, never their values. */
export function checkEntry(entry: JournalEntry): JournalEntry {
  const parsed = journalEntrySchema.safeParse(entry);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'entry');
  throw new PortError('invalid', `journal entry: ${fields.join(', ')} is missing or not plain JSON of the right form`, {
    fields,
  });
}

export function printRecord(
  keys: KeyRing,
  place: RecordPlace & { previous: string | null },
  entry: JournalEntry,
): Uint8Array {
  const unsigned = { sequence: place.sequence, ...entry, previous: place.previous, keyId: keys.currentKeyId };
  return printJson({ ...unsigned, mac: keys.mac(signedText(place.name, unsigned)) });
}

export function checkRecord(keys: KeyRing, place: RecordPlace, bytes: Uint8Array): CheckedRecord {
  const parsed = parseRecord(bytes);
  if (parsed === undefined) return { kind: 'unreadable', reason: 'it is not a journal record' };
  const { raw, record } = parsed;
  const mac = macOf(keys, place.name, raw);
  if (mac === undefined) return { kind: 'unreadable', reason: `its key "${record.keyId}" is not in the key ring` };
  const reason = tamperReason(place, record, { isAuthentic: mac === record.mac, isAsPrinted: isAsPrinted(raw, bytes) });
  return reason === undefined ? { kind: 'good', record } : { kind: 'tampered', reason };
}

function tamperReason(
  place: RecordPlace,
  record: JournalRecord,
  seen: { isAuthentic: boolean; isAsPrinted: boolean },
): string | undefined {
  if (!seen.isAuthentic) return 'its content was changed, or it was not written by Belay for this journal';
  if (!seen.isAsPrinted) return 'its text was changed';
  if (record.sequence !== place.sequence) return `it was written as record ${record.sequence}`;
  if (place.previous !== undefined && record.previous !== place.previous)
    return 'it does not follow the record before it';
  return undefined;
}

/** The journal's name is part of it: a record cannot be passed off as another application's. */
function signedText(name: JournalName, unsigned: object): string {
  return canonicalJson({ journal: `${name.environment}/${name.application}`, record: unsigned });
}

function macOf(keys: KeyRing, name: JournalName, raw: unknown): string | undefined {
  const { mac: _, ...unsigned } = raw as JournalRecord;
  try {
    return keys.mac(signedText(name, unsigned), unsigned.keyId);
  } catch (error) {
    if (isPortError(error) && error.kind === 'notFound') return undefined;
    throw error;
  }
}

function printJson(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`, 'utf8');
}

/** Anything else in the file, such as a second value for a name, would be read by people and not by the chain. */
function isAsPrinted(raw: unknown, bytes: Uint8Array): boolean {
  return printJson(raw).equals(bytes);
}

/** `raw` is what is in the file: the schema might drop something. Throwing stands for hopelessly nested, too. */
function parseRecord(bytes: Uint8Array): { raw: unknown; record: JournalRecord } | undefined {
  try {
    const raw: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return { raw, record: journalRecordSchema.parse(raw) };
  } catch {
    return undefined;
  }
}
