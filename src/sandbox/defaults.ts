import { fill, isObject, type Json, type JsonObject, mapValues, objectAt, objectsAt, textAt } from './json.ts';
import type { Kind } from './kinds.ts';

/** Fills what the real server fills while it decodes a request body. Works on a draft. */
export function applyDefaults(kind: Kind, draft: JsonObject): void {
  if (kind.custom !== undefined) return;
  DEFAULTS[kind.kind]?.(draft);
}

type Fill = (draft: JsonObject) => void;

const DEFAULTS: Record<string, Fill> = {
  Namespace: (draft) => {
    fillIn(draft, ['metadata', 'labels'], { 'kubernetes.io/metadata.name': objectAt(draft, 'metadata').name });
  },
  Secret: (draft) => {
    foldStringData(draft);
    fill(draft, { type: 'Opaque' });
  },
  Service: (draft) => {
    fillIn(draft, ['spec'], { type: 'ClusterIP', sessionAffinity: 'None' });
    fill(objectAt(draft, 'spec'), trafficPolicies(textAt(draft, 'spec', 'type') ?? ''));
    for (const port of objectsAt(draft, 'spec', 'ports')) fill(port, { protocol: 'TCP', targetPort: port.port });
  },
  PersistentVolumeClaim: (draft) => fillIn(draft, ['spec'], { volumeMode: 'Filesystem' }),
  Pod: (draft) => {
    fillIn(draft, ['spec'], { enableServiceLinks: true });
    fillPodSpec(draft.spec);
  },
  Deployment: (draft) => {
    fillIn(draft, ['spec'], { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    fillIn(draft, ['spec', 'strategy'], { type: 'RollingUpdate' });
    fillRollingUpdate(draft, ['spec', 'strategy'], { maxUnavailable: '25%', maxSurge: '25%' });
    fillTemplate(draft);
  },
  ReplicaSet: (draft) => {
    fillIn(draft, ['spec'], { replicas: 1 });
    fillTemplate(draft);
  },
  StatefulSet: (draft) => {
    fillIn(draft, ['spec'], { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: 'OrderedReady' });
    fillIn(draft, ['spec', 'updateStrategy'], { type: 'RollingUpdate' });
    fillRollingUpdate(draft, ['spec', 'updateStrategy'], { partition: 0, maxUnavailable: 1 });
    fillIn(draft, ['spec', 'persistentVolumeClaimRetentionPolicy'], { whenDeleted: 'Retain', whenScaled: 'Retain' });
    for (const claim of objectsAt(draft, 'spec', 'volumeClaimTemplates')) fillClaimTemplate(claim);
    fillTemplate(draft);
  },
  DaemonSet: (draft) => {
    fillIn(draft, ['spec'], { revisionHistoryLimit: 10 });
    fillIn(draft, ['spec', 'updateStrategy'], { type: 'RollingUpdate' });
    fillRollingUpdate(draft, ['spec', 'updateStrategy'], { maxUnavailable: 1, maxSurge: 0 });
    fillTemplate(draft);
  },
  Job: (draft) => fillJob(draft.spec, { manualSelector: false }),
  CronJob: (draft) => {
    fillIn(draft, ['spec'], {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    fillIn(draft, ['spec', 'jobTemplate'], { metadata: {} });
    fillTemplate(objectAt(draft, 'spec', 'jobTemplate'));
  },
  HorizontalPodAutoscaler: (draft) => {
    const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } };
    fillIn(draft, ['spec'], { minReplicas: 1, metrics: [{ type: 'Resource', resource: cpu }] });
  },
  NetworkPolicy: (draft) => {
    const egress = objectAt(draft, 'spec').egress === undefined ? [] : ['Egress'];
    fillIn(draft, ['spec'], { policyTypes: ['Ingress', ...egress] });
  },
  RoleBinding: fillBinding,
  ClusterRoleBinding: fillBinding,
  CustomResourceDefinition: (draft) => {
    const kind = textAt(draft, 'spec', 'names', 'kind') ?? '';
    fillIn(draft, ['spec'], { conversion: { strategy: 'None' } });
    fillIn(draft, ['spec', 'names'], { singular: kind.toLowerCase(), listKind: `${kind}List` });
  },
};

function trafficPolicies(type: string): JsonObject {
  if (type === 'ExternalName') return {};
  const internal = { internalTrafficPolicy: 'Cluster' };
  if (type === 'ClusterIP') return internal;
  const balanced = type === 'LoadBalancer' ? { allocateLoadBalancerNodePorts: true } : {};
  return { ...internal, externalTrafficPolicy: 'Cluster', ...balanced };
}

function fillIn(draft: JsonObject, path: readonly string[], defaults: JsonObject): void {
  let here = draft;
  for (const key of path) {
    const next = isObject(here[key]) ? here[key] : {};
    here[key] = next;
    here = next;
  }
  fill(here, defaults);
}

function fillRollingUpdate(draft: JsonObject, path: readonly string[], defaults: JsonObject): void {
  if (textAt(draft, ...path, 'type') === 'RollingUpdate') fillIn(draft, [...path, 'rollingUpdate'], defaults);
}

/** Values of `stringData` win over `data`, and are stored there. */
function foldStringData(draft: JsonObject): void {
  const given = objectAt(draft, 'stringData');
  delete draft.stringData;
  if (Object.keys(given).length === 0) return;
  const coded = mapValues(given, (value) => Buffer.from(String(value)).toString('base64'));
  draft.data = { ...objectAt(draft, 'data'), ...coded };
}

function fillClaimTemplate(claim: JsonObject): void {
  fill(claim, { kind: 'PersistentVolumeClaim', apiVersion: 'v1', status: { phase: 'Pending' } });
  fillIn(claim, ['spec'], { volumeMode: 'Filesystem' });
}

function fillJob(spec: Json | undefined, more: JsonObject): void {
  if (!isObject(spec)) return;
  fill(spec, {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
    ...more,
  });
  fillTemplate({ spec });
}

/** Defaults of `spec.template`. */
function fillTemplate(owner: JsonObject): void {
  fillIn(owner, ['spec', 'template'], { metadata: {} });
  fillPodSpec(objectAt(owner, 'spec', 'template').spec);
}

function fillPodSpec(spec: Json | undefined): void {
  if (!isObject(spec)) return;
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  fill(spec, { serviceAccount: spec.serviceAccountName, serviceAccountName: spec.serviceAccount });
  for (const container of [...objectsAt(spec, 'initContainers'), ...objectsAt(spec, 'containers')])
    fillContainer(container);
  for (const volume of objectsAt(spec, 'volumes')) fillVolume(volume);
}

function fillContainer(container: JsonObject): void {
  fill(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(textAt(container, 'image') ?? ''),
  });
  for (const port of objectsAt(container, 'ports')) fill(port, { protocol: 'TCP' });
  for (const entry of objectsAt(container, 'env')) fillReference(objectAt(entry, 'valueFrom').fieldRef);
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) fillProbe(container[probe]);
}

const pullPolicy = (image: string): string => (/:latest$|^[^:]*$|\/[^:]*$/.test(image) ? 'Always' : 'IfNotPresent');

function fillReference(reference: Json | undefined): void {
  if (isObject(reference)) fill(reference, { apiVersion: 'v1' });
}

function fillProbe(probe: Json | undefined): void {
  if (!isObject(probe)) return;
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  if (isObject(probe.httpGet)) fill(probe.httpGet, { path: '/', scheme: 'HTTP' });
}

function fillVolume(volume: JsonObject): void {
  for (const source of ['configMap', 'secret', 'projected', 'downwardAPI']) {
    if (isObject(volume[source])) fill(volume[source], { defaultMode: 420 });
  }
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';

function fillBinding(draft: JsonObject): void {
  fillIn(draft, ['roleRef'], { apiGroup: RBAC_GROUP });
  for (const subject of objectsAt(draft, 'subjects')) {
    if (subject.kind !== 'ServiceAccount') fill(subject, { apiGroup: RBAC_GROUP });
  }
}
