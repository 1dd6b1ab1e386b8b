import { stages } from '../../src/domain/kubernetes/stages.ts';
import type { BatchInput } from '../../src/schema/activities.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import type { PlanSummary, WriteReport, WriteResult } from '../../src/schema/plan.ts';
import type { Attempt, RestoreInput } from './steps.ts';

/** Stages that have something to write in any cluster, in order: the barriers of a commit. */
export function stagesOf(plans: readonly PlanSummary[]): readonly string[] {
  const used = new Set(plans.flatMap((plan) => plan.stages.map((stage) => stage.stage)));
  return stages.filter((stage) => used.has(stage));
}

/** The batches of one stage in every cluster, as attempts nobody has made yet. */
export function attemptsOf(plans: readonly PlanSummary[], stage: string): readonly Attempt[] {
  return plans.flatMap((plan) =>
    plan.stages
      .filter((candidate) => candidate.stage === stage)
      .flatMap((candidate) =>
        candidate.batches.map(
          (_, batch): Attempt => ({ target: plan.target, stage, batch, unclear: 'all', wrote: false }),
        ),
      ),
  );
}

export function batchInput(
  input: RestoreInput,
  plans: readonly PlanSummary[],
  batch: Pick<Attempt, 'target' | 'stage' | 'batch'>,
): BatchInput {
  const target = input.request.targets.find((candidate) => candidate.id === batch.target);
  const plan = plans.find((candidate) => candidate.target === batch.target);
  if (!target || !plan) throw new Error(`no plan for target ${batch.target}`);
  return { run: input.run, target, plan: plan.plan, stage: batch.stage, batch: batch.batch };
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
