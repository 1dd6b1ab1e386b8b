import { clone, type JsonObject, numberAt, objectAt, put, textAt } from './json.ts';
import { uidOf, versionOf } from './meta.ts';

/** The `Scale` of a workload. */
export function scaleOf(workload: JsonObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = objectAt(workload, 'metadata');
  const replicas = numberAt(workload, 'spec', 'replicas') ?? 0;
  const labels = Object.entries(objectAt(workload, 'spec', 'selector', 'matchLabels'));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: numberAt(workload, 'status', 'replicas') ?? 0,
      selector: labels.map(([key, value]) => `${key}=${value}`).join(','),
    },
  };
}

/** The workload with the replicas that a Scale asks for, fenced by the Scale's uid and resourceVersion. */
export function scaled(workload: JsonObject, scale: JsonObject): JsonObject {
  const draft = clone(workload);
  put(draft, ['spec', 'replicas'], numberAt(scale, 'spec', 'replicas') ?? 0);
  put(draft, ['metadata', 'uid'], textAt(scale, 'metadata', 'uid') ?? uidOf(workload));
  put(draft, ['metadata', 'resourceVersion'], textAt(scale, 'metadata', 'resourceVersion') ?? versionOf(workload));
  return draft;
}
