import { runsIn } from '../src/domain/unfinished-run.ts';
import type { DeployRecord } from '../src/schema/activities.ts';
import type { JournalRecord } from '../src/schema/journal.ts';
import type { Ref } from '../src/schema/outcome.ts';
import type { Snapshot } from '../src/schema/plan.ts';

/**
 * After a supersede nobody has proven the live state good: the way back is the last known good, else the superseded
 * guard's own baseline. Guards that never got ready in between change nothing about that.
 */
export function inheritedBaseline(records: readonly JournalRecord[]): Ref | null {
  const superseded = supersededGuards(records);
  if (superseded.length === 0) return null;
  const good = records.findLast(({ event }) => event === 'knownGood');
  const own = baselineOf(records, superseded.at(-1));
  const snapshot = (good?.data.snapshot ?? own?.data.baseline) as Snapshot | undefined;
  return snapshot?.snapshot ?? null;
}

/** The deploys to undo began with the first guard of the unbroken row: what they wrote is the deploy's, not a stranger's. */
export function supersededDeploys(records: readonly JournalRecord[]): DeployRecord | null {
  const first = baselineOf(records, supersededGuards(records)[0]);
  if (!first) return null;
  const before = first.data.before as unknown as Snapshot;
  return { before: before.snapshot, readyAt: before.takenAt, endedAt: null };
}

/** The guards that ended `superseded`, one right after the other, up to now. */
function supersededGuards(records: readonly JournalRecord[]): readonly string[] {
  const ended = runsIn(records).flatMap(endOf);
  const other = ended.findLastIndex(({ outcome }) => outcome !== 'superseded');
  return ended.slice(other + 1).map(({ guardId }) => guardId);
}

/** One that was terminated has left its deploy to the next one, just as if it had been superseded by it. */
function endOf(run: readonly JournalRecord[]): readonly { readonly guardId: string; readonly outcome: unknown }[] {
  const guardId = run[0]?.guardId ?? '';
  const outcome = run.find(({ event }) => event === 'outcome')?.data.outcome;
  if (outcome === 'unready') return [];
  if (outcome !== undefined) return [{ guardId, outcome }];
  return run.some(({ event }) => event === 'ready') ? [{ guardId, outcome: 'superseded' }] : [];
}

function baselineOf(records: readonly JournalRecord[], guard: string | undefined): JournalRecord | undefined {
  return records.findLast(({ event, guardId }) => event === 'baseline' && guardId === guard);
}
