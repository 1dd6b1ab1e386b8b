import type { Json, JsonObject } from '../../../src/sandbox/index.ts';
import type { Knob, Path } from './knobs.ts';

export interface Kind {
  readonly kind: string;
  readonly apiVersion: string;
  readonly plural: string;
  /** Everything but metadata and what the knobs say. */
  readonly body: (names: Names) => JsonObject;
  readonly knobs: readonly Knob[];
  /** `never`: no request may touch it after its creation; `kept`: it may change, not go. */
  readonly deploys?: 'never' | 'kept';
  readonly isClusterWide?: true;
}

/** What objects of one graph call each other. */
export interface Names {
  readonly name: string;
  readonly app: string;
  /** The group of the custom resources. */
  readonly group: string;
}

const at = (path: string): Path => path.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
const must = (path: string, ...values: Json[]): Knob => ({ path: at(path), values });
const may = (path: string, ...values: Json[]): Knob => ({ path: at(path), values, optional: true });
const later = (path: string, ...values: Json[]): Knob => ({ path: at(path), values, optional: true, later: true });
const fixed = (path: string, ...values: Json[]): Knob => ({ path: at(path), values, fixed: true });

const common: readonly Knob[] = [
  { path: ['metadata', 'annotations', 'example.com/note'], values: ['a', 'b', 'c'], optional: true },
  { path: ['metadata', 'labels', 'tier'], values: ['front', 'back', 'edge'], optional: true },
];

const images = ['registry.example/web:v1', 'registry.example/web:v2', 'registry.example/web:v3'];
const variable = (name: string, value: string) => ({ name, value });
const variables = [
  [variable('MODE', 'calm')],
  [variable('MODE', 'wild'), variable('EXTRA', '1')],
  [variable('EXTRA', '2')],
];

function podKnobs(template: string): readonly Knob[] {
  return [
    must(`${template}.spec.containers.0.image`, ...images),
    may(`${template}.spec.containers.0.env`, ...variables),
    may(`${template}.metadata.annotations.stamp`, 'one', 'two', 'three'),
  ];
}

const sidecar = (image: string) => ({ name: 'side', image });

function podTemplate({ app, name }: Names, restartPolicy = 'Always'): JsonObject {
  const labels = { app, workload: name };
  return { metadata: { labels }, spec: { restartPolicy, containers: [{ name: 'main' }] } };
}

function workload(names: Names, more: JsonObject = {}): JsonObject {
  const selector = { matchLabels: { app: names.app, workload: names.name } };
  return { spec: { ...more, selector, template: podTemplate(names) } };
}

const port = (name: string, number: number) => ({ name, port: number, protocol: 'TCP' });
const rule = (host: string) => ({
  host,
  http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'service', port: { number: 80 } } } }] },
});
const verbs = (...allowed: string[]) => ({ apiGroups: [''], resources: ['configmaps'], verbs: allowed });
const user = (name: string) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name });
const roleRef = (kind: string, name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });
const from = (role: string) => [{ from: [{ podSelector: { matchLabels: { role } } }] }];
const limit = (cpu: string) => ({ type: 'Container', default: { cpu }, defaultRequest: { cpu: '10m' } });
const metric = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

const widget: Kind = {
  kind: 'Widget',
  apiVersion: 'v1',
  plural: 'widgets',
  body: () => ({ spec: { fixed: 'part' } }),
  knobs: [
    must('spec.size', 3, 5, 7),
    may('spec.mode', 'calm', 'wild', 'brisk'),
    may('spec.tags', ['a'], ['a', 'b'], ['c']),
    may('spec.options.deep', 'x', 'y', 'z'),
  ],
};

