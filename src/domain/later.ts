/**
 * Cases that need machinery this version does not have. They are refused in the plan, with the reason, before anything
 * is written; never guessed at.
 */
import type { KubeObject } from '../schema/json.ts';
import { asList, asNumber, asText, at } from './kubernetes/json.ts';
import { groupKind } from './kubernetes/kinds.ts';

/** What would have to be written: `from` is live, `to` is the baseline; `null` where there is none. */
export interface Change {
  readonly from: KubeObject | null;
  readonly to: KubeObject | null;
  readonly fields: readonly string[];
}

type Rule = (change: Change) => string | null;

const notYet = (what: string) => `${what}: not supported by this version`;

/** These can block or break the restore while they stand; removing them first is "disarm". */
const blockers: readonly string[] = [
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
  'MutatingWebhookConfiguration.admissionregistration.k8s.io',
  'ValidatingAdmissionPolicy.admissionregistration.k8s.io',
  'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io',
  'NetworkPolicy.networking.k8s.io',
  'ResourceQuota',
  'LimitRange',
  'HorizontalPodAutoscaler.autoscaling',
  'PodDisruptionBudget.policy',
];

const traffic: readonly string[] = [
  'Ingress.networking.k8s.io',
  'HTTPRoute.gateway.networking.k8s.io',
  'VirtualService.networking.istio.io',
];

const oneWay: readonly string[] = [
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Namespace',
  'CustomResourceDefinition.apiextensions.k8s.io',
];

const rules: readonly Rule[] = [
  (change) =>
    blockers.includes(kindOf(change)) ? notYet('a change of an object that can block the restore (disarm)') : null,
  (change) =>
    change.to && traffic.includes(kindOf(change)) ? notYet('a change of an object that carries traffic') : null,
  (change) => (isServiceRouting(change) ? notYet('a changed Service selector or port (traffic order)') : null),
  (change) =>
    change.to && oneWay.includes(kindOf(change)) ? notYet('a write of this kind may not be undoable') : null,
  (change) => (becomesImmutable(change) ? notYet('setting "immutable" cannot be undone') : null),
  (change) =>
    kindOf(change) === 'StatefulSet.apps' && touches(change, '/spec/template')
      ? notYet('healing the pods of a StatefulSet')
      : null,
  (change) => (shrinksClaims(change) ? 'shrinking this StatefulSet would delete its volume claims' : null),
  (change) => (unsuspends(change) ? notYet('unsuspending a CronJob may start jobs that cannot be undone') : null),
  (change) => (touches(change, '/metadata/finalizers') ? notYet('a change of finalizers') : null),
  (change) => (!change.from && ownersOf(change.to) > 0 ? notYet('re-creating an object that has an owner') : null),
];

/** The first reason why this version cannot make the change safely; `null` when it can. */
export function refusedForNow(change: Change): string | null {
  for (const rule of rules) {
    const reason = rule(change);
    if (reason !== null) return reason;
  }
  return null;
}

function kindOf({ from, to }: Change): string {
  const object = to ?? from;
  return object ? groupKind(object) : '';
}

function touches(change: Change, prefix: string): boolean {
  return change.from !== null && change.fields.some((field) => field === prefix || field.startsWith(`${prefix}/`));
}

function isServiceRouting(change: Change): boolean {
  return kindOf(change) === 'Service' && (touches(change, '/spec/selector') || touches(change, '/spec/ports'));
}

function becomesImmutable({ from, to }: Change): boolean {
  return at(to ?? undefined, 'immutable') === true && at(from ?? undefined, 'immutable') !== true;
}

function shrinksClaims(change: Change): boolean {
  if (kindOf(change) !== 'StatefulSet.apps') return false;
  const replicas = (object: KubeObject | null) => asNumber(at(object ?? undefined, 'spec', 'replicas')) ?? 1;
  const policy = asText(at(change.from ?? undefined, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled'));
  return policy === 'Delete' && replicas(change.to) < replicas(change.from);
}

function unsuspends({ from, to }: Change): boolean {
  return at(from ?? undefined, 'spec', 'suspend') === true && at(to ?? undefined, 'spec', 'suspend') !== true;
}

function ownersOf(object: KubeObject | null): number {
  return asList(at(object ?? undefined, 'metadata', 'ownerReferences')).length;
}
