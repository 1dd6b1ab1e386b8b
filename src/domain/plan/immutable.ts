import { asText, at } from '../kubernetes/json.ts';
import { quantityOf } from '../kubernetes/quantity.ts';
import { type Change, fieldUnder, isUnder, kindOf } from './change.ts';

/**
 * How a change that no write can make is made all the same. `early`: the object holds no state and is deleted and
 * created anew before the pivot; `late`: behind it, with consent; `never`: doing so would lose what is not ours to lose.
 */
export interface Immutable {
  readonly how: 'early' | 'late' | 'never';
  readonly field: string;
}

interface Rule {
  readonly how: Immutable['how'];
  readonly fields: readonly string[];
  readonly when?: (change: Change) => boolean;
}

const late = (...fields: string[]): Rule => ({ how: 'late', fields });
const never = (...fields: string[]): Rule => ({ how: 'never', fields });
const early = (fields: readonly string[], when?: Rule['when']): Rule =>
  when ? { how: 'early', fields, when } : { how: 'early', fields };

const isSealed = ({ from }: Change) => at(from, 'immutable') === true;
const isBound = ({ from }: Change) => (asText(at(from, 'spec', 'clusterIP')) ?? '') !== '';
const shrinks = ({ from, to }: Change) => storageOf(to) < storageOf(from);

/**
 * Fields that kube-apiserver refuses to change (1.37), by kind. There is no reason code for "immutable": a refusal is
 * a plain 422, so the kind and the field must be known. Other kinds are found out by their dry run.
 */
const rules: Readonly<Record<string, readonly Rule[]>> = {
  'Deployment.apps': [late('/spec/selector')],
  'DaemonSet.apps': [late('/spec/selector')],
  'ReplicaSet.apps': [late('/spec/selector')],
  ConfigMap: [early(['/data', '/binaryData', '/immutable'], isSealed)],
  Secret: [early(['/data', '/immutable'], isSealed), early(['/type'])],
  'RoleBinding.rbac.authorization.k8s.io': [early(['/roleRef'])],
  'ClusterRoleBinding.rbac.authorization.k8s.io': [early(['/roleRef'])],
  Service: [{ ...late('/spec/clusterIP', '/spec/clusterIPs/0'), when: isBound }],
  PersistentVolumeClaim: [
    never('/spec/accessModes', '/spec/selector', '/spec/dataSource', '/spec/dataSourceRef'),
    { ...never('/spec/resources'), when: shrinks },
  ],
  PersistentVolume: [never('/spec/volumeMode', '/spec/nodeAffinity', '/spec/csi', '/spec/nfs', '/spec/hostPath')],
  'CustomResourceDefinition.apiextensions.k8s.io': [never('/spec/scope', '/spec/group', '/spec/names/plural')],
  'StorageClass.storage.k8s.io': [
    late('/provisioner', '/parameters', '/reclaimPolicy', '/volumeBindingMode', '/mountOptions'),
  ],
  'IngressClass.networking.k8s.io': [late('/spec/controller')],
  'PriorityClass.scheduling.k8s.io': [late('/value', '/preemptionPolicy')],
  'RuntimeClass.node.k8s.io': [late('/handler')],
  'EndpointSlice.discovery.k8s.io': [late('/addressType')],
};

/** Everything in a StatefulSet's spec but these is immutable. */
const mutableInStatefulSet: readonly string[] = [
  '/spec/replicas',
  '/spec/ordinals',
  '/spec/template',
  '/spec/updateStrategy',
  '/spec/revisionHistoryLimit',
  '/spec/persistentVolumeClaimRetentionPolicy',
  '/spec/minReadySeconds',
];

/** What of a running pod may still change. */
const mutableInPod: readonly RegExp[] = [
  /^\/spec\/(initContainers|containers)\/\d+\/image$/,
  /^\/spec\/(activeDeadlineSeconds|terminationGracePeriodSeconds|tolerations)(\/|$)/,
];

/** The first change that an ordinary write cannot make; `null` when a write will do, as far as is known. */
export function immutableChange(change: Change): Immutable | null {
  const kind = kindOf(change);
  if (kind === 'StatefulSet.apps') return lateField(change, (field) => !isMutable(field));
  if (kind === 'Pod') return lateField(change, (field) => !mutableInPod.some((pattern) => pattern.test(field)));
  for (const rule of rules[kind] ?? []) {
    const field = fieldUnder(change.fields, rule.fields);
    if (field !== undefined && (rule.when?.(change) ?? true)) return { how: rule.how, field };
  }
  return null;
}

function lateField({ fields }: Change, isImmutable: (field: string) => boolean): Immutable | null {
  const field = fields.find((candidate) => isUnder(candidate, '/spec') && isImmutable(candidate));
  return field === undefined ? null : { how: 'late', field };
}

function isMutable(field: string): boolean {
  return mutableInStatefulSet.some((pointer) => field === pointer || field.startsWith(`${pointer}/`));
}

function storageOf(object: Change['to']): number {
  return quantityOf(asText(at(object, 'spec', 'resources', 'requests', 'storage')) ?? '') ?? 0;
}
