import { type Scaler, scalerOf } from '../src/domain/plan/autoscaling.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';
import { via } from './failures.ts';

/**
 * Everything that sets replicas in the target's namespace, in scope or not. KEDA scales through autoscalers of its own
 * making, so these tell all. Every plan needs to know, so the baseline asks too: a right that is missing must be found
 * before the deploy, not after it has failed.
 */
export async function scalersIn(cluster: Cluster, { namespace }: ResolvedTarget): Promise<readonly Scaler[]> {
  const types = await via('cluster', () => cluster.discover());
  const type = types.find(
    ({ kind, apiVersion }) => kind === 'HorizontalPodAutoscaler' && apiVersion.startsWith('autoscaling/'),
  );
  if (!type) return [];
  const { objects } = await via('cluster', () => cluster.list({ type, namespace }));
  return objects.flatMap((object) => scalerOf(object) ?? []);
}
