import { counted } from '../../src/domain/counted.ts';
import { countPlans, describeCounts } from '../../src/domain/plan-counts.ts';
import type { PlanInput, ProofReport, SnapshotPart } from '../../src/schema/activities.ts';
import type { PlanSummary, Snapshot } from '../../src/schema/plan.ts';
import type { PreparedRecord } from '../../src/schema/unfinished-run.ts';
import { batchInputs } from './batches.ts';
import { everywhere } from './everywhere.ts';
import { cancelOrRevert, go, type Next, refused } from './next.ts';
import { ask, beforeFirstWrite } from './patience.ts';
import { type DoubleCollect, readTwice } from './read-twice.ts';
import type { RestoreInput, RestoreState, Steps } from './steps.ts';
import { noteSuspects } from './suspects.ts';

/** What one round of preparing found; nothing is changed in any cluster while it is made. */
type Prepared =
  | {
      readonly kind: 'ready';
      readonly failedState: Snapshot;
      readonly plans: readonly PlanSummary[];
      readonly proven: number;
      /** Stages with something still to be proven. */
      readonly deferred: readonly string[];
    }
  | { readonly kind: 'unsettled'; readonly objects: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** Objects that are going away or moving get this many rounds, two seconds apart, before the plan is refused. */
const mostRounds = 15;
const roundPause = 2000;

export async function prepare(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Next> {
  steps.enter('restoring');
  const prepared = await prepareSettled(steps, input, state);
  if (prepared.kind === 'ready') return await recordPrepared(steps, input, state, prepared);
  return cancelOrRevert(steps, state) ?? refused(prepared.reason);
}

/** Round after round, until a plan can be made of what stands still. A cancel ends it at the next barrier. */
export async function prepareSettled(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
): Promise<Exclude<Prepared, { kind: 'unsettled' }>> {
  for (let round = 1; ; round++) {
    const cancelled = steps.cancelled();
    if (cancelled) return { kind: 'refused', reason: `cancelled by ${cancelled.by}` };
    const prepared = await prepareRound(steps, input, state);
    if (prepared.kind !== 'unsettled') return prepared;
    if (round === mostRounds) return { kind: 'refused', reason: `still in flux: ${prepared.objects.join(', ')}` };
    await steps.sleep(roundPause, 'objects in flux: prepare again');
  }
}

async function prepareRound(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Prepared> {
  const asked = await ask(steps, 'preparing', input.request.unreachableWait, () => prepareOnce(steps, input, state));
  if (asked.kind === 'answer') return asked.value;
  return { kind: 'refused', reason: beforeFirstWrite(asked) };
}

async function prepareOnce(steps: Steps, input: RestoreInput, state: RestoreState): Promise<Prepared> {
  const collected = await readLive(steps, input, 'state');
  if (collected.kind === 'moving') return { kind: 'unsettled', objects: collected.targets };
  const failedState = await steps.sealSnapshot({ run: input.run, request: input.request, parts: collected.readings });
  steps.presentFailedState(failedState);
  const check = await steps.checkSnapshot({
    run: input.run,
    snapshot: input.baseline.snapshot,
    clusterIds: failedState.clusterIds,
  });
  if (check.kind !== 'usable') return { kind: 'refused', reason: `the baseline is ${check.kind}: ${check.reason}` };
  const plans = await planAll(steps, input, state, failedState);
  return judgePlans(plans) ?? (await provePlans(steps, input, failedState, plans));
}

/** All targets at one instant; nothing is changed by it. */
export function readLive(
  steps: Pick<Steps, 'takeSnapshot'>,
  { run, request, baseline }: Pick<RestoreInput, 'run' | 'request' | 'baseline'>,
  purpose: 'state' | 'plan',
): Promise<DoubleCollect<SnapshotPart>> {
  return readTwice(request.targets, (target) =>
    steps.takeSnapshot({
      run,
      target,
      request,
      purpose,
      alsoMembersOf: baseline.parts[target.id] ?? null,
    }),
  );
}

/** `quietAt`: server time per target up to which a change counts as the deploy's, when the deploy's end is not known. */
export function planAll(
  steps: Pick<Steps, 'planRestore'>,
  input: RestoreInput,
  { quietAt }: Pick<RestoreState, 'quietAt'>,
  failedState: Snapshot,
): Promise<PlanSummary[]> {
  return everywhere(input.request.targets, (target) =>
    steps.planRestore({
      run: input.run,
      target,
      request: input.request,
      baseline: input.baseline.snapshot,
      before: input.before.snapshot,
      failedState: failedState.snapshot,
      window: windowOf(input, quietAt, target.id),
    }),
  );
}

export function windowOf(
  { windowStart, windowEnd }: RestoreInput,
  quietAt: RestoreState['quietAt'],
  target: string,
): PlanInput['window'] {
  return { start: windowStart[target] ?? '', end: windowEnd?.[target] ?? quietAt[target] ?? '' };
}

function judgePlans(plans: readonly PlanSummary[]): Prepared | null {
  const refusals = plans.flatMap((plan) => plan.refused.map((item) => `${plan.target}/${item.object}: ${item.reason}`));
  if (refusals.length > 0) return { kind: 'refused', reason: refusals.join('; ') };
  const unsettled = plans.flatMap((plan) => plan.unsettled.map((object) => `${plan.target}/${object}`));
  return unsettled.length > 0 ? { kind: 'unsettled', objects: unsettled } : null;
}

async function provePlans(
  steps: Steps,
  input: RestoreInput,
  failedState: Snapshot,
  plans: readonly PlanSummary[],
): Promise<Prepared> {
  steps.presentPlans(plans);
  const batches = batchInputs(input, plans);
  const proofs = await everywhere(batches, (batch) => steps.proveBatch({ ...batch, when: 'prepare' }));
  const failed = proofs.flatMap((proof) =>
    proof.failed.map((item) => `${proof.target}/${item.object}: ${item.reason}`),
  );
  if (failed.length > 0) return { kind: 'refused', reason: `not provable by dry run: ${failed.join('; ')}` };
  const moved = proofs.flatMap((proof) => (proof.moved ?? []).map((object) => `${proof.target}/${object}`));
  if (moved.length > 0) return { kind: 'unsettled', objects: moved };
  return {
    kind: 'ready',
    failedState,
    plans,
    proven: sum(proofs),
    deferred: [
      ...new Set(proofs.flatMap((proof, index) => (proof.deferred.length > 0 ? [batches[index]?.stage ?? ''] : []))),
    ],
  };
}

function sum(proofs: readonly ProofReport[]): number {
  return proofs.reduce((total, proof) => total + proof.proven, 0);
}

type Ready = Extract<Prepared, { kind: 'ready' }>;

/** `7 of 8 writes proven by dry run, 1 deferred` */
export function describeProof({ plans, proven, deferred }: Ready): string {
  const { update, create, recreate } = countPlans(plans);
  const writes = update + create + recreate;
  const waiting = deferred.length > 0 ? `, ${writes - proven} deferred` : '';
  return `${proven} of ${counted(writes, 'write')} proven by dry run${waiting}`;
}

async function recordPrepared(
  steps: Steps,
  { request }: RestoreInput,
  state: RestoreState,
  prepared: Ready,
): Promise<Next> {
  const counts = countPlans(prepared.plans);
  const { failedState, plans, deferred } = prepared;
  const { quietAt, rounds: round, owners = [], prepared: nth = 0 } = state;
  const written: PreparedRecord = { failedState, plans, deferred, quietAt, round, owners };
  await steps.record('prepared', `prepared/${nth}`, { ...written, counts });
  const text = `${describeCounts(counts)}; ${describeProof(prepared)}`;
  steps.note({ key: 'plan', mark: 'done', title: 'plan', text });
  noteSuspects(steps, prepared.plans);
  const phase = request.onFailure === 'approve' ? 'approve' : 'commit';
  return go({ ...state, phase, failedState, plans, deferred, prepared: nth + 1, stage: 0 });
}
