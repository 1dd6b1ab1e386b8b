import { nameJobSelector } from './job-selector.ts';
import { equal, fill, type JsonObject, numberAt, objectAt, objectsAt, put, textAt, textsAt } from './json.ts';
import type { Kind } from './kinds.ts';
import { annotationOf } from './meta.ts';
import { type ClusterState, randomClusterIp, randomNodePort } from './state.ts';

/** What the server adds to a new object after its defaults. Works on a draft that already has its uid. */
export function prepareCreate(kind: Kind, draft: JsonObject, state: ClusterState): void {
  if (kind.custom === undefined) ON_CREATE[kind.kind]?.(draft, state);
}

/** What the server takes over from the live object, or computes from the difference. */
export function prepareUpdate(kind: Kind, draft: JsonObject, live: JsonObject): void {
  if (kind.custom === undefined) ON_UPDATE[kind.kind]?.(draft, live);
}

const ON_CREATE: Record<string, (draft: JsonObject, state: ClusterState) => void> = {
  Namespace: (draft) => {
    draft.spec = { finalizers: ['kubernetes'] };
    draft.status = { phase: 'Active' };
  },
  Service: (draft, state) => allocateService(draft, state),
  PersistentVolumeClaim: (draft) => {
    addFinalizer(draft, 'kubernetes.io/pvc-protection');
    draft.status = { phase: 'Pending' };
  },
  Pod: (draft) => {
    tolerateNodeTrouble(objectAt(draft, 'spec'));
    fill(objectAt(draft, 'spec'), { priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    draft.status = { phase: 'Pending', qosClass: 'BestEffort' };
  },
  Deployment: (draft) => {
    draft.status = {};
  },
  ReplicaSet: (draft) => {
    draft.status = { replicas: 0 };
  },
  Event: (draft) => {
    fill(draft, { reportingComponent: '', reportingInstance: '', source: {} });
    for (const time of ['eventTime', 'firstTimestamp', 'lastTimestamp']) draft[time] ??= null;
  },
  StatefulSet: (draft) => {
    draft.status = { replicas: 0, availableReplicas: 0 };
  },
  DaemonSet: (draft) => {
    draft.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
  },
  Job: (draft) => {
    draft.status = {};
    nameJobSelector(draft);
  },
  CronJob: (draft) => {
    draft.status = {};
  },
  HorizontalPodAutoscaler: (draft) => {
    draft.status = { desiredReplicas: 0, currentMetrics: null };
  },
  PodDisruptionBudget: (draft) => {
    draft.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  Ingress: (draft) => {
    draft.status = { loadBalancer: {} };
  },
  CustomResourceDefinition: (draft) => {
    const noNames = { plural: '', kind: '' };
    draft.status = { conditions: null, acceptedNames: noNames, storedVersions: [storageVersion(draft)] };
  },
};

const ON_UPDATE: Record<string, (draft: JsonObject, live: JsonObject) => void> = {
  Service: keepAllocations,
  CustomResourceDefinition: (draft) => {
    const stored = textsAt(draft, 'status', 'storedVersions');
    const storage = storageVersion(draft);
    if (!stored.includes(storage)) put(draft, ['status', 'storedVersions'], [...stored, storage]);
  },
};

function tolerateNodeTrouble(spec: JsonObject): void {
  const given = objectsAt(spec, 'tolerations');
  const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
  const added = keys
    .filter((key) => !given.some((toleration) => toleration.key === key))
    .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  spec.tolerations = [...given, ...added];
}

function storageVersion(crd: JsonObject): string {
  const version = objectsAt(crd, 'spec', 'versions').find((candidate) => candidate.storage === true);
  return textAt(version, 'name') ?? '';
}

export const DAEMON_TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** Counts a DaemonSet's templates in an annotation: a new one starts where the request says, a change adds one. */
export function countDaemonTemplates(draft: JsonObject, live: JsonObject | undefined): void {
  const before = Number(annotationOf(live ?? draft, DAEMON_TEMPLATE_GENERATION) ?? 0);
  const isSame = live !== undefined && equal(objectAt(draft, 'spec', 'template'), objectAt(live, 'spec', 'template'));
  const isKept = isSame || (live === undefined && before > 0);
  put(draft, ['metadata', 'annotations', DAEMON_TEMPLATE_GENERATION], String(isKept ? before : before + 1));
}

function addFinalizer(draft: JsonObject, finalizer: string): void {
  const present = textsAt(draft, 'metadata', 'finalizers');
  if (!present.includes(finalizer)) put(draft, ['metadata', 'finalizers'], [...present, finalizer]);
}

function allocateService(draft: JsonObject, state: ClusterState): void {
  draft.status = { loadBalancer: {} };
  const spec = objectAt(draft, 'spec');
  if (spec.type === 'ExternalName') return;
  const address = textAt(spec, 'clusterIP') ?? textsAt(spec, 'clusterIPs')[0] ?? freeClusterIp(state);
  fill(spec, { clusterIP: address, clusterIPs: [address], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  if (needsNodePorts(spec)) for (const port of objectsAt(spec, 'ports')) fill(port, { nodePort: randomNodePort() });
}

export function usedClusterIps(state: ClusterState): Set<string | undefined> {
  return new Set(state.store.list('/services').map((service) => textAt(service, 'spec', 'clusterIP')));
}

function freeClusterIp(state: ClusterState): string {
  const used = usedClusterIps(state);
  let address = randomClusterIp();
  while (used.has(address)) address = randomClusterIp();
  return address;
}

const needsNodePorts = (spec: JsonObject): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';

/** A blank address or port in an update means: keep the one it has. */
function keepAllocations(draft: JsonObject, live: JsonObject): void {
  const spec = objectAt(draft, 'spec');
  if (spec.type === 'ExternalName') return;
  const old = objectAt(live, 'spec');
  alignAddresses(spec, old);
  fill(spec, { ipFamilies: old.ipFamilies ?? ['IPv4'], ipFamilyPolicy: old.ipFamilyPolicy ?? 'SingleStack' });
  if (needsNodePorts(spec)) for (const port of objectsAt(spec, 'ports')) keepNodePort(port, old);
}

/** `clusterIP` and `clusterIPs` say the same; if only the first was changed, the second follows. */
function alignAddresses(spec: JsonObject, old: JsonObject): void {
  const isChanged = spec.clusterIP !== undefined && spec.clusterIP !== old.clusterIP;
  if (isChanged && equal(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs = [spec.clusterIP ?? ''];
  fill(spec, { clusterIP: old.clusterIP, clusterIPs: old.clusterIPs });
}

function keepNodePort(port: JsonObject, old: JsonObject): void {
  const before = objectsAt(old, 'ports').find((candidate) => candidate.port === port.port);
  fill(port, { nodePort: numberAt(before, 'nodePort') ?? randomNodePort() });
}
