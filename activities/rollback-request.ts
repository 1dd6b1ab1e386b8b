import { unfinishedRun } from '../src/domain/unfinished-run.ts';
import type { DeployRecord, Resolution, ResolveInput } from '../src/schema/activities.ts';
import type { JournalRecord } from '../src/schema/journal.ts';
import type { Ref } from '../src/schema/outcome.ts';
import type { Snapshot } from '../src/schema/plan.ts';
import { dnsLabelSchema } from '../src/schema/words.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf } from './documents.ts';
import { fail, via } from './failures.ts';
import { identityOf } from './run-identity.ts';
import { supersededDeploys } from './superseded.ts';
import { isClosed, resolveRecovery, whyUnfinished } from './unfinished.ts';

type RollbackInput = Extract<ResolveInput, { kind: 'rollback' | 'plan' }>;
type Accepted = Extract<Resolution, { kind: 'accepted' }>;
type Found = Required<Pick<Accepted, 'because'>> & { readonly baseline: Ref; readonly deploy: DeployRecord };

/** A rollback on demand takes everything from the journal: what is good, and which deploy is undone. */
export async function resolveRollback(deps: Dependencies, input: RollbackInput): Promise<Resolution> {
  rejectNameless(input);
  const run = identityOf(input, input);
  const records = await via('journal', () => deps.journal.read(input));
  const unfinished = unfinishedRun(records);
  if (input.recover) return await resolveRecovery(deps, run, unfinished);
  // A rollback on demand runs where the other would be open; a plan is made beside it.
  const isOver = unfinished !== undefined && (input.kind === 'rollback' || (await isClosed(deps, unfinished)));
  if (isOver && unfinished.hasBegun) return { kind: 'nothing', run, reason: whyUnfinished(unfinished) };
  const open = input.kind === 'plan' && !isOver ? openGuard(records) : undefined;
  const found = open ? ofGuard(open, input.to) : await onDemand(deps, records, input.to);
  if (typeof found === 'string') return { kind: 'nothing', run, reason: found };
  const { request } = await documentsOf(deps.snapshots).snapshot(open ? found.deploy.before : found.baseline);
  const storeId = await via('store', () => deps.snapshots.id());
  // Who asks for a rollback has decided: the policy for failures is the guard's.
  return { kind: 'accepted', run: { ...run, storeId }, request: { ...request, onFailure: 'rollback' }, ...found };
}

/** What to go back to, or why there is nothing. */
async function onDemand(
  deps: Dependencies,
  records: readonly JournalRecord[],
  to: string | null,
): Promise<Found | string> {
  const baseline = to ? await via('store', () => deps.snapshots.findDocument('snapshots', to)) : lastKnownGood(records);
  const deploy = lastDeploy(records);
  if (!baseline) return to ? `there is no snapshot ${to}` : 'no known good state is recorded';
  if (!deploy) return 'no guarded deploy is recorded: nothing says what it created';
  return { baseline, deploy, because: to ? 'named' : 'last known good' };
}

/** An open guard is asked itself, and goes back to its own baseline only. */
function ofGuard({ baseline, deploy }: OpenGuard, to: string | null): Found | string {
  if (to && !baseline.id.startsWith(to)) return `an open guard rolls back to its own baseline ${baseline.id} only`;
  return { baseline, deploy, because: 'open guard' };
}

interface OpenGuard {
  readonly baseline: Ref;
  readonly deploy: DeployRecord;
}

/** The guard that has its baseline and, as far as the journal knows, no outcome. */
function openGuard(records: readonly JournalRecord[]): OpenGuard | undefined {
  const index = records.findLastIndex(({ event }) => event === 'baseline');
  const began = records[index];
  if (!began) return undefined;
  if (records.slice(index).some(({ event, guardId }) => event === 'outcome' && guardId === began.guardId))
    return undefined;
  const { baseline, before } = began.data as unknown as { baseline: Snapshot; before: Snapshot };
  const readyAt = supersededDeploys(records.slice(0, index))?.readyAt ?? before.takenAt;
  return { baseline: baseline.snapshot, deploy: { before: before.snapshot, readyAt, endedAt: null } };
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
