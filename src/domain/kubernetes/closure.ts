import type { Json, JsonObject, KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import { describeRef, labelsOf, refOf } from './identity.ts';
import { asList, asRecord, asText, at, isList } from './json.ts';
import { groupKind, isBuiltIn } from './kinds.ts';

/** Something a member cannot do without, and which member that is. */
export interface Needed {
  readonly ref: ObjectRef;
  /** For people: `named by Deployment/web`. */
  readonly of: string;
}

/** Made by the control plane in every namespace, and nobody's in particular. */
const everybodys: readonly string[] = ['ServiceAccount/default', 'ConfigMap/kube-root-ca.crt'];

export function isEverybodys(ref: ObjectRef): boolean {
  return everybodys.includes(describeRef(ref));
}

/** ConfigMaps, Secrets, claims and ServiceAccounts that the pods of `member` name. */
export function namedByPods(member: KubeObject): readonly Needed[] {
  const { namespace } = refOf(member);
  const spec = podTemplateOf(member)?.spec;
  if (spec === undefined || namespace === undefined) return [];
  const named = [
    ...fromPod(spec),
    ...containersOf(spec).flatMap(fromContainer),
    ...volumesOf(spec).flatMap(fromVolume),
  ];
  const of = `named by ${describeRef(refOf(member))}`;
  const refs = named.flatMap(([kind, name]) =>
    name === undefined ? [] : [{ apiVersion: 'v1', kind, namespace, name }],
  );
  return refs.filter((ref) => !isEverybodys(ref)).map((ref) => ({ ref, of }));
}

/** ConfigMaps and Secrets that the pod's containers read when they start, as `<Kind>/<name>` of its namespace. */
export function configurationOf(pod: KubeObject): ReadonlySet<string> {
  const spec = at(pod, 'spec') ?? {};
  const named = [...containersOf(spec).flatMap(fromContainer), ...volumesOf(spec).flatMap(fromVolume)];
  return new Set(named.flatMap(([kind, name]) => (name === undefined ? [] : [`${kind}/${name}`])));
}

interface PodTemplate {
  readonly metadata: Json | undefined;
  readonly spec: Json | undefined;
}

const templatePaths: readonly (readonly string[])[] = [
  ['spec', 'template'],
  ['spec', 'jobTemplate', 'spec', 'template'],
];

/** Of any kind that has one, custom resources such as rollouts included. */
function podTemplateOf(object: KubeObject): PodTemplate | undefined {
  if (groupKind(object) === 'Pod') return { metadata: object.metadata, spec: at(object, 'spec') };
  const template = templatePaths
    .map((path) => at(object, ...path))
    .find((one) => isList(at(one, 'spec', 'containers')));
  return template === undefined ? undefined : { metadata: at(template, 'metadata'), spec: at(template, 'spec') };
}

type Named = readonly [kind: string, name: string | undefined];

const nameAt = (kind: string, value: Json | undefined, ...path: string[]): Named => [kind, asText(at(value, ...path))];

function fromPod(spec: Json): readonly Named[] {
  const account = nameAt('ServiceAccount', spec, 'serviceAccountName');
  return [account, ...asList(at(spec, 'imagePullSecrets')).map((one) => nameAt('Secret', one, 'name'))];
}

function containersOf(spec: Json): readonly Json[] {
  return ['containers', 'initContainers', 'ephemeralContainers'].flatMap((key) => asList(at(spec, key)));
}

function fromContainer(container: Json): readonly Named[] {
  const whole = asList(at(container, 'envFrom')).flatMap((source) => [
    nameAt('ConfigMap', source, 'configMapRef', 'name'),
    nameAt('Secret', source, 'secretRef', 'name'),
  ]);
  const keys = asList(at(container, 'env')).flatMap((variable) => [
    nameAt('ConfigMap', variable, 'valueFrom', 'configMapKeyRef', 'name'),
    nameAt('Secret', variable, 'valueFrom', 'secretKeyRef', 'name'),
  ]);
  return [...whole, ...keys];
}

function volumesOf(spec: Json): readonly Json[] {
  const volumes = asList(at(spec, 'volumes'));
  return [...volumes, ...volumes.flatMap((volume) => asList(at(volume, 'projected', 'sources')).map(projected))];
}

/** A projected source names its Secret `name`, a volume `secretName`. */
function projected(source: Json): JsonObject {
  const secret = at(source, 'secret');
  return { ...asRecord(source), ...(secret ? { secret: { secretName: at(secret, 'name') ?? null } } : {}) };
}

function fromVolume(volume: Json): readonly Named[] {
  const driver = ['csi', 'nodePublishSecretRef', 'name'];
  return [
    nameAt('ConfigMap', volume, 'configMap', 'name'),
    nameAt('Secret', volume, 'secret', 'secretName'),
    nameAt('Secret', volume, ...driver),
    nameAt('PersistentVolumeClaim', volume, 'persistentVolumeClaim', 'claimName'),
  ];
}

/** Kinds that act on workloads they aim at. */
export const aimingKinds: readonly string[] = [
  'HorizontalPodAutoscaler.autoscaling',
  'PodDisruptionBudget.policy',
  'ScaledObject.keda.sh',
  'VerticalPodAutoscaler.autoscaling.k8s.io',
];

/** For people, which member `object` aims at: `aims at Deployment/web`. */
export function aimsAt(object: KubeObject, members: readonly KubeObject[]): string | undefined {
  const found = members.find((member) => isInReach(object, member) && isAimedAt(object, member));
  return found && `aims at ${describeRef(refOf(found))}`;
}

function isInReach(object: KubeObject, member: KubeObject): boolean {
  return refOf(object).namespace === refOf(member).namespace;
}

function isAimedAt(object: KubeObject, member: KubeObject): boolean {
  switch (groupKind(object)) {
    case 'PodDisruptionBudget.policy':
      return selectsPodsOf(at(object, 'spec', 'selector'), member);
    case 'VerticalPodAutoscaler.autoscaling.k8s.io':
      return isReference(at(object, 'spec', 'targetRef'), member);
    default:
      return isReference(at(object, 'spec', 'scaleTargetRef'), member);
  }
}

/** KEDA means a Deployment when it names no kind. Versions may differ. */
function isReference(reference: Json | undefined, member: KubeObject): boolean {
  const { apiVersion, kind, name } = asRecord(reference);
  const target = { apiVersion: asText(apiVersion) ?? 'apps/v1', kind: asText(kind) ?? 'Deployment' };
  return asText(name) === member.metadata.name && groupKind(target) === groupKind(member);
}

function selectsPodsOf(selector: Json | undefined, member: KubeObject): boolean {
  const template = podTemplateOf(member);
  if (template === undefined || selector === undefined) return false;
  const labels = labelsOf({ ...member, metadata: { ...asRecord(template.metadata), name: '' } });
  const equal = Object.entries(asRecord(at(selector, 'matchLabels'))).every(([key, value]) => labels[key] === value);
  return equal && asList(at(selector, 'matchExpressions')).every((term) => holds(term, labels));
}

const operators: Readonly<Record<string, (label: string | undefined, values: readonly Json[]) => boolean>> = {
  In: (label, values) => label !== undefined && values.includes(label),
  NotIn: (label, values) => label === undefined || !values.includes(label),
  Exists: (label) => label !== undefined,
  DoesNotExist: (label) => label === undefined,
};

function holds(term: Json, labels: Readonly<Record<string, string>>): boolean {
  const test = operators[asText(at(term, 'operator')) ?? ''];
  return test?.(labels[asText(at(term, 'key')) ?? ''], asList(at(term, 'values'))) ?? false;
}

/** What defines the kind of a custom resource. `plural`: its resource name, `undefined` when it is not served. */
export function definitionOf(
  member: KubeObject,
  plural: (member: KubeObject) => string | undefined,
): Needed | undefined {
  const resource = isBuiltIn(member) ? undefined : plural(member);
  if (resource === undefined) return undefined;
  const group = member.apiVersion.split('/')[0] ?? '';
  const ref = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    name: `${resource}.${group}`,
  };
  return { ref, of: `defines ${describeRef(refOf(member))}` };
}
