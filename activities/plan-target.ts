import { suspects } from '../src/domain/census.ts';
import { describeRef, ownersNamed, refKey } from '../src/domain/kubernetes/identity.ts';
import { canTurnWritesAway } from '../src/domain/plan/disarm.ts';
import { keysOf, pluralsToCome } from '../src/domain/plan/edges.ts';
import { heldBy } from '../src/domain/plan/going.ts';
import type { Content, PlanQuestion } from '../src/domain/plan/question.ts';
import { isWorkload, mayCarryTraffic } from '../src/domain/plan/traffic.ts';
import { makePlan, type Plan } from '../src/domain/plan.ts';
import { countVerdicts } from '../src/domain/plan-counts.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { PlanInput } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { Ref } from '../src/schema/outcome.ts';
import type { PlanSummary } from '../src/schema/plan.ts';
import type { Member, Part, PlanDocument, PlanItem } from '../src/schema/stored.ts';
import { countAgain } from './census.ts';
import type { Dependencies } from './dependencies.ts';
import { type Documents, documentsOf, required } from './documents.ts';
import { via } from './failures.ts';
import { digestOfPlan } from './plan-digest.ts';
import { healingNeeds, refusedRights } from './rights.ts';
import { scalersIn } from './scalers.ts';

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
  const [contents, beside] = await Promise.all([
    readContents(documents, parts.baseline, parts.failed),
    suspectsBeside(cluster, input, parts),
  ]);
  const plan = makePlan({
    ...contents,
    ...inTarget(input),
    before: parts.before,
    window: input.window,
    ignore: target.scope.ignore ?? [],
    consent: input.request.consent ?? [],
    scalers: await scalersIn(cluster, target),
    missingOwners: await missingOwners(cluster, contents),
  });
  const baselines = new Map(contents.baseline.map(({ member, object }) => [refKey(member.ref), object]));
  const about = { target, request: input.request, since: parts.baseline.serverTime, baselines };
  const items = await refusedRights(cluster, plan.items, {
    plurals: pluralsToCome(plan.items, baselines),
    healing: await healingNeeds(cluster, plan.items, about),
  });
  return { ...(await storePlan(deps, input, contents.live, { ...plan, items })), ...beside };
}

/** New objects that the scope does not name: nobody restores them, somebody should know. */
async function suspectsBeside(
  cluster: Cluster,
  { window }: PlanInput,
  { before, failed }: Record<'before' | 'failed', Part>,
): Promise<Pick<PlanSummary, 'suspects'>> {
  const members = new Set(failed.members.map(({ uid }) => uid));
  const found = suspects({ before, now: await countAgain(cluster, before), members, until: window.end });
  return found.length === 0 ? {} : { suspects: found.slice(0, longestList) };
}

type Contents = Pick<PlanQuestion, 'baseline' | 'live'>;

/** Equal blobs are equal objects: their content is not read, so an unchanged object costs nothing here. */
async function readContents(documents: Documents, baseline: Part, failed: Part): Promise<Contents> {
  const blobsOf = (part: Part) => new Map(part.members.map((member) => [refKey(member.ref), member.blob]));
  const [was, now] = [blobsOf(baseline), blobsOf(failed)];
  const isChanged = ({ ref }: Member) => was.get(refKey(ref)) !== now.get(refKey(ref));
  const members = [...baseline.members, ...failed.members];
  const moves = members.some((member) => isChanged(member) && mayCarryTraffic(member.ref));
  const isNeeded = (member: Member) => isChanged(member) || (moves && isBackend(member.ref));
  const objects = await documents.objects(members.filter(isNeeded).map(({ blob }) => blob));
  const withObject = (member: Member): Content => ({ member, object: objects.get(member.blob) ?? null });
  return { baseline: baseline.members.map(withObject), live: failed.members.map(withObject) };
}

/** Where requests go is only to be judged with what serves them. */
function isBackend(ref: ObjectRef): boolean {
  return mayCarryTraffic(ref) || isWorkload(ref);
}

