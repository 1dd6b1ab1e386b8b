import {
  type JsonObject,
  objectAt,
  objectsAt,
  type SandboxCluster,
  startSandbox,
  textAt,
} from '../../src/sandbox/index.ts';

export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
export const SECRETS = '/api/v1/namespaces/default/secrets';
export const SERVICES = '/api/v1/namespaces/default/services';
export const PODS = '/api/v1/namespaces/default/pods';
export const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims';
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
export const REPLICA_SETS = '/apis/apps/v1/namespaces/default/replicasets';
export const STATEFUL_SETS = '/apis/apps/v1/namespaces/default/statefulsets';
export const DAEMON_SETS = '/apis/apps/v1/namespaces/default/daemonsets';
export const JOBS = '/apis/batch/v1/namespaces/default/jobs';
export const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

type Options = Omit<Parameters<typeof startSandbox>[0], 'clusters'>;

/** A sandbox with one cluster, whose controllers run ten times as fast as usual unless told otherwise. */
export async function oneCluster(options: Options = {}): Promise<{ cluster: SandboxCluster } & AsyncDisposable> {
  const sandbox = await startSandbox({ clusters: ['eu'], speed: 10, ...options });
  return { cluster: sandbox.cluster('eu'), [Symbol.asyncDispose]: () => sandbox.stop() };
}

/** Waits until a condition holds; fails with what it was waiting for. */
export async function until(what: string, condition: () => boolean, limitMs = 5000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function configMap(name: string, data: JsonObject = { a: '1' }, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

export function template(app: string, image: string): JsonObject {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: 'main', image }] } };
}

export function deployment(name: string, image: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: template(name, image), ...spec },
  };
}

export function statefulSet(name: string, image: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      replicas: 2,
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: template(name, image),
      ...spec,
    },
  };
}

export const metaOf = (object: JsonObject | undefined): JsonObject => objectAt(object, 'metadata');

export function conditionReason(object: JsonObject | undefined, type: string): string | undefined {
  return textAt(
    objectsAt(object, 'status', 'conditions').find((condition) => condition.type === type),
    'reason',
  );
}

export function isRolledOut(object: JsonObject | undefined): boolean {
  const isSeen = objectAt(object, 'status').observedGeneration === metaOf(object).generation;
  return isSeen && conditionReason(object, 'Progressing') === 'NewReplicaSetAvailable';
}

export function waitingReason(pod: JsonObject): string | undefined {
  return textAt(objectsAt(pod, 'status', 'containerStatuses')[0], 'state', 'waiting', 'reason');
}

export const isReady = (pod: JsonObject): boolean =>
  objectsAt(pod, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True');
