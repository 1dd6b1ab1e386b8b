import type { Activities } from '../../../src/schema/activities.ts';
import type { GuardRequest } from '../../../src/schema/guard-spec.ts';
import type { PlanStage, PlanSummary, Snapshot } from '../../../src/schema/plan.ts';
import { pollUntil } from '../poll.ts';
import { attempt } from '../site.ts';

export type Target = GuardRequest['targets'][number];

/** The protocol of a rollback by its activities alone: no workflow, no waiting for a deploy that has ended already. */
export interface Engine {
  baseline(): Promise<Snapshot>;
  rollBack(baseline: Snapshot): Promise<RolledBack>;
}

/** `refused` holds the reasons; then nothing was written. */
export type RolledBack =
  | { readonly kind: 'restored'; readonly plan: PlanSummary }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

type Call = <Name extends keyof Activities>(
  name: Name,
  input: Parameters<Activities[Name]>[0],
) => ReturnType<Activities[Name]>;

/** Enough for a write on a machine that is busy with many clusters' worth of requests. */
const patience = 30_000;

export async function openEngine(
  activities: Activities,
  name: string,
  options: { readonly target: Target; readonly consent: NonNullable<GuardRequest['consent']> },
): Promise<Engine> {
  const call: Call = (activity, input) => {
    const work = activities[activity] as (argument: typeof input) => Promise<unknown>;
    const answer: Promise<unknown> = attempt(0, patience).run(work, input);
    return answer as ReturnType<Activities[typeof activity]>;
  };
  const accepted = await call('resolveRequest', {
    kind: 'guard',
    workflowId: `belay:test/${name}`,
    firstRunId: name,
    request: {
      application: name,
      environment: 'test',
      guardId: name,
      targets: [options.target],
      consent: options.consent,
    },
  });
  const target = accepted.kind === 'accepted' ? accepted.request.targets[0] : undefined;
  if (accepted.kind !== 'accepted' || !target) throw new Error(`not accepted: ${JSON.stringify(accepted)}`);
  const site: Site = { call, run: accepted.run, request: accepted.request, target };
  return { baseline: () => capture(site, 'baseline'), rollBack: (baseline) => rollBack(site, baseline) };
}

interface Site extends Pick<Parameters<Activities['planRestore']>[0], 'run' | 'request' | 'target'> {
  readonly call: Call;
}

/** Until two passes in a row see the same: then there was an instant at which all of it was so. */
async function capture({ call, run, request, target }: Site, purpose: 'baseline' | 'state', earlier?: Snapshot) {
  const alsoMembersOf = earlier?.parts[target.id] ?? null;
  const take = () => call('takeSnapshot', { run, target, request, purpose, alsoMembersOf });
  let first = await take();
  const part = await pollUntil(
    'two equal passes',
    async () => {
      const second = await take();
      const isQuiet = second.contents === first.contents;
      first = second;
      return { isQuiet, second };
    },
    ({ isQuiet }) => isQuiet,
  );
  return await call('sealSnapshot', { run, request, parts: [part.second] });
}

async function rollBack(site: Site, baseline: Snapshot): Promise<RolledBack> {
  const plan = await prepare(site, baseline);
  if (plan.kind === 'refused') return plan;
  const { stages } = plan.plan;
  const isBefore = ({ order }: PlanStage) => order < 20_000;
  await carryOut(site, plan, stages.filter(isBefore));
  await verify(site, plan.plan, 'updates');
  await carryOut(
    site,
    plan,
    stages.filter((stage) => !isBefore(stage)),
  );
  await verify(site, plan.plan, 'baseline');
  return { kind: 'restored', plan: plan.plan };
}

interface Ready {
  readonly kind: 'restored';
  readonly plan: PlanSummary;
  readonly deferred: ReadonlySet<string>;
}

type Prepared = Ready | Extract<RolledBack, { kind: 'refused' }>;

