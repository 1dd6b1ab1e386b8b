import { asList, at } from '../src/domain/kubernetes/json.ts';
import { groupKind } from '../src/domain/kubernetes/kinds.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { WriteResult } from '../src/schema/plan.ts';
import { becomesTrue } from './attempt.ts';
import type { OpenBatch } from './write-batch.ts';

const lookEvery = 100;

/** What the next stages build on is only done when the server serves it: objects of a definition, contents of a namespace. */
export async function awaitServed(batch: OpenBatch, ref: ObjectRef, result: WriteResult): Promise<WriteResult> {
  const isServed = tests[groupKind(ref)];
  if (!isServed || (result.kind !== 'done' && result.kind !== 'already')) return result;
  const served = await becomesTrue(batch.options, lookEvery, async () => {
    const live = await batch.cluster.get(ref);
    return live !== undefined && isServed(live);
  });
  if (!served) return { object: result.object, kind: 'unclear', reason: 'written, but not served yet' };
  await batch.cluster.discover('refresh');
  return result;
}

const tests: Readonly<Record<string, (live: KubeObject) => boolean>> = {
  Namespace: (live) => at(live, 'status', 'phase') === 'Active',
  'CustomResourceDefinition.apiextensions.k8s.io': (live) =>
    asList(at(live, 'status', 'conditions')).some(
      (condition) => at(condition, 'type') === 'Established' && at(condition, 'status') === 'True',
    ),
};
