import { describeRef, refKey } from '../src/domain/kubernetes/identity.ts';
import { type Content, planItems, pruneItems, stageItems } from '../src/domain/plan.ts';
import { countVerdicts } from '../src/domain/plan-counts.ts';
import type { PlanInput } from '../src/schema/activities.ts';
import type { Ref } from '../src/schema/outcome.ts';
import type { PlanSummary } from '../src/schema/plan.ts';
import type { Member, Part, PlanDocument, PlanItem } from '../src/schema/stored.ts';
import { autoscaledIn } from './autoscaled.ts';
import type { Dependencies } from './dependencies.ts';
import { type Documents, documentsOf, required } from './documents.ts';
import { via } from './failures.ts';
import { refusedRights } from './rights.ts';

/** Compares baseline and failed state, decides, asks for the rights it takes to do and to undo, and stores the plan. */
export async function planTarget(deps: Dependencies, input: PlanInput): Promise<PlanSummary> {
  const { target } = input;
  const documents = documentsOf(deps.snapshots);
  const cluster = await via('cluster', async () => deps.clusters(target.cluster));
  const [baseline, before, failed] = await Promise.all(
    [input.baseline, input.before, input.failedState].map((snapshot) => documents.partOf(snapshot, target.id)),
  );
  const parts = {
    baseline: required(baseline, 'baseline'),
    before: required(before, 'before'),
    failed: required(failed, 'failed state'),
  };
  const contents = await readContents(documents, parts.baseline, parts.failed);
  const items = planItems({
    ...contents,
    before: parts.before,
    manifests: inTarget(input),
    window: input.window,
    ignore: target.scope.ignore ?? [],
    autoscaled: await autoscaledIn(cluster, target),
  });
  const allowed = await refusedRights(cluster, items);
  return await storePlan(deps, input, parts.failed, allowed);
}

/** Equal blobs are equal objects: their content is not read, so an unchanged object costs nothing here. */
async function readContents(
  documents: Documents,
  baseline: Part,
  failed: Part,
): Promise<{ baseline: Content[]; live: Content[] }> {
  const live = new Map(failed.members.map((member) => [refKey(member.ref), member.blob]));
  const was = new Map(baseline.members.map((member) => [refKey(member.ref), member.blob]));
  const changed = baseline.members.filter((member) => live.get(refKey(member.ref)) !== member.blob);
  const news = failed.members.filter((member) => was.get(refKey(member.ref)) !== member.blob);
  const objects = await documents.objects([...changed, ...news].map(({ blob }) => blob));
  const withObject = (member: Member): Content => ({ member, object: objects.get(member.blob) ?? null });
  return { baseline: baseline.members.map(withObject), live: failed.members.map(withObject) };
}

function inTarget({ request, target }: PlanInput) {
  return request.manifests.flatMap((ref) => [ref, { ...ref, namespace: ref.namespace ?? target.namespace }]);
}

async function storePlan(
  deps: Dependencies,
  input: PlanInput,
  failed: Part,
  items: readonly PlanItem[],
): Promise<PlanSummary> {
  const stages = stageItems(items);
  const prunes = pruneItems(items);
  const mutable = (ref: Ref) => ({ ...ref });
  const plan: PlanDocument = {
    version: 1,
    target: input.target.id,
    baseline: mutable(input.baseline),
    before: mutable(input.before),
    failedState: mutable(input.failedState),
    items: [...items],
    stages,
    prunes,
  };
  const ref = await via('store', () => deps.snapshots.putDocument('plans', plan));
  return summarise(plan, ref, failed);
}

const longestList = 50;

function summarise(plan: PlanDocument, ref: Ref, failed: Part): PlanSummary {
  const sizes = (stage: PlanDocument['stages'][number]) => ({
    stage: stage.stage,
    batches: stage.batches.map((batch) => batch.length),
  });
  const named = (verdict: PlanItem['verdict']) =>
    plan.items.filter((item) => item.verdict === verdict).slice(0, longestList);
  return {
    target: plan.target,
    plan: ref,
    counts: countVerdicts(plan.items.map((item) => item.verdict)),
    stages: plan.stages.map(sizes),
    prunes: plan.prunes ? sizes(plan.prunes) : null,
    refused: named('refuse').map((item) => ({ object: describeRef(item.ref), reason: item.reason })),
    left: named('leave').map((item) => ({ target: plan.target, object: describeRef(item.ref), reason: item.reason })),
    unsettled: failed.members.filter((member) => member.terminating).map((member) => describeRef(member.ref)),
  };
}
