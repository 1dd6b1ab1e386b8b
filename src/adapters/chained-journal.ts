import type { Journal, JournalName } from '../ports/journal.ts';
import type { KeyRing } from '../ports/key-ring.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { PortError } from '../ports/port-error.ts';
import type { JournalEntry, JournalFinding, JournalRecord } from '../schema/journal.ts';
import type { JournalHead } from '../schema/outcome.ts';
import { findingsOf, inspectRecords } from './journal-inspection.ts';
import { checkEntry, checkRecord, printRecord, recordDigest } from './journal-record.ts';
import { listJournals, listSequences, readRecord, readRecords, recordKey } from './journal-records.ts';

/** More writers than this at one moment do not exist; a journal that is still ahead is not behaving like one. */
const mostAttempts = 200;

/** What this process knows of a journal. It can only be behind, never wrong: records are never changed. */
interface KnownJournal {
  sequence: number;
  digest: string | null;
  /** By entry key; only records that verify count, so that a forged record cannot swallow a real one. */
  readonly heads: Map<string, JournalHead>;
}

interface Books {
  readonly store: ObjectStore;
  readonly keys: KeyRing;
}

/**
 * One file per record, readable with `cat`, each naming its predecessor's digest. Appending goes on after a damaged
 * record: damage is for `verify` to name, and must not stop a rollback from being recorded.
 */
export function createChainedJournal(store: ObjectStore, keys: KeyRing): Journal {
  const books = { store, keys };
  const known = new Map<string, KnownJournal>();
  const inTurn = createTurns();
  return {
    append: async (name, entry) => {
      const checked = checkEntry(entry);
      return inTurn(recordKey(name, 0), () => append(books, known, name, checked));
    },
    names: () => listJournals(store),
    head: (name) => readHead(store, name),
    read: (name) => readAll(books, name),
    verify: async (name, expected) => findingsOf(inspectRecords(keys, name, await readRecords(store, name)), expected),
  };
}

async function append(
  books: Books,
  all: Map<string, KnownJournal>,
  name: JournalName,
  entry: JournalEntry,
): Promise<JournalHead> {
  const known = all.get(recordKey(name, 0)) ?? (await loadKnown(books, name));
  all.set(recordKey(name, 0), known);
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const earlier = known.heads.get(entry.key);
    if (earlier) return earlier;
    const place = { name, sequence: known.sequence + 1, previous: known.digest };
    const bytes = printRecord(books.keys, place, entry);
    const answer = await books.store.putIfAbsent(recordKey(name, place.sequence), bytes);
    learn(
      books.keys,
      name,
      known,
      place.sequence,
      answer === 'stored' ? bytes : await readRecord(books.store, name, place.sequence),
    );
  }
  throw new PortError(
    'unavailable',
    `journal ${name.environment}/${name.application}: other writers were always faster: try again`,
  );
}

async function loadKnown({ store, keys }: Books, name: JournalName): Promise<KnownJournal> {
  const known: KnownJournal = { sequence: 0, digest: null, heads: new Map() };
  for (const [sequence, bytes] of await readRecords(store, name)) learn(keys, name, known, sequence, bytes);
  return known;
}

function learn(keys: KeyRing, name: JournalName, known: KnownJournal, sequence: number, bytes: Uint8Array): void {
  const head = { sequence, digest: recordDigest(bytes) };
  const checked = checkRecord(keys, { name, sequence, previous: undefined }, bytes);
  if (checked.kind === 'good' && !known.heads.has(checked.record.key)) known.heads.set(checked.record.key, head);
  known.sequence = sequence;
  known.digest = head.digest;
}

async function readHead(store: ObjectStore, name: JournalName): Promise<JournalHead | undefined> {
  const sequence = (await listSequences(store, name)).at(-1);
  if (sequence === undefined) return undefined;
  return { sequence, digest: recordDigest(await readRecord(store, name, sequence)) };
}

async function readAll({ store, keys }: Books, name: JournalName): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for (const step of inspectRecords(keys, name, await readRecords(store, name))) {
    if (step.kind !== 'good') throw corrupt(name, step);
    records.push(step.record);
  }
  return records;
}

function corrupt(name: JournalName, finding: Exclude<JournalFinding, { kind: 'missing tail' }>): PortError {
  const what = finding.kind === 'gap' ? 'is missing' : `is ${finding.kind}: ${finding.reason}`;
  return new PortError(
    'corrupt',
    `journal ${name.environment}/${name.application}: record ${finding.sequence} ${what}`,
  );
}

/** Appends of one process to one journal would only get in each other's way. */
function createTurns(): <T>(key: string, action: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, action) => {
    const before = last.get(key) ?? Promise.resolve();
    const turn = before.then(action);
    last.set(
      key,
      turn.catch(() => undefined),
    );
    return turn;
  };
}
