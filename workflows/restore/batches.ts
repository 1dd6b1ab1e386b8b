import { type Pivot, pivotOf } from '../../src/domain/plan/stages.ts';
import type { BatchInput } from '../../src/schema/activities.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import type { PlanStage, PlanSummary, WriteReport, WriteResult } from '../../src/schema/plan.ts';
import type { ResolvedTarget } from '../../src/schema/resolved-request.ts';
import type { Attempt, RestoreInput, Steps } from './steps.ts';

/** Stages that have something to do in any cluster on that side of the pivot, in order: the barriers. */
export function stagesOf(plans: readonly PlanSummary[], pivot: Pivot): readonly PlanStage[] {
  const used = new Map(plans.flatMap(({ stages }) => stages.map((stage) => [stage.order, stage] as const)));
  return [...used.values()]
    .filter(({ order }) => pivotOf(order) === pivot)
    .sort((one, other) => one.order - other.order);
}

/** Carries out one batch by what its stage does, but for what people leave as it is. */
export function carryOut(steps: Steps, { does }: Pick<PlanStage, 'does'>, input: BatchInput): Promise<WriteReport> {
  const batch = { ...input, ...exceptLeft(steps, input.target.id) };
  return does === 'delete' ? steps.deleteBatch(batch) : steps.writeBatch(batch);
}

/** What people leave as it is in one target. */
export function exceptLeft(steps: Pick<Steps, 'left'>, id: string): Pick<BatchInput, 'except'> {
  const except = steps.left().flatMap(({ target, object }) => (target === id ? [object] : []));
  return except.length > 0 ? { except } : {};
}

export function targetNamed({ request }: Pick<RestoreInput, 'request'>, id: string): ResolvedTarget {
  const found = request.targets.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no target ${id}`);
  return found;
}

export function stageNamed(plans: readonly PlanSummary[], name: string): PlanStage {
  const found = plans.flatMap(({ stages }) => stages).find(({ stage }) => stage === name);
  if (!found) throw new Error(`no stage ${name}`);
  return found;
}

/** Stages that send requests to backends which had to be restored before. */
export function isRouting(stage: string): boolean {
  return /^traffic( \d+)?$/.test(stage);
}

/** Where a batch is to be found. */
export type Batch = Pick<Attempt, 'target' | 'stage' | 'batch'>;

/** The batches of every cluster, or of one stage in every cluster. */
export function batchesOf(plans: readonly PlanSummary[], stage?: string): readonly Batch[] {
  return plans.flatMap(({ target, stages }) =>
    stages
      .filter((candidate) => stage === undefined || candidate.stage === stage)
      .flatMap((own) => own.batches.map((_, batch) => ({ target, stage: own.stage, batch }))),
  );
}

/** The same as activities take them. */
export function batchInputs(
  input: Pick<RestoreInput, 'run' | 'request'>,
  plans: readonly PlanSummary[],
  stage?: string,
): readonly BatchInput[] {
  return batchesOf(plans, stage).map((batch) => batchInput(input, plans, batch));
}

export function batchInput(
  input: Pick<RestoreInput, 'run' | 'request'>,
  plans: readonly PlanSummary[],
  { target: id, stage, batch }: Batch,
): BatchInput {
  const plan = plans.find((candidate) => candidate.target === id);
  if (!plan) throw new Error(`no plan for target ${id}`);
  return { run: input.run, target: targetNamed(input, id), plan: plan.plan, stage, batch };
}

export function isSettled(result: WriteResult): boolean {
  return result.kind === 'done' || result.kind === 'already';
}

/** A definite no, as against an answer that is still to come. */
export function isDefiniteFailure(result: WriteResult): boolean {
  return result.kind === 'failed' || result.kind === 'newcomer';
}

export function whyNot(result: WriteResult): string {
  if (result.kind === 'newcomer') return `changed by ${result.manager} after the plan was made`;
  return 'reason' in result ? result.reason : '';
}

/** What is known of the object after the write, in a person's words: "expected gone, is unchanged". */
const actuals: Readonly<Record<WriteResult['kind'], string>> = {
  done: 'written',
  already: 'already so',
  failed: 'unchanged',
  newcomer: 'changed by somebody else',
  unclear: 'unclear',
  unreachable: 'not reached',
};

/** What a person is shown of a report that did not settle. */
export function unsettledObjects(report: WriteReport, expected: string): BlockedObject[] {
  return report.results
    .filter((result) => !isSettled(result))
    .map((result) => ({
      target: report.target,
      object: result.object,
      expected,
      actual: actuals[result.kind],
      why: whyNot(result),
    }));
}
