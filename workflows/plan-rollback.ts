import { ApplicationFailure } from '@temporalio/common';
import { sleep, workflowInfo } from '@temporalio/workflow';
import { describeOwners } from '../src/domain/owners/describe-owners.ts';
import { distinctOwners, type InTarget, ownersInTheWay } from '../src/domain/owners/policy.ts';
import { parsePlanRequest } from '../src/domain/parse-message.ts';
import { countPlans } from '../src/domain/plan-counts.ts';
import { StepFailure, type StepFailureType } from '../src/domain/step-failure.ts';
import { whyRefused } from '../src/domain/why-refused.ts';
import type { Activities, ProofReport, SnapshotCheck } from '../src/schema/activities.ts';
import type { PlanSummary, Snapshot } from '../src/schema/plan.ts';
import type { PlanDescription, PlanRequest, PlanView, TargetPlanView } from '../src/schema/plan-view.ts';
import { ownIds } from './get-ready.ts';
import { workQueue } from './messages.ts';
import { callActivity } from './proxies.ts';
import { batchInputs } from './restore/batches.ts';
import { everywhere } from './restore/everywhere.ts';
import { planAll, readLive, windowOf } from './restore/prepare.ts';
import type { RestoreInput, Steps } from './restore/steps.ts';
import { stepFailureOf } from './step-failure.ts';
import type { Accepted } from './take-baseline.ts';

/**
 * Says what a rollback asked for now would do, and changes nothing: it takes no lock, writes no journal, and runs beside
 * whatever is open. Fails only when the request is wrong or Belay itself cannot answer.
 */
export async function planRollback(request: unknown): Promise<PlanView> {
  const parsed = parsePlanRequest(request);
  if (parsed.kind === 'malformed') throw ApplicationFailure.nonRetryable(`request: ${parsed.why}`, 'RequestRejected');
  try {
    return await plan(parsed.message);
  } catch (error) {
    return refusedBy(stepFailureOf(error), parsed.message);
  }
}

/** These say something about the application: a rollback would be refused for them. The others are Belay's own. */
const refusing: readonly StepFailureType[] = [
  'ClusterUnreachable',
  'ClusterChanged',
  'Denied',
  'Invalid',
  'ScopeUnreadable',
  'SnapshotMissing',
  'SnapshotCorrupt',
  'Timeout',
];

function refusedBy(failure: unknown, asked: PlanRequest): PlanView {
  if (!(failure instanceof StepFailure)) throw failure;
  if (refusing.includes(failure.type)) return refused(asked, failure.message);
  throw ApplicationFailure.nonRetryable(failure.message, failure.type);
}

async function plan(asked: PlanRequest): Promise<PlanView> {
  const { application, environment } = asked;
  const to = asked.to ?? null;
  const guardId = `plan/${workflowInfo().firstExecutionRunId}`;
  const resolution = await call(
    'resolveRequest',
    { kind: 'plan', ...ownIds(), application, environment, guardId, to },
    workQueue,
    to ?? 'what to go back to',
  );
  if (resolution.kind === 'ended') throw new Error('a plan has no guard that could have ended');
  if (resolution.kind === 'nothing') return refused(asked, resolution.reason);
  const input = await openSnapshots(resolution);
  if (typeof input === 'string') return refused(asked, input);
  const baseline = { id: input.baseline.snapshot.id, because: resolution.because ?? 'last known good' };
  return await planUntilSettled(input, asked, baseline);
}

function refused(asked: PlanRequest, reason: string, baseline: PlanView['baseline'] = null): PlanView {
  return {
    ...nameOf(asked),
    verdict: 'refused',
    reasons: [reason],
    baseline,
    live: null,
    counts: countPlans([]),
    targets: [],
  };
}

function nameOf({ application, environment, by }: PlanRequest) {
  return { application, environment, by: by ?? null };
}

/** Both snapshots are read to the last byte before anything is promised of them. */
async function openSnapshots({ run, request, baseline, deploy }: Accepted): Promise<RestoreInput | string> {
  if (!baseline || !deploy) throw new Error('a plan names what to restore and which deploy to undo');
  const open = (snapshot: typeof baseline) =>
    call('checkSnapshot', { run, snapshot, clusterIds: {} }, workQueue, snapshot.id.slice(0, 6));
  const [target, before] = await Promise.all([open(baseline), open(deploy.before)]);
  if (target.kind !== 'usable') return unusable('the snapshot to restore', target);
  if (before.kind !== 'usable') return unusable('the state before the deploy', before);
  return {
    run,
    request,
    baseline: target.snapshot,
    before: before.snapshot,
    windowStart: deploy.readyAt,
    windowEnd: deploy.endedAt,
  };
}

function unusable(what: string, check: Exclude<SnapshotCheck, { kind: 'usable' }>): string {
  return `${what} is ${check.kind}: ${check.reason}`;
}

/** A deploy may be running: what moves is read again a few times, then told as it is. */
const mostRounds = 5;
const roundPause = 2000;

type Look =
  | {
      readonly kind: 'made';
      readonly live: Snapshot;
      readonly made: readonly Made[];
      readonly met: readonly InTarget[];
    }
  | { readonly kind: 'moving'; readonly targets: readonly string[] }
  | { readonly kind: 'strange'; readonly target: string };

