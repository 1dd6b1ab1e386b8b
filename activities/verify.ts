import { cutDifferences } from '../src/domain/cut-differences.ts';
import { changedPointers } from '../src/domain/kubernetes/canonical.ts';
import { describeRef, isTerminating, refKey, refOf, uidOf } from '../src/domain/kubernetes/identity.ts';
import type { Ignore } from '../src/domain/kubernetes/ignore.ts';
import { sameOwnership } from '../src/domain/kubernetes/ownership.ts';
import { asCreated } from '../src/domain/kubernetes/writable.ts';
import { ignoreFor } from '../src/domain/plan/autoscaling.ts';
import type { VerifyInput, VerifyReport } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { BlockedObject } from '../src/schema/outcome.ts';
import type { PlanDocument, PlanItem } from '../src/schema/stored.ts';
import { collect } from './collect.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf } from './documents.ts';
import { via } from './failures.ts';
import { fingerprints } from './fingerprints.ts';
import { identify } from './identify.ts';
import { byKey, writerOf } from './members.ts';
import { isReached } from './write-batch.ts';

/** What an object must be for the claim to hold: this content, gone, or whatever it is. */
type Expected =
  | { readonly kind: 'content'; readonly of: 'baseline' | 'failed state'; readonly blob: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'anything' };

/** Reads the target and compares every object with what the claim says it is; one pass of a double collect. */
export async function verifyTarget(deps: Dependencies, input: VerifyInput): Promise<VerifyReport> {
  const documents = documentsOf(deps.snapshots);
  const cluster = await via('cluster', async () => deps.clusters(input.target.cluster));
  const plan = await documents.plan(input.plan);
  await identify(cluster, await documents.partOf(plan.baseline, input.target.id));
  const earlier = plan.items.map(({ ref }) => ref);
  const collection = await collect({
    cluster,
    target: input.target,
    request: input.request,
    releases: deps.releases,
    earlier,
  });
  const counts = (ref: ObjectRef) => !input.except?.includes(describeRef(ref));
  const live = byKey(collection.members.map(({ object }) => object).filter((object) => counts(refOf(object))));
  const expected = plan.items
    .filter(({ ref }) => counts(ref))
    .map((item) => ({ item, expected: expectationOf(item, input.expect) }));
  const contents = await documents.objects(
    expected.flatMap(({ expected: one }) => (one.kind === 'content' ? [one.blob] : [])),
  );
  const judged = expected.map(({ item, expected: one }) =>
    judge(input, item, one, live.get(refKey(item.ref)), contents),
  );
  const differences = [...judged.filter((difference) => difference !== null), ...unexplained(input, plan, live)];
  return {
    target: input.target.id,
    equal: judged.filter((difference, index) => difference === null && expected[index]?.expected.kind === 'content')
      .length,
    differences: cutDifferences(differences),
    ...fingerprints(deps.snapshots, [...live.values()], input.target),
  };
}

/** Until its side of the pivot is reached, an object is to be as the failed deploy left it. */
function expectationOf(item: PlanItem, expect: VerifyInput['expect']): Expected {
  const failed: Expected =
    item.live === null ? { kind: 'gone' } : { kind: 'content', of: 'failed state', blob: item.live };
  if (expect === 'failedState') return failed;
  if (item.verdict === 'leave' || item.verdict === 'refuse') return { kind: 'anything' };
  if (expect === 'updates' && item.pivot === 'behind') return failed;
  return item.baseline === null ? { kind: 'gone' } : { kind: 'content', of: 'baseline', blob: item.baseline };
}

function judge(
  input: VerifyInput,
  item: PlanItem,
  expected: Expected,
  live: KubeObject | undefined,
  contents: ReadonlyMap<string, KubeObject>,
): BlockedObject | null {
  if (expected.kind === 'anything') return null;
  const about = {
    target: input.target.id,
    object: describeRef(item.ref),
    expected: expected.kind === 'gone' ? 'gone' : expected.of,
  };
  if (expected.kind === 'gone')
    return live ? { ...about, actual: 'present', why: `written by ${writerOf(live)}` } : null;
  if (!live) return { ...about, actual: 'absent', why: 'somebody deleted it' };
  if (isTerminating(live)) return { ...about, actual: 'terminating', why: 'somebody deletes it' };
  const content = contents.get(expected.blob);
  if (!content) throw new Error(`the content of ${about.object} was not read`);
  return difference(about, {
    item,
    of: expected.of,
    content,
    live,
    ignore: ignoreFor(input.target.scope.ignore ?? [], item.ref, replicasIn(item, expected.of)),
  });
}

/** A scaler that only the baseline has leaves the failed state's replicas to nobody: there they count. */
function replicasIn({ replicas }: PlanItem, of: Comparison['of']): PlanItem['replicas'] {
  return of === 'failed state' && replicas !== 'live' ? null : replicas;
}

interface Comparison {
  readonly item: PlanItem;
  readonly of: 'baseline' | 'failed state';
  readonly content: KubeObject;
  readonly live: KubeObject;
  readonly ignore: Ignore;
}

function difference(
  about: Pick<BlockedObject, 'target' | 'object' | 'expected'>,
  comparison: Comparison,
): BlockedObject | null {
  const { content, live, ignore } = comparison;
  if (isAsExpected(comparison)) {
    if (sameOwnership(content, live, ignore)) return null;
    return { ...about, actual: 'owned by others', why: `field ownership was changed by ${writerOf(live)}` };
  }
  const fields = changedPointers(live, content, ignore).slice(0, 3).join(', ');
  return { ...about, actual: 'changed', why: `${fields} changed by ${writerOf(live)}` };
}

/** What was made anew has only the finalizers it was made with; the others come back with their controllers. */
function isAsExpected({ item, of, content, live, ignore }: Comparison): boolean {
  const isAnew =
    of === 'failed state' ? isMadeBack(item, live) : item.verdict === 'create' || item.verdict === 'recreate';
  return isReached(
    { item: of === 'baseline' ? item : { ...item, strip: [] }, ignore },
    isAnew ? asCreated(content) : content,
    live,
  );
}

function isMadeBack({ fence }: PlanItem, live: KubeObject): boolean {
  return fence?.uid !== uidOf(live);
}

/** An object in scope that the plan does not know came in between. */
function unexplained(input: VerifyInput, plan: PlanDocument, live: ReadonlyMap<string, KubeObject>): BlockedObject[] {
  const known = new Set(plan.items.map((item) => refKey(item.ref)));
  return [...live]
    .filter(([key]) => !known.has(key))
    .map(([, object]) => ({
      target: input.target.id,
      object: describeRef(refOf(object)),
      expected: 'not in scope',
      actual: 'present',
      why: `created by ${writerOf(object)} after the plan was made`,
    }));
}
