import type { JsonObject } from '../../src/sandbox/index.ts';
import type { Manifest } from './rollout.ts';
import { namespace } from './virtual-cluster.ts';

export const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'] as const;
export type Kind = (typeof kinds)[number];

/** A workload as it is before its deploy; `image` is all that a plain new version changes. */
export interface Workload {
  readonly kind: Kind;
  readonly name: string;
  readonly replicas: number;
  /** Tags of its main containers, its sidecars and its init containers. */
  readonly tags: readonly string[];
  readonly sidecars: readonly string[];
  readonly inits: readonly string[];
  /** Names of the ConfigMaps that its main containers read. */
  readonly reads: readonly string[];
  /** Environment of its main containers, one variable each. */
  readonly env?: readonly JsonObject[];
  /** What else its spec and its pods' have. */
  readonly spec: JsonObject;
  readonly podSpec: JsonObject;
  readonly annotations: JsonObject;
}

/** Two good pods of a first version; whoever needs another one changes what it needs. */
export const plainWorkload: Workload = {
  kind: 'Deployment',
  name: 'web',
  replicas: 2,
  tags: ['v1'],
  sidecars: [],
  inits: [],
  reads: [],
  spec: {},
  podSpec: {},
  annotations: {},
};

const plurals = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Job: 'jobs',
} as const;

export function manifestOf(workload: Workload): Manifest {
  const { kind, name } = workload;
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'apps/v1';
  const object = { apiVersion, kind, metadata: { name, namespace }, spec: specOf(workload) };
  return { plural: plurals[kind], object };
}

function specOf(workload: Workload): JsonObject {
  const { kind, name, replicas, spec } = workload;
  const template = {
    metadata: { labels: { app: name }, annotations: workload.annotations },
    spec: podSpecOf(workload),
  };
  if (kind === 'Job') return { ...spec, template };
  const common = { ...spec, selector: { matchLabels: { app: name } }, template };
  if (kind === 'DaemonSet') return common;
  return { ...common, replicas, ...(kind === 'StatefulSet' ? { serviceName: name } : {}) };
}

function podSpecOf({ kind, tags, sidecars, inits, reads, env, podSpec }: Workload): JsonObject {
  const container = (role: string, tag: string, index: number) => ({
    name: `${role}-${index}`,
    image: `registry/${role}:${tag}`,
  });
  const initContainers = [
    ...inits.map((tag, index) => container('init', tag, index)),
    ...sidecars.map((tag, index) => ({ ...container('sidecar', tag, index), restartPolicy: 'Always' })),
  ];
  return {
    ...(kind === 'Job' ? { restartPolicy: 'Never' } : {}),
    containers: tags.map((tag, index) => ({
      ...container('main', tag, index),
      envFrom: reads.map(envFrom),
      ...(env === undefined ? {} : { env: [...env] }),
    })),
    ...(initContainers.length === 0 ? {} : { initContainers }),
    ...podSpec,
  };
}

function envFrom(name: string): JsonObject {
  return { configMapRef: { name } };
}

export function configMap(name: string, data: JsonObject): Manifest {
  return { plural: 'configmaps', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data } };
}
