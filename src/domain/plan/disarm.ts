import type { KubeObject } from '../../schema/json.ts';
import { asList, at } from '../kubernetes/json.ts';
import { groupKind } from '../kubernetes/kinds.ts';

/** Additions that may block or break the restore while they stand, and hold no state. */
const blockers: ReadonlySet<string> = new Set([
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
  'MutatingWebhookConfiguration.admissionregistration.k8s.io',
  'ValidatingAdmissionPolicy.admissionregistration.k8s.io',
  'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io',
  'MutatingAdmissionPolicy.admissionregistration.k8s.io',
  'MutatingAdmissionPolicyBinding.admissionregistration.k8s.io',
  'NetworkPolicy.networking.k8s.io',
  'ResourceQuota',
  'LimitRange',
  'HorizontalPodAutoscaler.autoscaling',
  'ScaledObject.keda.sh',
  'VerticalPodAutoscaler.autoscaling.k8s.io',
  'PodDisruptionBudget.policy',
]);

/** Whether an addition goes before anything is written: it can be posted back as it was. */
export function isBlocker(addition: KubeObject): boolean {
  return blockers.has(groupKind(addition)) && asList(at(addition, 'metadata', 'finalizers')).length === 0;
}

/** Of these, the ones that can turn a write away or change it: while they stand a dry run proves nothing. */
export function canTurnWritesAway(ref: { readonly apiVersion: string; readonly kind: string }): boolean {
  const kind = groupKind(ref);
  return kind.endsWith('.admissionregistration.k8s.io') || kind === 'ResourceQuota' || kind === 'LimitRange';
}
