import type { JsonObject } from './json.ts';

/**
 * What a kind does differently from a plain namespaced object.
 *
 * - `createOnPut`: PUT of an absent object creates it (AllowCreateOnUpdate)
 * - `versionedPut`: PUT without resourceVersion is refused (AllowUnconditionalUpdate is false)
 * - `returnsDeleted`: DELETE answers with the object instead of a Status
 * - `review`: POST only, nothing is stored
 * - `eviction`: may be asked to go, as disruption budgets allow
 * - `log`: prints something
 */
export type Trait =
  | 'cluster'
  | 'status'
  | 'scale'
  | 'generation'
  | 'createOnPut'
  | 'versionedPut'
  | 'returnsDeleted'
  | 'review'
  | 'eviction'
  | 'log';

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly traits: ReadonlySet<Trait>;
  /** Set for kinds made by a CustomResourceDefinition. */
  readonly custom?: CustomKind;
}

export interface CustomKind {
  readonly crd: string;
  readonly schema: JsonObject | undefined;
}

export const apiVersionOf = (kind: Kind): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;

/** The table a kind's objects live in; all versions of a kind share it. */
export const tableOf = (kind: { group: string; plural: string }): string => `${kind.group}/${kind.plural}`;

export const isNamespaced = (kind: Kind): boolean => !kind.traits.has('cluster');

function builtIn(
  apiVersion: string,
  kind: string,
  plural: string,
  traits: Trait[] = [],
  shortNames: string[] = [],
): Kind {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return {
    group: group ?? '',
    version: version ?? '',
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames,
    traits: new Set(traits),
  };
}

const RBAC = 'rbac.authorization.k8s.io/v1';

/** The kinds served from the start. */
export const BUILT_IN_KINDS: readonly Kind[] = [
  builtIn('v1', 'Namespace', 'namespaces', ['cluster', 'status'], ['ns']),
  builtIn('v1', 'ConfigMap', 'configmaps', [], ['cm']),
  builtIn('v1', 'Secret', 'secrets'),
  builtIn('v1', 'Service', 'services', ['status', 'createOnPut', 'returnsDeleted'], ['svc']),
  builtIn('v1', 'ServiceAccount', 'serviceaccounts', ['returnsDeleted'], ['sa']),
  builtIn('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', ['status', 'returnsDeleted'], ['pvc']),
  builtIn('v1', 'Pod', 'pods', ['status', 'generation', 'returnsDeleted', 'eviction', 'log'], ['po']),
  builtIn('v1', 'Event', 'events', ['createOnPut'], ['ev']),
  builtIn('apps/v1', 'Deployment', 'deployments', ['status', 'scale', 'generation'], ['deploy']),
  builtIn('apps/v1', 'ReplicaSet', 'replicasets', ['status', 'scale', 'generation'], ['rs']),
  builtIn('apps/v1', 'StatefulSet', 'statefulsets', ['status', 'scale', 'generation'], ['sts']),
  builtIn('apps/v1', 'DaemonSet', 'daemonsets', ['status', 'generation'], ['ds']),
  builtIn('apps/v1', 'ControllerRevision', 'controllerrevisions'),
  builtIn('batch/v1', 'Job', 'jobs', ['status', 'generation']),
  builtIn('batch/v1', 'CronJob', 'cronjobs', ['status', 'generation'], ['cj']),
  builtIn('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', ['status', 'generation'], ['hpa']),
  builtIn(
    'policy/v1',
    'PodDisruptionBudget',
    'poddisruptionbudgets',
    ['status', 'generation', 'versionedPut'],
    ['pdb'],
  ),
  builtIn('networking.k8s.io/v1', 'Ingress', 'ingresses', ['status', 'generation'], ['ing']),
  builtIn('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', ['generation'], ['netpol']),
  builtIn(RBAC, 'Role', 'roles', ['createOnPut']),
  builtIn(RBAC, 'RoleBinding', 'rolebindings', ['createOnPut']),
  builtIn(RBAC, 'ClusterRole', 'clusterroles', ['cluster', 'createOnPut']),
  builtIn(RBAC, 'ClusterRoleBinding', 'clusterrolebindings', ['cluster', 'createOnPut']),
  builtIn('coordination.k8s.io/v1', 'Lease', 'leases', ['createOnPut', 'versionedPut']),
  builtIn(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
    ['cluster', 'status', 'generation', 'versionedPut'],
    ['crd', 'crds'],
  ),
  builtIn('authorization.k8s.io/v1', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews', ['cluster', 'review']),
];
