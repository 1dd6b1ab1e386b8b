import { workflowInfo } from '@temporalio/workflow';
import { counted } from '../src/domain/counted.ts';
import { describeFailure } from '../src/domain/judge-guard.ts';
import { distinctOwners, ownersInTheWay } from '../src/domain/owners/policy.ts';
import { StepFailure } from '../src/domain/step-failure.ts';
import type { Resolution, SnapshotPart } from '../src/schema/activities.ts';
import type { RunResult } from '../src/schema/outcome.ts';
import type { Snapshot } from '../src/schema/plan.ts';
import type { TargetView } from '../src/schema/status.ts';
import type { Ending } from './conclude.ts';
import { workQueue } from './messages.ts';
import { present } from './present.ts';
import { callActivity } from './proxies.ts';
import { enter, identityOf, note, record, requestOf, tell } from './run.ts';
import type { RunState } from './run-state.ts';
import { stepFailureOf } from './step-failure.ts';
import { type Accepted, lockEverywhere, sameClusterTwice, takeSnapshot } from './take-baseline.ts';

/**
 * Everything up to "ready". `null` means ready: the deploy may write. Whatever goes wrong before that lets no deploy
 * through and ends `unready`; only a request that is wrong in itself fails the run.
 */
export async function getReady(state: RunState): Promise<Ending | RunResult | null> {
  try {
    const ended = await resolve(state);
    if (ended) return ended;
    return stopAsked(state) ?? (await takeBaseline(state)) ?? stopAsked(state) ?? (await sayReady(state));
  } catch (error) {
    const failure = stepFailureOf(error);
    if (failure instanceof StepFailure && failure.type === 'RequestRejected') throw failure;
    if (!(failure instanceof StepFailure)) throw error;
    return { outcome: 'unready', reason: failure.message };
  }
}

async function resolve(state: RunState): Promise<RunResult | null> {
  const resolution = await callActivity(
    'resolveRequest',
    { kind: 'guard', request: state.argument, ...ownIds() },
    { taskQueue: workQueue, summary: `${state.application} in ${state.environment}`, stretch: 'beforePivot' },
  );
  if (resolution.kind === 'ended') return resolution.result;
  if (resolution.kind === 'nothing') throw new Error('a guard always has something to guard');
  accept(state, resolution);
  return null;
}

/** What names this run for good, also after continue-as-new. */
export function ownIds(): { workflowId: string; firstRunId: string } {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return { workflowId, firstRunId: firstExecutionRunId };
}

export function accept(state: RunState, resolution: Extract<Resolution, { kind: 'accepted' }>): void {
  state.run = resolution.run;
  state.request = resolution.request;
  state.targets = resolution.request.targets.map(
    (target): TargetView => ({
      id: target.id,
      cluster: target.cluster,
      namespace: target.namespace,
      verdict: null,
      evidence: [],
      plan: null,
      written: null,
      healthy: null,
      verified: null,
    }),
  );
  const sources = state.type === 'guardDeploy' ? resolution.request.detect : undefined;
  state.sources = sources?.map(({ name, kind }) => ({ name, kind, verdict: null, evidence: [] })) ?? [];
  state.inherited = resolution.baseline;
  state.windowStart = resolution.deploy?.readyAt ?? null;
  present(state);
}

function stopAsked(state: RunState): Ending | null {
  if (state.superseded)
    return {
      outcome: 'superseded',
      by: state.superseded.by,
      reason: `superseded by ${state.superseded.by}: ${state.superseded.reason}`,
    };
  if (state.cancel)
    return {
      outcome: 'unready',
      by: state.cancel.by,
      reason: `cancelled by ${state.cancel.by} before ready: ${state.cancel.reason}`,
    };
  if (state.failure) return { outcome: 'unready', reason: `failed before ready: ${describeFailure(state.failure)}` };
  return null;
}

async function takeBaseline(state: RunState): Promise<Ending | null> {
  const twice = await sameClusterTwice(state);
  if (twice !== null) return { outcome: 'unready', reason: twice };
  await lockEverywhere(state);
  note(state, { key: 'baseline', mark: 'running', title: 'baseline', text: '' });
  const { snapshot: before, parts } = await takeSnapshot(state);
  const inherited = state.inherited ? await openInherited(state, state.inherited, before) : before;
  if (!('snapshot' in inherited)) return inherited;
  state.before = before;
  state.baseline = inherited;
  await record(state, 'baseline', 'baseline', { before, baseline: inherited, windowStart: state.windowStart });
  const { snapshot, objects } = inherited;
  const seen = `${counted(objects, 'object')}, one instant across ${counted(state.targets.length, 'target')}`;
  const text = `${snapshot.id.slice(0, 6)}      ${seen}`;
  note(state, { key: 'baseline', mark: 'done', title: 'baseline', text });
  warnOfOwners(state, parts);
  return null;
}

/** Before the deploy there is still time to suspend them, or to say in the request what is to become of them. */
function warnOfOwners(state: RunState, parts: readonly SnapshotPart[]): void {
  const { targets, owners: policy = 'ignore' } = requestOf(state);
  const inTheWay = ownersInTheWay(policy, distinctOwners(targets, parts));
  if (inTheWay.length === 0) return;
  const text = `a rollback would be refused: ${inTheWay.join('; ')}`;
  note(state, { key: 'owners at ready', mark: 'warning', title: 'owners', text });
}

/** After a supersede the state to go back to is older than this deploy: it must still be there, and fit. */
async function openInherited(
  state: RunState,
  inherited: NonNullable<Accepted['baseline']>,
  before: Snapshot,
): Promise<Snapshot | Ending> {
  const input = { run: identityOf(state), snapshot: inherited, clusterIds: before.clusterIds };
  const check = await callActivity('checkSnapshot', input, {
    taskQueue: workQueue,
    summary: inherited.id.slice(0, 6),
    stretch: 'beforePivot',
  });
  if (check.kind === 'usable') return check.snapshot;
  return { outcome: 'unready', reason: `the baseline to go back to is ${check.kind}: ${check.reason}` };
}

async function sayReady(state: RunState): Promise<Ending | null> {
  await record(state, 'ready', 'ready', { readyAt: state.before?.takenAt ?? {} });
  const stopped = stopAsked(state);
  if (stopped) return stopped;
  state.readyAt = Date.now();
  enter(state, 'guarding');
  await tell(state, { event: 'ready' });
  return null;
}
