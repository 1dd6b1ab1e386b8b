import type { KubeObject } from '../../schema/json.ts';
import { asNumber, at } from './json.ts';
import { containersOf } from './pod-signals.ts';

function restartCounts(pod: KubeObject): readonly number[] {
  return containersOf(pod).map((container) => asNumber(at(container, 'restartCount')) ?? 0);
}

/** Of all containers, init containers and sidecars included. */
export function restartsOf(pods: readonly KubeObject[]): number {
  return pods.flatMap(restartCounts).reduce((sum, count) => sum + count, 0);
}

/** The pod whose worst container was restarted most often. */
export function worstRestarts(pods: readonly KubeObject[]): { pod: string; restarts: number } | undefined {
  const worst = pods.map((pod) => ({ pod: pod.metadata.name, restarts: Math.max(0, ...restartCounts(pod)) }));
  return worst.sort((a, b) => b.restarts - a.restarts)[0];
}
