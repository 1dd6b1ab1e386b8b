import type { KubeObject } from '../../schema/json.ts';
import { uidOf } from './identity.ts';
import { containersOf, restartsIn } from './pod-signals.ts';

/** Of all containers, init containers and sidecars included. */
export function restartsOf(pods: readonly KubeObject[]): number {
  return pods
    .flatMap(containersOf)
    .map(restartsIn)
    .reduce((sum, count) => sum + count, 0);
}

/** Of the container that was restarted most often. */
export function mostRestarts(pod: KubeObject): number {
  return Math.max(0, ...containersOf(pod).map(restartsIn));
}

/** By the uid of the pod; those without any are left out. */
export function restartsByPod(pods: readonly KubeObject[]): Readonly<Record<string, number>> {
  const counts = pods.map((pod) => [uidOf(pod), mostRestarts(pod)] as const);
  return Object.fromEntries(counts.filter(([, restarts]) => restarts > 0));
}
