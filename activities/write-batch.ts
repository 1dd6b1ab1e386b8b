import { describeRef } from '../src/domain/kubernetes/identity.ts';
import type { Ignore } from '../src/domain/kubernetes/ignore.ts';
import { asList, at } from '../src/domain/kubernetes/json.ts';
import { isPutBack } from '../src/domain/kubernetes/writable.ts';
import { ignoreFor } from '../src/domain/plan/autoscaling.ts';
import type { Cluster, WriteOptions } from '../src/ports/cluster.ts';
import type { BatchInput } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { PlanDocument, PlanItem } from '../src/schema/stored.ts';
import { attemptOptions } from './attempt.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf, required } from './documents.ts';
import { via } from './failures.ts';

/** One planned object with the contents it is about. */
export interface OpenItem {
  readonly item: PlanItem;
  /** Short, for people; also what results are reported under. */
  readonly name: string;
  readonly baseline: KubeObject | null;
  readonly failed: KubeObject | null;
  /** Fields that live keeps and no comparison sees: the target's, and replicas where an autoscaler owns them. */
  readonly ignore: Ignore;
}

export interface OpenBatch {
  readonly target: string;
  readonly plan: PlanDocument;
  readonly cluster: Cluster;
  readonly items: readonly OpenItem[];
  readonly does: 'write' | 'delete';
  /** What a write of this run in this attempt carries: nothing is sent that could outlive the attempt. */
  readonly options: WriteOptions;
}

/** Reads a batch of the stored plan and the objects it is about. */
export async function openBatch(deps: Dependencies, input: BatchInput): Promise<OpenBatch> {
  const options = attemptOptions(input.run);
  const documents = documentsOf(deps.snapshots);
  const plan = await documents.plan(input.plan);
  const stage = required(
    plan.stages.find((one) => one.stage === input.stage),
    `stage ${input.stage}`,
  );
  const items = itemsOf(plan, stage, input).filter(({ ref }) => !input.except?.includes(describeRef(ref)));
  const objects = await documents.objects(
    items.flatMap(({ baseline, live }) => [baseline, live].filter((blob) => blob !== null)),
  );
  const content = (blob: string | null) => (blob === null ? null : required(objects.get(blob), blob));
  return {
    target: input.target.id,
    plan,
    cluster: await via('cluster', async () => deps.clusters(input.target.cluster)),
    items: items.map((item) => ({
      item,
      name: describeRef(item.ref),
      baseline: content(item.baseline),
      failed: content(item.live),
      ignore: ignoreFor(input.target.scope.ignore ?? [], item.ref, item.replicas),
    })),
    does: stage.does,
    options,
  };
}

function itemsOf(
  plan: PlanDocument,
  { stage, batches }: PlanDocument['stages'][number],
  { batch }: BatchInput,
): PlanItem[] {
  const numbers = required(batches[batch], `batch ${batch} of ${stage}`);
  return numbers.map((number) => required(plan.items[number], `item ${number}`));
}

/** Whether live is what the object is to be: nothing is left to put back, and nothing to take off. */
export function isReached(
  { ignore, item }: Pick<OpenItem, 'ignore' | 'item'>,
  to: KubeObject,
  live: KubeObject,
): boolean {
  const finalizers = asList(at(live, 'metadata', 'finalizers'));
  return isPutBack(to, live, ignore) && !item.strip.some((name) => finalizers.includes(name));
}
