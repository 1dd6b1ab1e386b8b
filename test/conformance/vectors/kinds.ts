import {
  autoscalers,
  budget,
  budgets,
  claim,
  claims,
  clusterRole,
  clusterRoleBinding,
  clusterRoleBindings,
  clusterRoles,
  configMap,
  configMaps,
  cronJobs,
  daemonSet,
  daemonSets,
  deployment,
  deployments,
  ingresses,
  job,
  jobs,
  lease,
  leases,
  networkPolicies,
  object,
  replicaSet,
  replicaSets,
  role,
  roleBinding,
  roleBindings,
  roles,
  secret,
  secrets,
  service,
  serviceAccounts,
  services,
  statefulSet,
  statefulSets,
  template,
} from '../objects.ts';
import type { JsonObject, Vector } from '../vector.ts';

const otherImage = { template: template('a', 'registry.example/app:v2') };
const sidecar = {
  template: {
    metadata: { labels: { app: 'a', bad: 'x' } },
    spec: {
      containers: [
        { name: 'main', image: 'registry.example/app:v2', env: [{ name: 'BAD', value: 'x' }] },
        { name: 'side', image: 'registry.example/side:v1' },
      ],
    },
  },
};
/** Written by controllers in their own time. */
const BY_CONTROLLERS = ['/status', '/metadata/annotations', '/metadata/generation'];

const added = { labels: { bad: 'x' }, annotations: { bad: 'x' } };
const notServed = { lab: 'the sandbox does not serve this kind' };

/** A PUT of what was read takes out whatever a failed deploy changed and added: kind by kind. */
export const kinds: readonly Vector[] = [
  restored('ConfigMap', configMaps, configMap('a'), { data: { mode: 'wild', extra: 'x' } }),
  restored('Secret', secrets, secret('a'), { data: { key: 'b3RoZXI=', extra: 'eA==' } }),
  restored('Service', services, service('a'), {
    spec: { selector: { bad: 'x' }, sessionAffinity: 'ClientIP', ports: [{ port: 81 }] },
  }),
  restored('ServiceAccount', serviceAccounts, object('v1', 'ServiceAccount', { name: 'a' }), {
    imagePullSecrets: [{ name: 'bad' }],
    automountServiceAccountToken: false,
  }),
  restored(
    'Deployment',
    deployments,
    deployment('a'),
    { spec: { minReadySeconds: 9, ...sidecar } },
    { but: BY_CONTROLLERS },
  ),
  restored(
    'ReplicaSet',
    replicaSets,
    replicaSet('a'),
    { spec: { minReadySeconds: 9, ...sidecar } },
    { but: BY_CONTROLLERS },
  ),
  restored(
    'StatefulSet',
    statefulSets,
    statefulSet('a'),
    { spec: { minReadySeconds: 9, ...sidecar } },
    { but: BY_CONTROLLERS },
  ),
  restored(
    'DaemonSet',
    daemonSets,
    daemonSet('a'),
    { spec: { minReadySeconds: 9, ...otherImage } },
    { but: BY_CONTROLLERS },
  ),
  restored(
    'Job',
    jobs,
    job('a'),
    { spec: { parallelism: 3, backoffLimit: 1, ttlSecondsAfterFinished: 9 } },
    { but: BY_CONTROLLERS },
  ),
  restored(
    'CronJob',
    cronJobs,
    cronJob(),
    { spec: { schedule: '@daily', suspend: true, timeZone: 'Etc/UTC' } },
    { but: BY_CONTROLLERS },
  ),
  restored(
    'HorizontalPodAutoscaler',
    autoscalers,
    autoscaler(),
    { spec: { maxReplicas: 9, minReplicas: 2, behavior: { scaleDown: { selectPolicy: 'Disabled' } } } },
    { but: BY_CONTROLLERS },
  ),
  restored(
    'Ingress',
    ingresses,
    ingress(),
    { spec: { ingressClassName: 'bad', tls: [{ hosts: ['bad.example.com'] }] } },
    { but: ['/metadata/generation'] },
  ),
  restored(
    'NetworkPolicy',
    networkPolicies,
    networkPolicy(),
    { spec: { policyTypes: ['Ingress', 'Egress'], egress: [{}] } },
    { but: ['/metadata/generation'] },
  ),
  restored('Role', roles, role('a'), { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }),
  restored('RoleBinding', roleBindings, roleBinding('a', 'a'), {
    subjects: [{ kind: 'Group', name: 'bad', apiGroup: 'rbac.authorization.k8s.io' }],
  }),
  restored('ClusterRole', clusterRoles, clusterRole('{ns}'), { rules: [] }),
  restored('ClusterRoleBinding', clusterRoleBindings, clusterRoleBinding('{ns}', 'none-such'), { subjects: null }),
  restored(
    'PersistentVolumeClaim, but for its bound spec',
    claims,
    claim('a'),
    {},
    { but: ['/status', '/metadata/annotations'], on: { lab: 'the sandbox binds a claim in its spec at once' } },
  ),
  restored(
    'LimitRange',
    '/api/v1/namespaces/{ns}/limitranges',
    limitRange(),
    { spec: { limits: [] } },
    { on: notServed },
  ),
  restored(
    'ResourceQuota',
    '/api/v1/namespaces/{ns}/resourcequotas',
    quota(),
    { spec: { hard: { pods: '1', secrets: '1' } } },
    { but: ['/status'], on: notServed },
  ),
  fencedRestore('PodDisruptionBudget', budgets, budget('a'), { spec: { minAvailable: 3 } }),
  fencedRestore('Lease', leases, lease('a'), { spec: { holderIdentity: 'bad', leaseTransitions: 4 } }),
];

