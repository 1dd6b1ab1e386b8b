import type { JournalName } from '../ports/journal.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { PortError } from '../ports/port-error.ts';
import { mapLimited } from './map-limited.ts';

const digits = 12;
const parallelism = 16;
const nameForm = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function recordKey(name: JournalName, sequence: number): string {
  return `${folderOf(name)}${String(sequence).padStart(digits, '0')}`;
}

/** Sorted. Other files in the folder are no records. */
export async function listSequences(store: ObjectStore, name: JournalName): Promise<number[]> {
  const folder = folderOf(name);
  const names = (await store.list(folder)).map((key) => key.slice(folder.length));
  return names.filter((text) => /^\d{12}$/.test(text)).map(Number);
}

/** Every journal with a record, sorted. */
export async function listJournals(store: ObjectStore): Promise<JournalName[]> {
  const folders = new Set((await store.list('journal/')).map((key) => key.split('/').slice(1, -1).join('/')));
  return [...folders].sort().flatMap((folder) => {
    const [environment = '', application = '', ...more] = folder.split('/');
    return more.length === 0 && nameForm.test(environment) && nameForm.test(application)
      ? [{ environment, application }]
      : [];
  });
}

/** Every stored record by sequence, in order. */
export async function readRecords(store: ObjectStore, name: JournalName): Promise<Map<number, Uint8Array>> {
  const sequences = await listSequences(store, name);
  return new Map(
    await mapLimited(sequences, parallelism, async (sequence): Promise<[number, Uint8Array]> => {
      return [sequence, await readRecord(store, name, sequence)];
    }),
  );
}

/** For a record that was there a moment ago. */
export async function readRecord(store: ObjectStore, name: JournalName, sequence: number): Promise<Uint8Array> {
  const key = recordKey(name, sequence);
  const bytes = await store.get(key);
  if (bytes === undefined)
    throw new PortError('unavailable', `${key} was removed from the store while it was being read: try again`);
  return bytes;
}

function folderOf({ environment, application }: JournalName): string {
  if (nameForm.test(environment) && nameForm.test(application)) return `journal/${environment}/${application}/`;
  throw new PortError(
    'invalid',
    'a journal is named by an environment and an application, both DNS labels (a-z, 0-9, "-")',
  );
}
