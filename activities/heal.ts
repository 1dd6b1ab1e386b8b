import { readersOf } from '../src/domain/kubernetes/heal.ts';
import { configures } from '../src/domain/plan/configuration.ts';
import type { Cluster, WriteOptions } from '../src/ports/cluster.ts';
import { isPortError } from '../src/ports/port-error.ts';
import type { BatchInput, RecoverActivities } from '../src/schema/activities.ts';
import { requestDefaults } from '../src/schema/guard-spec.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { HealReport, HealResult, PodToHeal, Reader } from '../src/schema/plan.ts';
import type { ResolvedRequest } from '../src/schema/resolved-request.ts';
import { attemptOptions } from './attempt.ts';
import { collectChildren } from './collect.ts';
import type { Dependencies } from './dependencies.ts';
import { documentsOf } from './documents.ts';
import { via } from './failures.ts';
import type { OpenBatch } from './write-batch.ts';

type Order = Parameters<RecoverActivities['healWorkloads']>[0];

/** Each pod is known by its uid, so that a repeat never meets the one that took its place. */
export async function healPods(deps: Dependencies, { run, target, pods }: Order): Promise<HealReport> {
  const options = attemptOptions(run);
  const cluster = await via('cluster', async () => deps.clusters(target.cluster));
  const results: HealResult[] = [];
  // One after the other: of a StatefulSet the highest number goes first.
  for (const pod of pods) results.push(await healPod(cluster, pod, options));
  return { target: target.id, results };
}

async function healPod(cluster: Cluster, pod: PodToHeal, options: WriteOptions): Promise<HealResult> {
  const { namespace, name, uid } = pod;
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'Pod', namespace, name };
  try {
    if (pod.how === 'evict') return resultOf(pod, await cluster.evict(ref, uid, options));
    return { pod, kind: (await cluster.remove(ref, { uid }, options)) ? 'done' : 'already' };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return error.kind === 'conflict' ? { pod, kind: 'already' } : { pod, kind: 'open', reason: error.message };
  }
}

function resultOf(pod: PodToHeal, eviction: Awaited<ReturnType<Cluster['evict']>>): HealResult {
  switch (eviction.kind) {
    case 'evicted':
      return { pod, kind: 'done' };
    case 'gone':
      return { pod, kind: 'already' };
    case 'budget':
      return { pod, kind: 'open', reason: eviction.reason };
  }
}

/** Requests of versions that did not ask get the default. */
export function restartPodsOf({ recover }: ResolvedRequest): 'whenConfigChanged' | 'never' {
  return recover?.restartPods ?? requestDefaults.restartPods;
}

/** Pods that were there when the batch had put their configuration back: whatever comes later reads that. */
export async function readersAfter(
  deps: Dependencies,
  { target }: BatchInput,
  { cluster, plan, items }: OpenBatch,
): Promise<readonly Reader[] | undefined> {
  const configuration = items.filter(({ item }) => configures(item)).map(({ item }) => item.ref);
  if (configuration.length === 0) return undefined;
  const { serverTime } = await documentsOf(deps.snapshots).partOf(plan.baseline, target.id);
  return readersOf(await collectChildren(cluster, target.namespace), configuration, serverTime);
}
