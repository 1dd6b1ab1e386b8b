import { type JsonObject, objectAt, objectsAt, textAt } from '../json.ts';

const FIRST_NODE = 'node-1';

export function nodeNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `node-${index + 1}`);
}

/** What binds a pod of a DaemonSet to its node. */
export function affinityTo(node: string): JsonObject {
  const isNode = { key: 'metadata.name', operator: 'In', values: [node] };
  const required = { nodeSelectorTerms: [{ matchFields: [isNode] }] };
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
}

/** Where a pod is, or is to be: on the first node unless a DaemonSet says otherwise. */
export function nodeOf(pod: JsonObject): string {
  const affinity = objectAt(pod, 'spec', 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  const [field] = objectsAt(objectsAt(affinity, 'nodeSelectorTerms')[0], 'matchFields');
  const wanted = (field?.values as string[] | undefined)?.[0];
  return textAt(pod, 'spec', 'nodeName') ?? wanted ?? FIRST_NODE;
}

/** As kubelets label their node. */
const labels: Readonly<Record<string, string>> = { 'kubernetes.io/hostname': FIRST_NODE, 'kubernetes.io/os': 'linux' };

/** A pod's conditions when the first node does not fit its `nodeSelector`; undefined when it does. */
export function unschedulable(pod: JsonObject, now: string): JsonObject[] | undefined {
  const wanted = Object.entries(objectAt(pod, 'spec', 'nodeSelector'));
  if (wanted.every(([key, value]) => labels[key] === value)) return undefined;
  const known = objectsAt(pod, 'status', 'conditions').find(({ reason }) => reason === 'Unschedulable');
  const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  return [known ?? { ...condition, lastTransitionTime: now }];
}
