import type { JournalEvent, JournalRecord } from '../schema/journal.ts';
import type { MetOwner, PreparedRecord, RestoreBasis, Skip, UnfinishedRun } from '../schema/unfinished-run.ts';

type Records = readonly JournalRecord[];

/** The latest run that had something to put back, if no outcome of it is recorded. */
export function unfinishedRun(records: Records): UnfinishedRun | undefined {
  const latest = runsIn(records).findLast((own) => own.some(({ event }) => bases.includes(event)));
  return latest && !hasOutcome(latest) ? describe(latest) : undefined;
}

/** Runs in the order in which they began, each with the runs that went on where it had been ended. */
export function runsIn(records: Records): readonly Records[] {
  const takeOvers = records.filter(({ event }) => event === 'recovering');
  const roots = new Map(takeOvers.map(({ operationId, data }) => [operationId, String(data.operationId)]));
  const rootOf = ({ operationId }: JournalRecord) => roots.get(operationId) ?? operationId;
  const isLate = (record: JournalRecord) =>
    takeOvers.some(
      (takeOver, index) =>
        rootOf(takeOver) === rootOf(record) &&
        record.sequence > Number(takeOver.data.upTo) &&
        !takeOvers.slice(index).some(({ operationId }) => operationId === record.operationId),
    );
  const runs = new Map<string, JournalRecord[]>();
  for (const record of records) {
    // The last request of a run that is gone may come when another one has gone on without what it says.
    if (aboutOthers.includes(record.event) || isLate(record)) continue;
    const root = rootOf(record);
    runs.set(root, [...(runs.get(root) ?? []), record]);
  }
  return [...runs.values()];
}

export function hasOutcome(run: Records): boolean {
  return run.some(({ event }) => event === 'outcome');
}

/** Where the application's Leases are, as the last run that took them recorded it. */
export function lockPlaces(records: Records): readonly LockPlace[] {
  const places = records.findLast(({ event }) => event === 'locked')?.data.clusters;
  return Array.isArray(places) ? places.filter(({ lockNamespace }) => typeof lockNamespace === 'string') : [];
}

export interface LockPlace {
  readonly cluster: string;
  readonly lockNamespace: string;
}

const bases: readonly JournalEvent[] = ['baseline', 'failed'];
const aboutOthers: readonly JournalEvent[] = ['terminated', 'lockBroken'];
const changing: readonly JournalEvent[] = ['pausing', 'freezing', 'committing', 'healing', 'deleting', 'compensating'];

function describe(own: Records): UnfinishedRun | undefined {
  const [first, last, basis] = [own[0], own.at(-1), basisIn(own)];
  if (!first || !last || !basis) return undefined;
  const preparedAt = own.findLastIndex(({ event }) => event === 'prepared');
  const since = own.slice(preparedAt + 1);
  const pivot = since.findIndex(({ event }) => event === 'pivot');
  const before = pivot === -1 ? since : since.slice(0, pivot);
  const behind = pivot === -1 ? [] : since.slice(pivot);
  const prepared = preparedIn(own[preparedAt]);
  return {
    operationId: first.operationId,
    workflowId: last.workflowId,
    runId: last.runId,
    during: last.event,
    upTo: last.sequence,
    hasBegun: own.some(({ event }) => changing.includes(event)),
    ...basis,
    frozen: frozenIn(own),
    owners: prepared?.owners ?? ((dataOf(own, 'pausing')?.owners ?? []) as unknown as MetOwner[]),
    prepared,
    committed: [...new Set(stagesIn(before))],
    readers: (dataOf(before, 'committing')?.readers ?? {}) as unknown as UnfinishedRun['readers'],
    health: (dataOf(since, 'healthy')?.health ?? null) as UnfinishedRun['health'],
    pivot: pivot === -1 ? 'before' : 'behind',
    finishing: stagesIn(behind).at(-1) ?? null,
    reverting: textOf(dataOf(since, 'compensating')?.cause),
    skipped: own.flatMap(skipIn),
  };
}

function frozenIn(own: Records): readonly string[] {
  const last = own.findLast(({ event }) => event === 'freezing' || event === 'thawed');
  return last?.event === 'freezing' ? (last.data.clusters as string[]) : [];
}

function dataOf(own: Records, event: JournalEvent): JournalRecord['data'] | undefined {
  return own.findLast((record) => record.event === event)?.data;
}

function stagesIn(own: Records): readonly string[] {
  const events: readonly JournalEvent[] = ['committing', 'deleting'];
  return own.flatMap(({ event, data }) => (events.includes(event) ? [String(data.stage)] : []));
}

function skipIn({ event, data, who, why }: JournalRecord): Skip[] {
  if (event !== 'decided' || data.decision !== 'skip') return [];
  return [{ object: String(data.object), by: who ?? '', reason: why ?? '' }];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A guard takes its baseline itself; a rollback on demand is told with its order. */
function basisIn(own: Records): Pick<UnfinishedRun, 'basis' | 'request'> | null {
  const record = own.find(({ event, data: { before } }) => bases.includes(event) && before !== undefined);
  if (!record) return null;
  const { baseline, before, windowStart = null, windowEnd = null } = record.data as unknown as RestoreBasis;
  const request = (record.event === 'baseline' ? before : baseline).snapshot;
  return { basis: { baseline, before, windowStart, windowEnd }, request };
}

/** Versions that could not go on recorded names only. */
function preparedIn(record: JournalRecord | undefined): PreparedRecord | null {
  return Array.isArray(record?.data.plans) ? (record.data as unknown as PreparedRecord) : null;
}
