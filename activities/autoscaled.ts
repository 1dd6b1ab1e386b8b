import { refKey } from '../src/domain/kubernetes/identity.ts';
import { asText, at } from '../src/domain/kubernetes/json.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import type { ResolvedTarget } from '../src/schema/resolved-request.ts';
import { via } from './failures.ts';

/**
 * Workloads whose replicas an autoscaler owns, whether or not the autoscaler itself is in scope. Every plan needs to
 * know, so the baseline asks too: a right that is missing must be found before the deploy, not after it has failed.
 */
export async function autoscaledIn(cluster: Cluster, { namespace }: ResolvedTarget): Promise<ReadonlySet<string>> {
  const types = await via('cluster', () => cluster.discover());
  const type = types.find(
    ({ kind, apiVersion }) => kind === 'HorizontalPodAutoscaler' && apiVersion.startsWith('autoscaling/'),
  );
  if (!type) return new Set();
  const { objects } = await via('cluster', () => cluster.list({ type, namespace }));
  return new Set(
    objects.map((scaler) => {
      const field = (name: string) => asText(at(scaler, 'spec', 'scaleTargetRef', name)) ?? '';
      return refKey({ apiVersion: field('apiVersion'), kind: field('kind'), name: field('name'), namespace });
    }),
  );
}
