import type { Json, KubeObject } from '../../schema/json.ts';
import type { Path } from './edit.ts';
import { asText, at } from './json.ts';
import { groupKind } from './kinds.ts';

/** Metadata that only the server writes: in no comparison and in no request body. */
export const serverFields: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
]);

/** Annotations that a controller keeps for itself, and kcp's placement: their live value stays. */
const ignoredAnnotations: readonly RegExp[] = [
  /^deployment\.kubernetes\.io\/revision(-history)?$/,
  /^deprecated\.daemonset\.template\.generation$/,
  /^pv\.kubernetes\.io\//,
  /^volume(\.[a-z]+)?\.kubernetes\.io\/(.*provisioner|selected-node|storage-resizer)$/,
  /^control-plane\.alpha\.kubernetes\.io\/leader$/,
  /^endpoints\.kubernetes\.io\/last-change-trigger-time$/,
  /^autoscaling\.alpha\.kubernetes\.io\/(conditions|current-metrics)$/,
  /^experimental\.(status|spec-diff)\.workload\.kcp\.io\//,
  /^deletion\.internal\.workload\.kcp\.io\//,
  /^kcp\.io\/(cluster|path)$/,
];

export function isIgnoredAnnotation(key: string): boolean {
  return ignoredAnnotations.some((pattern) => pattern.test(key));
}

export function isIgnoredLabel(key: string): boolean {
  return key.startsWith('state.workload.kcp.io/');
}

export function isIgnoredFinalizer(name: string): boolean {
  return name.startsWith('finalizers.workload.kcp.io/');
}

interface FieldRule {
  readonly path: Path;
  readonly when?: (object: KubeObject) => boolean;
}

const field = (path: string): FieldRule => ({ path: path.split('.') });

const aggregated: FieldRule = { path: ['rules'], when: (object) => at(object, 'aggregationRule') !== undefined };

const tokenFields: readonly FieldRule[] = [
  { path: ['data'], when: isTokenSecret },
  { path: ['metadata', 'annotations', 'kubernetes.io/service-account.uid'], when: isTokenSecret },
];

/** A Job that names no labels of its own shows its template's, the generated ones included. */
const jobUidFields: readonly FieldRule[] = ['controller-uid', 'batch.kubernetes.io/controller-uid'].flatMap((label) => [
  { path: ['metadata', 'labels', label] },
  { path: ['spec', 'selector', 'matchLabels', label] },
  { path: ['spec', 'template', 'metadata', 'labels', label] },
]);

/** Filled in by others, or bound once: not compared, and the live value stays in an update. */
const boundFields: Readonly<Record<string, readonly FieldRule[]>> = {
  PersistentVolumeClaim: [field('spec.volumeName'), field('spec.storageClassName'), field('spec.volumeMode')],
  PersistentVolume: [field('spec.claimRef')],
  Pod: [field('spec.nodeName')],
  Namespace: [field('spec.finalizers')],
  Secret: tokenFields,
  'Job.batch': jobUidFields,
  'ClusterRole.rbac.authorization.k8s.io': [aggregated],
};

/** Like bound fields, but where live has none the snapshot's is better than none. */
const caBundles: Readonly<Record<string, readonly FieldRule[]>> = {
  'APIService.apiregistration.k8s.io': [field('spec.caBundle')],
  'CustomResourceDefinition.apiextensions.k8s.io': [field('spec.conversion.webhook.clientConfig.caBundle')],
  'MutatingWebhookConfiguration.admissionregistration.k8s.io': [field('webhooks.*.clientConfig.caBundle')],
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io': [field('webhooks.*.clientConfig.caBundle')],
};

/** A re-created claim keeps class and mode, a re-created volume the name of its claim: only the old binding goes. */
const droppedOnCreate: Readonly<Record<string, readonly FieldRule[]>> = {
  ...boundFields,
  PersistentVolumeClaim: [field('spec.volumeName')],
  PersistentVolume: [field('spec.claimRef.uid'), field('spec.claimRef.resourceVersion')],
};

function pathsFor(table: Readonly<Record<string, readonly FieldRule[]>>, object: KubeObject): readonly Path[] {
  const rules = table[groupKind(object)] ?? [];
  return rules.filter((rule) => rule.when?.(object) ?? true).map((rule) => rule.path);
}

export function boundPaths(object: KubeObject): readonly Path[] {
  return pathsFor(boundFields, object);
}

export function caBundlePaths(object: KubeObject): readonly Path[] {
  return pathsFor(caBundles, object);
}

export function pathsDroppedOnCreate(object: KubeObject): readonly Path[] {
  return pathsFor(droppedOnCreate, object);
}

function isTokenSecret(object: KubeObject): boolean {
  return at(object, 'type') === 'kubernetes.io/service-account-token';
}

export const secretLists = ['secrets', 'imagePullSecrets'] as const;

export function isServiceAccount(object: KubeObject): boolean {
  return groupKind(object) === 'ServiceAccount';
}

/** Named by the token and pull-secret controllers: `<account>-token-x7k2p`. */
export function isGeneratedSecret(account: string, item: Json): boolean {
  const name = asText(at(item, 'name')) ?? '';
  const prefix = [`${account}-token-`, `${account}-dockercfg-`].find((start) => name.startsWith(start));
  return prefix !== undefined && /^[a-z0-9]{5}$/.test(name.slice(prefix.length));
}