/** Owners that objects to be made anew name, and that are not there. */
async function missingOwners(cluster: Cluster, { baseline, live }: Contents): Promise<ReadonlySet<string>> {
  const there = new Set(live.map(({ member }) => refKey(member.ref)));
  const gone = baseline.filter(({ member }) => !there.has(refKey(member.ref)));
  const owners = new Map(
    gone.flatMap(({ object }) => (object ? ownersNamed(object) : [])).map((owner) => [refKey(owner), owner]),
  );
  const missing = await Promise.all(
    [...owners.values()].map(async (owner) => ((await exists(cluster, owner)) ? [] : keysOf(owner))),
  );
  return new Set(missing.flat());
}

async function exists(cluster: Cluster, ref: ObjectRef): Promise<boolean> {
  try {
    return (await cluster.get(ref)) !== undefined;
  } catch (error) {
    if (isPortError(error) && error.kind === 'notFound') return false;
    return await via('cluster', () => Promise.reject(error));
  }
}

/** References of the request, which name no namespace where they mean the target's. */
function inTarget({ request, target }: PlanInput): Pick<PlanQuestion, 'manifests' | 'dependsOn'> {
  const here = (ref: ObjectRef): ObjectRef => ({ ...ref, namespace: ref.namespace ?? target.namespace });
  return {
    manifests: request.manifests.flatMap((ref) => [ref, here(ref)]),
    dependsOn: (request.dependsOn ?? []).map(({ object, on }) => ({ object: here(object), on: here(on) })),
  };
}

async function storePlan(
  deps: Dependencies,
  input: PlanInput,
  live: readonly Content[],
  { items, stages }: Plan,
): Promise<PlanSummary> {
  const mutable = (ref: Ref) => ({ ...ref });
  const plan: PlanDocument = {
    version: 2,
    target: input.target.id,
    baseline: mutable(input.baseline),
    before: mutable(input.before),
    failedState: mutable(input.failedState),
    items: [...items],
    stages: stages.map((stage) => ({ ...stage })),
    blockers: items.filter(isBlocking).map(({ ref }) => describeRef(ref)),
  };
  const ref = await via('store', () => deps.snapshots.putDocument('plans', plan));
  const digest = digestOfPlan(deps.snapshots, plan, { live, ignore: input.target.scope.ignore ?? [] });
  return { ...summarise(plan, ref, live), digest };
}

function isBlocking({ verdict, timing, ref }: PlanItem): boolean {
  return verdict === 'prune' && timing === 'first' && canTurnWritesAway(ref);
}

const longestList = 50;

function summarise(plan: PlanDocument, ref: Ref, live: readonly Content[]): Omit<PlanSummary, 'digest'> {
  const named = (verdict: PlanItem['verdict']) => plan.items.filter((item) => item.verdict === verdict);
  // What is refused would be waited for in vain.
  const refused = new Set(named('refuse').map(({ ref }) => refKey(ref)));
  const left = [
    ...named('leave').map((item) => ({ ref: item.ref, reason: item.reason })),
    ...plan.items.flatMap((item) => item.stays.map((reason) => ({ ref: item.ref, reason }))),
  ];
  return {
    target: plan.target,
    plan: ref,
    counts: countVerdicts(plan.items.map((item) => item.verdict)),
    stages: plan.stages.map((stage) => ({ ...stage, batches: stage.batches.map((batch) => batch.length) })),
    refused: named('refuse')
      .slice(0, longestList)
      .map((item) => ({ object: describeRef(item.ref), reason: item.reason })),
    left: left
      .slice(0, longestList)
      .map(({ ref: about, reason }) => ({ target: plan.target, object: describeRef(about), reason })),
    unsettled: live
      .filter(({ member }) => member.terminating && !refused.has(refKey(member.ref)))
      .map(({ member, object }) => going(member.ref, object)),
  };
}

function going(ref: ObjectRef, object: KubeObject | null): string {
  return `${describeRef(ref)} (going away${object ? heldBy(object) : ''})`;
}
