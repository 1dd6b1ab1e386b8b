import { type JsonObject, objectAt, objectsAt } from '../json.ts';

export const NODE_NAME = 'node-1';

/** As kubelets label their node. */
const labels: Readonly<Record<string, string>> = { 'kubernetes.io/hostname': NODE_NAME, 'kubernetes.io/os': 'linux' };

/** A pod's conditions when the one node does not fit its `nodeSelector`; undefined when it does. */
export function unschedulable(pod: JsonObject, now: string): JsonObject[] | undefined {
  const wanted = Object.entries(objectAt(pod, 'spec', 'nodeSelector'));
  if (wanted.every(([key, value]) => labels[key] === value)) return undefined;
  const known = objectsAt(pod, 'status', 'conditions').find(({ reason }) => reason === 'Unschedulable');
  const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  return [known ?? { ...condition, lastTransitionTime: now }];
}