/** Controllers move versions at any time: then it is planned anew, as the workflow does. */
async function prepare(site: Site, baseline: Snapshot): Promise<Prepared> {
  const found = await pollUntil(
    'a plan that nothing moves under',
    () => prepareOnce(site, baseline),
    (prepared) => prepared.kind !== 'moved',
  );
  if (found.kind === 'moved') throw new Error('never answered');
  return found;
}

async function prepareOnce(site: Site, baseline: Snapshot): Promise<Prepared | { kind: 'moved'; what: string[] }> {
  const { call, run, request, target } = site;
  const failed = await capture(site, 'state', baseline);
  const plan = await call('planRestore', {
    run,
    target,
    request,
    baseline: baseline.snapshot,
    before: baseline.snapshot,
    failedState: failed.snapshot,
    window: { start: baseline.takenAt[target.id] ?? '', end: failed.takenAt[target.id] ?? '' },
  });
  const refused = plan.refused.map(({ object, reason }) => `${object}: ${reason}`);
  const left = plan.left.flatMap(({ object, reason }) =>
    object.startsWith('CustomResourceDefinition/') && reason === 'it existed before this deploy began'
      ? []
      : [`${object} left: ${reason}`],
  );
  if (refused.length + left.length > 0) return { kind: 'refused', reasons: [...refused, ...left] };
  if (plan.unsettled.length > 0) return { kind: 'moved', what: [...plan.unsettled] };
  const proofs = await Promise.all(
    batchesOf(plan, plan.stages).map(async (batch) => ({
      stage: batch.stage,
      proof: await call('proveBatch', { run, target, ...batch, when: 'prepare' }),
    })),
  );
  const unproven = proofs.flatMap(({ proof }) => proof.failed);
  if (unproven.length > 0) throw new Error(`not provable: ${JSON.stringify(unproven)}`);
  const moved = proofs.flatMap(({ proof }) => proof.moved ?? []);
  if (moved.length > 0) return { kind: 'moved', what: moved };
  const deferred = proofs.flatMap(({ stage, proof }) => (proof.deferred.length > 0 ? [stage] : []));
  return { kind: 'restored', plan, deferred: new Set(deferred) };
}

function batchesOf({ plan }: PlanSummary, stages: readonly PlanStage[]) {
  return stages.flatMap(({ stage, batches }) => batches.map((_, batch) => ({ plan, stage, batch })));
}

async function carryOut(site: Site, { plan, deferred }: Ready, stages: readonly PlanStage[]): Promise<void> {
  for (const stage of stages) {
    const batches = batchesOf(plan, [stage]);
    if (deferred.has(stage.stage)) await proveNow(site, batches);
    for (const batch of batches) await carryOutBatch(site, stage.does, batch);
  }
}

type Batch = ReturnType<typeof batchesOf>[number];

async function proveNow({ call, run, target }: Site, batches: readonly Batch[]): Promise<void> {
  for (const batch of batches) {
    const { failed } = await call('proveBatch', { run, target, ...batch, when: 'stage' });
    if (failed.length > 0) throw new Error(`not provable in its stage: ${JSON.stringify(failed)}`);
  }
}

async function carryOutBatch({ call, run, target }: Site, does: PlanStage['does'], batch: Batch): Promise<void> {
  const activity = does === 'delete' ? 'deleteBatch' : 'writeBatch';
  await pollUntil(
    `${batch.stage} to be done`,
    async () => {
      const { results } = await call(activity, { run, target, ...batch });
      const no = results.filter(({ kind }) => kind === 'failed' || kind === 'newcomer');
      if (no.length > 0) throw new Error(`${batch.stage}: ${JSON.stringify(no)}`);
      return results;
    },
    (results) => results.every(({ kind }) => kind === 'done' || kind === 'already'),
  );
}

async function verify({ call, run, target, request }: Site, plan: PlanSummary, expect: 'updates' | 'baseline') {
  const { differences } = await call('verifyTarget', { run, target, request, plan: plan.plan, expect });
  if (differences.length > 0) throw new Error(`the engine itself sees differences: ${JSON.stringify(differences)}`);
}
