import { parse } from 'lossless-json';
import type { JsonObject, KubeObject } from '../../../src/schema/json.ts';

/** Parses as the adapter does, so that every number in a test is an exact one. */
export function object(text: string): KubeObject {
  return parse(text) as KubeObject;
}

/** The same from a literal. */
export function exact(value: unknown): KubeObject {
  return object(JSON.stringify(value));
}

type Part = Record<string, unknown>;

export function deployment(parts: { metadata?: Part; spec?: Part; status?: Part } = {}): KubeObject {
  return exact({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'checkout',
      namespace: 'shop',
      uid: 'd-1',
      resourceVersion: '7',
      generation: 3,
      ...parts.metadata,
    },
    spec: {
      replicas: 2,
      progressDeadlineSeconds: 600,
      selector: { matchLabels: { app: 'checkout' } },
      template: template('shop/checkout:v1'),
      ...parts.spec,
    },
    status: { ...rolledOut, ...parts.status },
  });
}

export const rolledOut = {
  observedGeneration: 3,
  replicas: 2,
  updatedReplicas: 2,
  readyReplicas: 2,
  availableReplicas: 2,
  conditions: [
    { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' },
    { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
  ],
};

export function template(image: string, labels: Record<string, string> = {}) {
  return {
    metadata: { labels: { app: 'checkout', ...labels } },
    spec: { containers: [{ name: 'app', image, ports: [{ containerPort: 8080, protocol: 'TCP' }] }] },
  };
}

export function replicaSet(
  name: string,
  image: string,
  parts: { owner?: string; revision?: string; status?: Part } = {},
) {
  return exact({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'shop',
      uid: name,
      annotations: { 'deployment.kubernetes.io/revision': parts.revision ?? '1' },
      ownerReferences: [controller('Deployment', 'checkout', parts.owner ?? 'd-1')],
    },
    spec: { replicas: 2, template: template(image, { 'pod-template-hash': name }) },
    status: parts.status ?? {},
  });
}

function controller(kind: string, name: string, uid: string) {
  return { apiVersion: 'apps/v1', kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export const podStart = '2025-11-23T09:00:00Z';
export const atStart = Date.parse(podStart);

export function pod(
  name: string,
  parts: { owner?: readonly [kind: string, uid: string]; labels?: Part; metadata?: Part; status?: Part } = {},
): KubeObject {
  const owners = parts.owner ? [controller(parts.owner[0], parts.owner[1], parts.owner[1])] : [];
  return exact({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: name,
      creationTimestamp: podStart,
      labels: parts.labels ?? {},
      ownerReferences: owners,
      ...parts.metadata,
    },
    spec: {},
    status: { phase: 'Pending', startTime: podStart, ...parts.status },
  });
}

export function waiting(reason: string, message = '', more: Part = {}) {
  return { name: 'app', image: 'shop/checkout:v2', restartCount: 0, state: { waiting: { reason, message } }, ...more };
}

export function running(more: Part = {}) {
  return { name: 'app', image: 'shop/checkout:v1', restartCount: 0, ready: true, state: { running: {} }, ...more };
}

/** A copy with other metadata, for what the server or a deploy would change. */
export function withMetadata(of: KubeObject, metadata: JsonObject): KubeObject {
  return { ...of, metadata: { ...of.metadata, ...metadata } };
}
