import type { KubeObject } from '../../schema/json.ts';
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

/** By each of the names of the pods; what was never restarted is left out. */
export function mostRestartsBy(
  pods: readonly KubeObject[],
  namesOf: (pod: KubeObject) => readonly string[],
): Readonly<Record<string, number>> {
  const most: Record<string, number> = {};
  for (const pod of pods) {
    const restarts = mostRestarts(pod);
    if (restarts > 0) for (const name of namesOf(pod)) most[name] = Math.max(most[name] ?? 0, restarts);
  }
  return most;
}
