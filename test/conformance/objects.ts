import type { JsonObject } from './vector.ts';

const core = '/api/v1/namespaces/{ns}';
const apps = '/apis/apps/v1/namespaces/{ns}';
const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** Collections in the vector's namespace. */
export const configMaps = `${core}/configmaps`;
export const secrets = `${core}/secrets`;
export const services = `${core}/services`;
export const serviceAccounts = `${core}/serviceaccounts`;
export const claims = `${core}/persistentvolumeclaims`;
export const pods = `${core}/pods`;
export const deployments = `${apps}/deployments`;
export const replicaSets = `${apps}/replicasets`;
export const statefulSets = `${apps}/statefulsets`;
export const daemonSets = `${apps}/daemonsets`;
export const jobs = '/apis/batch/v1/namespaces/{ns}/jobs';
export const cronJobs = '/apis/batch/v1/namespaces/{ns}/cronjobs';
export const autoscalers = '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers';
export const budgets = '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets';
export const ingresses = '/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses';
export const networkPolicies = '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies';
export const leases = '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases';
export const roles = `${rbac}/namespaces/{ns}/roles`;
export const roleBindings = `${rbac}/namespaces/{ns}/rolebindings`;
export const clusterRoles = `${rbac}/clusterroles`;
export const clusterRoleBindings = `${rbac}/clusterrolebindings`;
export const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const widgets = '/apis/{ns}.example.com/v1/namespaces/{ns}/widgets';

/** An object in the order that the server uses. */
export function object(apiVersion: string, kind: string, metadata: JsonObject, content: JsonObject = {}): JsonObject {
  return { apiVersion, kind, metadata, ...content };
}

/** What the server makes of a new object: the numbers are those of its uid and resourceVersion (see `Vector`). */
export function stored(sent: JsonObject, uid: number, version: number, more: JsonObject = {}): JsonObject {
  const set = { uid: `{uid-${uid}}`, resourceVersion: `{version-${version}}`, creationTimestamp: '{time}' };
  const { metadata, ...content } = sent;
  return { ...content, metadata: { namespace: '{ns}', ...(metadata as JsonObject), ...set, ...more } };
}

export function configMap(name: string, data: JsonObject = { mode: 'calm' }, metadata: JsonObject = {}): JsonObject {
  return object('v1', 'ConfigMap', { name, ...metadata }, { data });
}

export const sealedConfigMap: JsonObject = { ...configMap('a'), immutable: true };

export function secret(name: string, content: JsonObject = {}): JsonObject {
  return object('v1', 'Secret', { name }, { type: 'Opaque', data: { key: 'dmFsdWU=' }, ...content });
}

export function service(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }];
  return object('v1', 'Service', { name, ...metadata }, { spec: { selector: { app: name }, ports, ...spec } });
}

export function claim(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return object('v1', 'PersistentVolumeClaim', { name, ...metadata }, { spec: { ...claimSpec, ...spec } });
}

/** No volume is made for this class, so a claim of it stays as it was sent. */
export const claimSpec: JsonObject = {
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  storageClassName: 'unbound',
};

/** A volume for the claim `a`. */
export const volume = object(
  'v1',
  'PersistentVolume',
  { name: '{ns}' },
  {
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      hostPath: { path: '/none' },
      storageClassName: 'unbound',
      claimRef: { namespace: '{ns}', name: 'a' },
    },
  },
);

export function lease(name: string, spec: JsonObject = { holderIdentity: 'ada' }, metadata: JsonObject = {}) {
  return object('coordination.k8s.io/v1', 'Lease', { name, ...metadata }, { spec });
}

/** A pod template whose pods the object of that name selects. */
export function template(app: string, image = 'registry.example/app:v1', spec: JsonObject = {}): JsonObject {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: 'main', image }], ...spec } };
}

/** Without pods, so that nothing but its own controller writes to it. */
export function deployment(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return workload('Deployment', name, { replicas: 0, ...spec }, metadata);
}

export function replicaSet(name: string, spec: JsonObject = {}): JsonObject {
  return workload('ReplicaSet', name, { replicas: 0, ...spec });
}

export function statefulSet(name: string, spec: JsonObject = {}): JsonObject {
  return workload('StatefulSet', name, { replicas: 0, serviceName: name, ...spec });
}

export function daemonSet(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return workload('DaemonSet', name, spec, metadata);
}

function workload(kind: string, name: string, spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  const selector = { matchLabels: { app: name } };
  return object('apps/v1', kind, { name, ...metadata }, { spec: { selector, template: template(name), ...spec } });
}

/** Suspended, unless told otherwise: it makes no pods. */
export function job(name: string, spec: JsonObject = {}): JsonObject {
  const once = template(name, undefined, { restartPolicy: 'Never' });
  return object('batch/v1', 'Job', { name }, { spec: { suspend: true, template: once, ...spec } });
}

export function budget(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  const selector = { matchLabels: { app: name } };
  return object(
    'policy/v1',
    'PodDisruptionBudget',
    { name, ...metadata },
    { spec: { minAvailable: 1, selector, ...spec } },
  );
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const readPods = { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] };

export function role(name: string, metadata: JsonObject = {}): JsonObject {
  return object(`${RBAC_GROUP}/v1`, 'Role', { name, ...metadata }, readPods);
}

export function clusterRole(name: string, metadata: JsonObject = {}): JsonObject {
  return object(`${RBAC_GROUP}/v1`, 'ClusterRole', { name, ...metadata }, readPods);
}

export function roleBinding(name: string, to: string, metadata: JsonObject = {}): JsonObject {
  return object(`${RBAC_GROUP}/v1`, 'RoleBinding', { name, ...metadata }, bindingTo('Role', to));
}

export function clusterRoleBinding(name: string, to: string): JsonObject {
  return object(`${RBAC_GROUP}/v1`, 'ClusterRoleBinding', { name }, bindingTo('ClusterRole', to));
}

function bindingTo(kind: string, name: string): JsonObject {
  return {
    roleRef: { apiGroup: RBAC_GROUP, kind, name },
    subjects: [{ apiGroup: RBAC_GROUP, kind: 'User', name: 'ada' }],
  };
}

export const definitionName = 'widgets.{ns}.example.com';

export interface DefinitionOptions {
  readonly spec?: JsonObject;
  readonly subresources?: JsonObject;
  readonly properties?: JsonObject;
  readonly metadata?: JsonObject;
}

/** The definition of `widgets`, in a group of the vector's own. */
export function definition(options: DefinitionOptions = {}): JsonObject {
  const spec = { type: 'object', properties: options.properties ?? { size: { type: 'integer' } } };
  const status = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec, status } } },
    subresources: options.subresources ?? {},
  };
  return object(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    { name: definitionName, ...options.metadata },
    {
      spec: {
        group: '{ns}.example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        versions: [version],
        ...options.spec,
      },
    },
  );
}

export function widget(name: string, spec: JsonObject = { size: 3 }, more: JsonObject = {}): JsonObject {
  return object(
    '{ns}.example.com/v1',
    'Widget',
    { name, ...(more.metadata as JsonObject) },
    { spec, ...omitMetadata(more) },
  );
}

function omitMetadata({ metadata: _metadata, ...rest }: JsonObject): JsonObject {
  return rest;
}
