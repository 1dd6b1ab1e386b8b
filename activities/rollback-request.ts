import type { DeployRecord, Resolution, ResolveInput } from '../src/schema/activities.ts';
import { dnsLabelSchema } from '../src/schema/guard-spec.ts';
import type { JournalRecord } from '../src/schema/journal.ts';
import type { Ref } from '../src/schema/outcome.ts';
import type { Snapshot } from '../src/schema/plan.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf } from './documents.ts';
import { fail, via } from './failures.ts';
import { identityOf } from './run-identity.ts';

type RollbackInput = Extract<ResolveInput, { kind: 'rollback' }>;

/** A rollback on demand takes everything from the journal: what is good, and which deploy is undone. */
export async function resolveRollback(deps: Dependencies, input: RollbackInput): Promise<Resolution> {
  rejectNameless(input);
  const run = identityOf(input, input);
  const records = await via('journal', () => deps.journal.read(input));
  const baseline = input.to
    ? await via('store', () => deps.snapshots.findDocument('snapshots', input.to ?? ''))
    : lastKnownGood(records);
  const deploy = lastDeploy(records);
  if (!baseline)
    return {
      kind: 'nothing',
      run,
      reason: input.to ? `there is no snapshot ${input.to}` : 'no known good state is recorded',
    };
  if (!deploy) return { kind: 'nothing', run, reason: 'no guarded deploy is recorded: nothing says what it created' };
  const { request } = await documentsOf(deps.snapshots).snapshot(baseline);
  const storeId = await via('store', () => deps.snapshots.id());
  return { kind: 'accepted', run: { ...run, storeId }, request, baseline, deploy };
}

/** Anybody may start a rollback with anything for a name. */
function rejectNameless({ application, environment }: RollbackInput): void {
  for (const [field, name] of Object.entries({ application, environment })) {
    const parsed = dnsLabelSchema.safeParse(name);
    if (!parsed.success) throw fail('RequestRejected', `${field}: ${parsed.error.issues[0]?.message ?? 'is wrong'}`);
  }
}

function lastKnownGood(records: readonly JournalRecord[]): Ref | undefined {
  const record = records.findLast(({ event }) => event === 'knownGood');
  return (record?.data.snapshot as Snapshot | undefined)?.snapshot;
}

function lastDeploy(records: readonly JournalRecord[]): DeployRecord | undefined {
  const began = records.findLast(({ event }) => event === 'baseline');
  if (!began) return undefined;
  const before = began.data.before as unknown as Snapshot;
  return {
    before: before.snapshot,
    readyAt: before.takenAt,
    endedAt: endOf(records, began, Object.keys(before.takenAt)),
  };
}

/** When the deploy could still write: up to the snapshot that found it good, else up to the guard's outcome. */
function endOf(
  records: readonly JournalRecord[],
  began: JournalRecord,
  targets: readonly string[],
): Record<string, string> | null {
  const later = records.filter(({ guardId, sequence }) => guardId === began.guardId && sequence > began.sequence);
  const good = later.findLast(({ event }) => event === 'knownGood');
  if (good) return { ...(good.data.snapshot as unknown as Snapshot).takenAt };
  const outcome = later.findLast(({ event }) => event === 'outcome');
  return outcome ? Object.fromEntries(targets.map((target) => [target, outcome.at])) : null;
}