async function planUntilSettled(
  input: RestoreInput,
  asked: PlanRequest,
  baseline: NonNullable<PlanView['baseline']>,
): Promise<PlanView> {
  for (let round = 1; ; round++) {
    const seen = await look(input);
    if (round === mostRounds || !isInFlux(seen)) return await tell(seen, { input, asked, baseline });
    await sleep(roundPause, { summary: 'objects in flux: plan again' });
  }
}

async function look(input: RestoreInput): Promise<Look> {
  const collected = await readLive(steps, input, 'plan');
  if (collected.kind === 'moving') return collected;
  const live = await steps.sealSnapshot({ run: input.run, request: input.request, parts: collected.readings });
  const strange = strangeTarget(input, live);
  if (strange) return { kind: 'strange', target: strange };
  return {
    kind: 'made',
    live,
    made: await makePlans(input, live),
    met: distinctOwners(input.request.targets, collected.readings),
  };
}

function isInFlux(seen: Look): boolean {
  return seen.kind === 'moving' || (seen.kind === 'made' && seen.made.some(isUnsettled));
}

async function tell(seen: Look, question: Question): Promise<PlanView> {
  const { asked, baseline } = question;
  if (seen.kind === 'moving') return refused(asked, `still in flux: ${seen.targets.join(', ')}`, baseline);
  if (seen.kind === 'made') return await describe(seen, question);
  return refused(asked, `target ${seen.target} is not the cluster its baseline was taken from`, baseline);
}

function strangeTarget({ baseline, before }: RestoreInput, live: Snapshot): string | undefined {
  return Object.entries(live.clusterIds).find(
    ([target, id]) => baseline.clusterIds[target] !== id || before.clusterIds[target] !== id,
  )?.[0];
}

interface Made {
  readonly plan: PlanSummary;
  readonly proofs: readonly ProofReport[];
}

async function makePlans(input: RestoreInput, live: Snapshot): Promise<Made[]> {
  const plans = await planAll(steps, input, { quietAt: live.takenAt }, live);
  const proofs = await everywhere(batchInputs(input, plans), (batch) =>
    steps.proveBatch({ ...batch, when: 'prepare' }),
  );
  return plans.map((plan) => ({ plan, proofs: proofs.filter(({ target }) => target === plan.target) }));
}

function isUnsettled(made: Made): boolean {
  return unsettledIn(made).length > 0;
}

function unsettledIn({ plan, proofs }: Made): string[] {
  return [...new Set([...plan.unsettled, ...proofs.flatMap(({ moved }) => moved ?? [])])];
}

interface Question {
  readonly input: RestoreInput;
  readonly asked: PlanRequest;
  readonly baseline: NonNullable<PlanView['baseline']>;
}

/** Of all targets together: a larger answer would be a burden to history and to whoever reads it. */
const mostBytes = 200_000;

async function describe(
  { live, made, met }: Extract<Look, { kind: 'made' }>,
  { input, asked, baseline }: Question,
): Promise<PlanView> {
  const bytes = Math.floor(mostBytes / made.length);
  const targets = await everywhere(made, async (own): Promise<TargetPlanView> => {
    const { target: id, plan } = own.plan;
    const target = input.request.targets.find((candidate) => candidate.id === id);
    if (!target) throw new Error(`there is no target ${id}`);
    const window = windowOf(input, live.takenAt, id);
    const description = await call('describePlan', { run: input.run, target, plan, window, bytes }, workQueue, id);
    return { ...description, ...findings(own) };
  });
  const policy = input.request.owners ?? 'ignore';
  const reasons = [...ownersInTheWay(policy, met), ...whyRefused(targets)];
  return {
    ...nameOf(asked),
    verdict: reasons.length === 0 ? 'possible' : 'refused',
    reasons,
    baseline,
    live: live.snapshot.id,
    counts: countPlans(made.map(({ plan }) => plan)),
    ...(met.length > 0 ? { owners: describeOwners(policy, met) } : {}),
    targets,
  };
}

const longestList = 50;

function findings(made: Made): Omit<TargetPlanView, keyof PlanDescription> {
  return {
    counts: made.plan.counts,
    proven: made.proofs.reduce((sum, { proven }) => sum + proven, 0),
    unproven: made.proofs.flatMap(({ failed }) => failed).slice(0, longestList),
    deferred: made.proofs.flatMap(({ deferred }) => deferred).slice(0, longestList),
    unsettled: unsettledIn(made).slice(0, longestList),
    ...(made.plan.suspects ? { suspects: made.plan.suspects } : {}),
  };
}

const steps: Pick<Steps, 'takeSnapshot' | 'sealSnapshot' | 'planRestore' | 'proveBatch'> = {
  takeSnapshot: (input) => call('takeSnapshot', input, input.target.taskQueue, `${input.target.id} what is live`),
  sealSnapshot: (input) => call('sealSnapshot', input, workQueue, `${input.parts.length} targets`),
  planRestore: (input) => call('planRestore', input, input.target.taskQueue, input.target.id),
  proveBatch: (input) => call('proveBatch', input, input.target.taskQueue, `${input.target.id} ${input.stage}`),
};

function call<Name extends keyof Activities>(
  name: Name,
  input: Parameters<Activities[Name]>[0],
  taskQueue: string,
  summary: string,
): ReturnType<Activities[Name]> {
  return callActivity(name, input, { taskQueue, summary, stretch: 'beforePivot' });
}
