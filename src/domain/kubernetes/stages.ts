import type { ObjectRef } from '../../schema/object-ref.ts';
import { groupKind } from './kinds.ts';

/** Order of writes before the pivot; a stage starts when the one before is done in every cluster. */
export const stages = [
  'definitions',
  'access',
  'configuration',
  'services',
  'workloads',
  'resources',
  'traffic',
  'autoscaling',
] as const;
export type Stage = (typeof stages)[number];

/** Kinds of each stage in the order they are written. Kinds not named here are custom resources. */
const kinds: Readonly<Record<Stage, readonly string[]>> = {
  definitions: ['CustomResourceDefinition.apiextensions.k8s.io', 'Namespace'],
  access: [
    'PriorityClass.scheduling.k8s.io',
    'RuntimeClass.node.k8s.io',
    'StorageClass.storage.k8s.io',
    'IngressClass.networking.k8s.io',
    'GatewayClass.gateway.networking.k8s.io',
    'ResourceQuota',
    'LimitRange',
    'NetworkPolicy.networking.k8s.io',
    'ServiceAccount',
    'ClusterRole.rbac.authorization.k8s.io',
    'Role.rbac.authorization.k8s.io',
    'ClusterRoleBinding.rbac.authorization.k8s.io',
    'RoleBinding.rbac.authorization.k8s.io',
  ],
  configuration: ['ConfigMap', 'Secret', 'PersistentVolume', 'PersistentVolumeClaim'],
  services: ['Service', 'Endpoints', 'EndpointSlice.discovery.k8s.io'],
  workloads: [
    'DaemonSet.apps',
    'StatefulSet.apps',
    'Deployment.apps',
    'ReplicaSet.apps',
    'ReplicationController',
    'Pod',
    'Job.batch',
    'CronJob.batch',
  ],
  resources: [],
  traffic: [
    'Gateway.gateway.networking.k8s.io',
    'HTTPRoute.gateway.networking.k8s.io',
    'GRPCRoute.gateway.networking.k8s.io',
    'TCPRoute.gateway.networking.k8s.io',
    'TLSRoute.gateway.networking.k8s.io',
    'UDPRoute.gateway.networking.k8s.io',
    'DestinationRule.networking.istio.io',
    'Gateway.networking.istio.io',
    'VirtualService.networking.istio.io',
    'TrafficSplit.split.smi-spec.io',
    'Ingress.networking.k8s.io',
  ],
  autoscaling: [
    'HorizontalPodAutoscaler.autoscaling',
    'VerticalPodAutoscaler.autoscaling.k8s.io',
    'ScaledObject.keda.sh',
    'PodDisruptionBudget.policy',
    // Last, when what they call is up again.
    'APIService.apiregistration.k8s.io',
    'MutatingAdmissionPolicy.admissionregistration.k8s.io',
    'ValidatingAdmissionPolicy.admissionregistration.k8s.io',
    'MutatingAdmissionPolicyBinding.admissionregistration.k8s.io',
    'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io',
    'MutatingWebhookConfiguration.admissionregistration.k8s.io',
    'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
  ],
};

export function stageOf(ref: ObjectRef): Stage {
  const kind = groupKind(ref);
  return stages.find((stage) => kinds[stage].includes(kind)) ?? 'resources';
}

/** A total order: stage, kind order, kind, namespace, name. */
export function compareRefs(a: ObjectRef, b: ObjectRef): number {
  return rankOf(a) - rankOf(b) || compareTexts(placeOf(a), placeOf(b));
}

function rankOf(ref: ObjectRef): number {
  const stage = stageOf(ref);
  return stages.indexOf(stage) * 1000 + kinds[stage].indexOf(groupKind(ref));
}

function placeOf(ref: ObjectRef): readonly string[] {
  return [groupKind(ref), ref.namespace ?? '', ref.name, ref.apiVersion];
}

/** By code unit: a locale must not decide the order of writes. */
function compareTexts(a: readonly string[], b: readonly string[]): number {
  const index = a.findIndex((text, position) => text !== b[position]);
  if (index < 0) return 0;
  return (a[index] ?? '') < (b[index] ?? '') ? -1 : 1;
}
