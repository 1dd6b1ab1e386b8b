import { breakOn } from '../src/domain/lease.ts';
import { hasOutcome, lockPlaces, runsIn, unfinishedRun } from '../src/domain/unfinished-run.ts';
import type { JournalName } from '../src/ports/journal.ts';
import type { KeptStore, TerminatedRun } from '../src/schema/activities.ts';
import type { JournalRecord } from '../src/schema/journal.ts';
import type { Dependencies } from './dependencies.ts';
import { via } from './failures.ts';
import { leaseOf } from './leases.ts';
import { journalBreak, journalTermination } from './lock-journal.ts';

/** Reads every journal: whose run was ended from outside, and which locks were broken; the journal is told of both. */
export async function findTerminatedRuns(deps: Dependencies): Promise<KeptStore> {
  const names = await via('journal', () => deps.journal.names());
  const terminated: TerminatedRun[] = [];
  const problems: string[] = [];
  for (const name of names) {
    try {
      const records = await via('journal', () => deps.journal.read(name));
      await journalBreaks(deps, name, records);
      terminated.push(...(await lookAt(deps, name, records)));
    } catch (error) {
      // The others must not go unseen for one that cannot be read.
      problems.push(
        `${name.environment}/${name.application}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return { applications: names.length, terminated, problems };
}

/** Every run without an outcome is asked about, once; only the latest of them may need to be finished. */
async function lookAt(
  deps: Dependencies,
  name: JournalName,
  records: readonly JournalRecord[],
): Promise<TerminatedRun[]> {
  const marks = records.filter(({ event }) => event === 'terminated');
  const known = new Map(marks.map(({ operationId, at }) => [operationId, at]));
  const ends = endsWithoutOutcome(records).map(async (last) => ({
    runId: last.runId,
    closedAt: known.get(last.operationId) ?? (await askWhenClosed(deps, name, last)),
  }));
  const unfinished = unfinishedRun(records);
  const latest = (await Promise.all(ends)).find(({ runId }) => runId === unfinished?.runId);
  if (!unfinished || !latest?.closedAt) return [];
  const { workflowId, hasBegun, during } = unfinished;
  return [{ ...name, workflowId, closedAt: latest.closedAt, during, hasBegun }];
}

/** `null`: it is open, or unknown. */
async function askWhenClosed(deps: Dependencies, name: JournalName, last: JournalRecord): Promise<string | null> {
  const state = await via('temporal', () => deps.runs.stateOf(last.workflowId, last.runId));
  if (state.kind !== 'closed') return null;
  await journalTermination(deps, name, last, state);
  return state.closedAt;
}

function endsWithoutOutcome(records: readonly JournalRecord[]): readonly JournalRecord[] {
  return runsIn(records).flatMap((run) => (hasOutcome(run) ? [] : run.slice(-1)));
}

/** A Lease that cannot be read now is read the next time. */
async function journalBreaks(deps: Dependencies, name: JournalName, records: readonly JournalRecord[]): Promise<void> {
  await Promise.all(
    lockPlaces(records)
      .map(async ({ cluster, lockNamespace }) => {
        const lease = await deps.clusters(cluster).get(leaseOf(name, lockNamespace));
        await journalBreak(deps, name, cluster, lease ? breakOn(lease) : null);
      })
      .map((looked) => looked.catch(() => undefined)),
  );
}
