import type { Resolution, RunIdentity } from '../src/schema/activities.ts';
import type { UnfinishedRun } from '../src/schema/unfinished-run.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf } from './documents.ts';
import { fail, via } from './failures.ts';

/** A baseline taken from a half-done restore would be a mix for ever. */
export function rejectUnfinished(run: UnfinishedRun | undefined): void {
  if (run?.hasBegun) throw fail('RunUnfinished', whyUnfinished(run));
}

export function whyUnfinished({ workflowId, runId, during }: UnfinishedRun): string {
  const application = workflowId.replace(/^belay:/, '');
  return `run ${runId} was ended from outside while ${during}: "belay rollback ${application} --recover --by <you> --reason <why>" finishes it`;
}

export async function isClosed({ runs }: Dependencies, { workflowId, runId }: UnfinishedRun): Promise<boolean> {
  return (await via('temporal', () => runs.stateOf(workflowId, runId))).kind === 'closed';
}

/** Everything comes from the journal and the store: the run's own history may be gone. */
export async function resolveRecovery(
  deps: Dependencies,
  run: RunIdentity,
  unfinished: UnfinishedRun | undefined,
): Promise<Resolution> {
  if (!unfinished) return { kind: 'nothing', run, reason: 'every run has its outcome: there is nothing to recover' };
  const reason = whyNotRecoverable(unfinished);
  if (reason !== null) return { kind: 'nothing', run, reason };
  const state = await via('temporal', () => deps.runs.stateOf(unfinished.workflowId, unfinished.runId));
  if (state.kind === 'open') return { kind: 'nothing', run, reason: `run ${unfinished.runId} is still open` };
  const { baseline, before, windowStart, windowEnd } = unfinished.basis;
  const { request } = await documentsOf(deps.snapshots).snapshot(unfinished.request);
  return {
    kind: 'accepted',
    run: { ...run, storeId: await via('store', () => deps.snapshots.id()) },
    // Who asks for it has decided.
    request: { ...request, onFailure: 'rollback' },
    baseline: baseline.snapshot,
    deploy: { before: before.snapshot, readyAt: windowStart ?? before.takenAt, endedAt: windowEnd },
    unfinished: { ...unfinished, closedAt: state.kind === 'closed' ? state.closedAt : null },
  };
}

function whyNotRecoverable({ committed, pivot, prepared }: UnfinishedRun): string | null {
  if (prepared !== null || (committed.length === 0 && pivot === 'before')) return null;
  return 'the run was begun by a version that did not record what recovering it takes; its objects are in its history';
}
