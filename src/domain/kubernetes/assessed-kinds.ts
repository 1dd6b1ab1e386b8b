import { groupKind } from './kinds.ts';

/** Nobody reports anything about these: they do what they do as soon as they exist. */
const plainData: ReadonlySet<string> = new Set([
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'LimitRange',
  'ResourceQuota',
  'PodTemplate',
  'Endpoints',
  'EndpointSlice.discovery.k8s.io',
  'ControllerRevision.apps',
  'CronJob.batch',
  'Lease.coordination.k8s.io',
  'NetworkPolicy.networking.k8s.io',
  'IngressClass.networking.k8s.io',
  'Role.rbac.authorization.k8s.io',
  'RoleBinding.rbac.authorization.k8s.io',
  'ClusterRole.rbac.authorization.k8s.io',
  'ClusterRoleBinding.rbac.authorization.k8s.io',
  'StorageClass.storage.k8s.io',
  'VolumeAttributesClass.storage.k8s.io',
  'CSIDriver.storage.k8s.io',
  'PriorityClass.scheduling.k8s.io',
  'RuntimeClass.node.k8s.io',
  'DeviceClass.resource.k8s.io',
  'ResourceClaimTemplate.resource.k8s.io',
  'PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io',
  'MutatingWebhookConfiguration.admissionregistration.k8s.io',
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
  'MutatingAdmissionPolicy.admissionregistration.k8s.io',
  'MutatingAdmissionPolicyBinding.admissionregistration.k8s.io',
  'ValidatingAdmissionPolicy.admissionregistration.k8s.io',
  'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io',
]);

/** Plain data that is not even read to judge health: there may be very much of it. */
const unread: ReadonlySet<string> = new Set([
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'Role.rbac.authorization.k8s.io',
  'RoleBinding.rbac.authorization.k8s.io',
]);

interface OfKind {
  readonly apiVersion: string;
  readonly kind: string;
}

export function isPlainData(object: OfKind): boolean {
  return plainData.has(groupKind(object));
}

/** Kinds to read when health is judged; `ruled` are the kinds with a rule of the user's, `<apiVersion>/<Kind>`. */
export function isAssessed(ruled: readonly string[]): (object: OfKind) => boolean {
  return (object) => ruled.includes(`${object.apiVersion}/${object.kind}`) || !unread.has(groupKind(object));
}