const builtIn: readonly Kind[] = [
  {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    plural: 'configmaps',
    body: () => ({ data: { always: 'here' } }),
    knobs: [
      must('data.mode', 'calm', 'brisk', 'wild'),
      may('data.limit', '9007199254740993', '1.0', '7'),
      may('data.feature', 'on', 'off', 'auto'),
      later('immutable', true),
    ],
  },
  {
    kind: 'Secret',
    apiVersion: 'v1',
    plural: 'secrets',
    body: () => ({}),
    knobs: [
      fixed('type', 'Opaque', 'example.com/token'),
      must('data.key', 'b25l', 'dHdv', 'dGhyZWU='),
      may('data.cert', 'YQ==', 'Yg==', 'Yw=='),
    ],
  },
  {
    kind: 'Service',
    apiVersion: 'v1',
    plural: 'services',
    body: () => ({ spec: {} }),
    knobs: [
      must('spec.selector.role', 'web', 'api', 'all'),
      must('spec.ports', [port('http', 80)], [port('web', 8080)], [port('http', 80), port('metrics', 9090)]),
      must('spec.type', 'ClusterIP', 'NodePort'),
      may('spec.publishNotReadyAddresses', true),
      may('spec.internalTrafficPolicy', 'Local'),
    ],
  },
  {
    kind: 'ServiceAccount',
    apiVersion: 'v1',
    plural: 'serviceaccounts',
    body: () => ({}),
    knobs: [
      may('automountServiceAccountToken', true, false),
      may('imagePullSecrets', [{ name: 'one' }], [{ name: 'two' }], [{ name: 'one' }, { name: 'three' }]),
    ],
  },
  {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    plural: 'persistentvolumeclaims',
    body: () => ({ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }),
    knobs: [],
    deploys: 'kept',
  },
  {
    kind: 'ResourceQuota',
    apiVersion: 'v1',
    plural: 'resourcequotas',
    body: () => ({ spec: { hard: { 'count/secrets': '90' } } }),
    knobs: [must('spec.hard.pods', '60', '70', '80'), may('spec.hard.count/configmaps', '50', '60', '70')],
  },
  {
    kind: 'LimitRange',
    apiVersion: 'v1',
    plural: 'limitranges',
    body: () => ({ spec: {} }),
    knobs: [must('spec.limits', [limit('100m')], [limit('200m')], [limit('300m')])],
  },
  {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    plural: 'deployments',
    body: (names) => workload(names),
    knobs: [
      may('spec.replicas', 0, 2, 3),
      ...podKnobs('spec.template'),
      may('spec.template.spec.containers.1', sidecar('registry.example/side:v1'), sidecar('registry.example/side:v2')),
      may('spec.minReadySeconds', 2, 3),
      may('spec.revisionHistoryLimit', 3, 4, 5),
    ],
  },
  {
    kind: 'StatefulSet',
    apiVersion: 'apps/v1',
    plural: 'statefulsets',
    body: (names) => workload(names, { serviceName: 'service' }),
    knobs: [may('spec.replicas', 0, 2), ...podKnobs('spec.template')],
  },
  {
    kind: 'DaemonSet',
    apiVersion: 'apps/v1',
    plural: 'daemonsets',
    body: (names) => workload(names),
    knobs: [...podKnobs('spec.template'), may('spec.minReadySeconds', 2, 3)],
  },
  {
    kind: 'CronJob',
    apiVersion: 'batch/v1',
    plural: 'cronjobs',
    body: (names) => ({ spec: { jobTemplate: { spec: { template: podTemplate(names, 'Never') } } } }),
    knobs: [
      must('spec.schedule', '0 0 29 2 *', '1 0 29 2 *', '2 0 29 2 *'),
      may('spec.suspend', true),
      may('spec.concurrencyPolicy', 'Forbid', 'Replace'),
      ...podKnobs('spec.jobTemplate.spec.template'),
    ],
  },
  {
    kind: 'Job',
    apiVersion: 'batch/v1',
    plural: 'jobs',
    body: () => ({
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: images[0] ?? '' }] } } },
    }),
    knobs: [],
    deploys: 'never',
  },
  {
    kind: 'Ingress',
    apiVersion: 'networking.k8s.io/v1',
    plural: 'ingresses',
    body: () => ({ spec: {} }),
    knobs: [
      must('spec.rules', [rule('one.example')], [rule('two.example')], [rule('one.example'), rule('three.example')]),
      may('spec.ingressClassName', 'inner', 'outer'),
    ],
  },
  {
    kind: 'NetworkPolicy',
    apiVersion: 'networking.k8s.io/v1',
    plural: 'networkpolicies',
    body: () => ({ spec: { policyTypes: ['Ingress'] } }),
    knobs: [
      must('spec.podSelector.matchLabels.role', 'web', 'api', 'db'),
      may('spec.ingress', from('web'), from('api'), [...from('web'), ...from('db')]),
    ],
  },
  {
    kind: 'PodDisruptionBudget',
    apiVersion: 'policy/v1',
    plural: 'poddisruptionbudgets',
    body: ({ app }) => ({ spec: { selector: { matchLabels: { app } } } }),
    knobs: [
      must('spec.minAvailable', 0, 1, '50%'),
      may('spec.unhealthyPodEvictionPolicy', 'AlwaysAllow', 'IfHealthyBudget'),
    ],
  },
  {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    plural: 'horizontalpodautoscalers',
    body: () => ({ spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'deployment' } } }),
    knobs: [
      must('spec.maxReplicas', 4, 5, 6),
      may('spec.minReplicas', 2, 3),
      may('spec.metrics', [metric(50)], [metric(60)], [metric(70)]),
    ],
  },
  {
    kind: 'Role',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    plural: 'roles',
    body: () => ({}),
    knobs: [must('rules', [verbs('get')], [verbs('get', 'list')], [verbs('get'), verbs('delete')])],
  },
  {
    kind: 'RoleBinding',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    plural: 'rolebindings',
    body: () => ({}),
    knobs: [
      fixed('roleRef', roleRef('Role', 'role'), roleRef('ClusterRole', 'view')),
      must('subjects', [user('one')], [user('two')], [user('one'), user('three')]),
    ],
  },
];

/** Every kind of a graph; the custom ones in this group. */
export function kindsIn(group: string): readonly Kind[] {
  const all = [...builtIn, { ...widget, apiVersion: `${group}/v1` }];
  return all.map((kind) => ({ ...kind, knobs: [...common, ...kind.knobs] }));
}

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** Where a kind's objects of a namespace are listed. */
export function collectionOf({ apiVersion, plural }: Kind, namespace: string): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${base}/namespaces/${namespace}/${plural}`;
}

export function widgetDefinition(group: string): JsonObject {
  const properties = { spec: { ...open, properties: { size: { type: 'integer' } } }, status: open };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties } },
    subresources: { status: {} },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: { group, scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: [version] },
  };
}