interface More {
  /** Pointers that controllers or the server move on. */
  readonly but?: readonly string[];
  readonly on?: Vector['on'];
}

function restored(kind: string, collection: string, body: JsonObject, change: JsonObject, more: More = {}): Vector {
  const path = `${collection}/${(body.metadata as JsonObject).name}`;
  return {
    title: `a PUT restores a ${kind}`,
    on: more.on ?? 'both',
    steps: [
      { send: 'POST', to: collection, body, status: 201 },
      { send: 'MERGE', to: path, body: { ...change, metadata: added }, status: 200 },
      {
        send: 'PUT',
        to: path,
        resend: 1,
        status: 200,
        like: 1,
        but: more.but ?? [],
        fields: { '/metadata/labels/bad': undefined, '/metadata/annotations/bad': undefined },
      },
    ],
    ...(collection.includes('{ns}') ? {} : { leaves: [path] }),
  };
}

/** Kinds that refuse a PUT without resourceVersion, and whose controller may move it: a merge patch of nulls instead. */
function fencedRestore(kind: string, collection: string, body: JsonObject, change: JsonObject): Vector {
  const undo = Object.fromEntries(Object.keys(added).map((key) => [key, null]));
  const spec = Object.fromEntries(Object.keys((change.spec ?? {}) as JsonObject).map((key) => [key, null]));
  return {
    title: `a merge patch with null for what was added restores a ${kind}`,
    on: 'both',
    steps: [
      { send: 'POST', to: collection, body, status: 201 },
      { send: 'MERGE', to: `${collection}/a`, body: { ...change, metadata: added }, status: 200 },
      {
        send: 'MERGE',
        to: `${collection}/a`,
        body: { metadata: undo, spec: { ...spec, ...(body.spec as JsonObject) } },
        status: 200,
        like: 1,
        but: ['/status', '/metadata/generation'],
      },
    ],
  };
}

function cronJob(): JsonObject {
  const once = template('a', undefined, { restartPolicy: 'Never' });
  return object(
    'batch/v1',
    'CronJob',
    { name: 'a' },
    { spec: { schedule: '@yearly', jobTemplate: { spec: { template: once } } } },
  );
}

function autoscaler(): JsonObject {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none-such' };
  return object(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    { name: 'a' },
    { spec: { scaleTargetRef, maxReplicas: 3 } },
  );
}

function ingress(): JsonObject {
  const backend = { service: { name: 'a', port: { number: 80 } } };
  const rules = [{ host: 'a.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
  return object('networking.k8s.io/v1', 'Ingress', { name: 'a' }, { spec: { rules } });
}

function networkPolicy(): JsonObject {
  const spec = { podSelector: { matchLabels: { app: 'a' } }, policyTypes: ['Ingress'] };
  return object('networking.k8s.io/v1', 'NetworkPolicy', { name: 'a' }, { spec });
}

function limitRange(): JsonObject {
  return object('v1', 'LimitRange', { name: 'a' }, { spec: { limits: [{ type: 'Pod', max: { cpu: '2' } }] } });
}

function quota(): JsonObject {
  return object('v1', 'ResourceQuota', { name: 'a' }, { spec: { hard: { pods: '10' } } });
}
