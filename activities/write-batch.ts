import { Context } from '@temporalio/activity';
import { describeRef } from '../src/domain/kubernetes/identity.ts';
import type { Ignore } from '../src/domain/kubernetes/ignore.ts';
import type { Cluster, WriteOptions } from '../src/ports/cluster.ts';
import type { BatchInput } from '../src/schema/activities.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { PlanDocument, PlanItem } from '../src/schema/stored.ts';
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
}

export interface OpenBatch {
  readonly target: string;
  readonly cluster: Cluster;
  readonly items: readonly OpenItem[];
  /** The target's ignored fields: live keeps them, and no comparison sees them. */
  readonly ignore: Ignore;
  /** What a write of this run in this attempt carries: nothing is sent that could outlive the attempt. */
  readonly options: WriteOptions;
}

/** Reads a batch of the stored plan and the objects it is about. */
export async function openBatch(deps: Dependencies, input: BatchInput): Promise<OpenBatch> {
  const sendBefore = performance.now() + Context.current().info.startToCloseTimeoutMs;
  const documents = documentsOf(deps.snapshots);
  const plan = await documents.plan(input.plan);
  const items = itemsOf(plan, input);
  const objects = await documents.objects(
    items.flatMap(({ baseline, live }) => [baseline, live].filter((blob) => blob !== null)),
  );
  const content = (blob: string | null) => (blob === null ? null : required(objects.get(blob), blob));
  return {
    target: input.target.id,
    cluster: await via('cluster', async () => deps.clusters(input.target.cluster)),
    items: items.map((item) => ({
      item,
      name: describeRef(item.ref),
      baseline: content(item.baseline),
      failed: content(item.live),
    })),
    ignore: input.target.scope.ignore ?? [],
    options: { mode: 'write', fieldManager: managerOf(input), sendBefore },
  };
}

function managerOf({ run }: Pick<BatchInput, 'run'>): string {
  return `belay:${run.operationId}`;
}

function itemsOf(plan: PlanDocument, { stage, batch }: BatchInput): PlanItem[] {
  const batches =
    plan.prunes?.stage === stage ? plan.prunes.batches : plan.stages.find((one) => one.stage === stage)?.batches;
  const numbers = required(batches?.[batch], `batch ${batch} of ${stage}`);
  return numbers.map((number) => required(plan.items[number], `item ${number}`));
}
