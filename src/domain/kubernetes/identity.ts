import type { Json, KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import { asList, asRecord, asText, at, isExactNumber } from './json.ts';

export function refOf(object: KubeObject): ObjectRef {
  const { apiVersion, kind, metadata } = object;
  const namespace = asText(metadata.namespace);
  return namespace ? { apiVersion, kind, namespace, name: metadata.name } : { apiVersion, kind, name: metadata.name };
}

/** `apps/v1/Deployment/shop/checkout`; without the namespace for what lives in none. */
export function refKey(ref: ObjectRef): string {
  const place = ref.namespace ? [ref.namespace, ref.name] : [ref.name];
  return [ref.apiVersion, ref.kind, ...place].join('/');
}

/** Short, for people: `Deployment/checkout`. */
export function describeRef(ref: ObjectRef): string {
  return `${ref.kind}/${ref.name}`;
}

export function uidOf(object: KubeObject): string {
  return asText(object.metadata.uid) ?? '';
}

export function resourceVersionOf(object: KubeObject): string {
  return asText(object.metadata.resourceVersion) ?? '';
}

/** What a write of the object as it was read must still meet. */
export function fenceOf(object: KubeObject): { readonly uid: string; readonly resourceVersion: string } {
  return { uid: uidOf(object), resourceVersion: resourceVersionOf(object) };
}

export function generationOf(object: KubeObject): string | undefined {
  return integerText(object.metadata.generation);
}

/** Generations are compared as text: equal or not is all that counts. */
export function integerText(value: Json | undefined): string | undefined {
  if (isExactNumber(value)) return value.value;
  return typeof value === 'number' ? String(value) : undefined;
}

export function isTerminating(object: KubeObject): boolean {
  return at(object, 'metadata', 'deletionTimestamp') != null;
}

/** An object named as owner; in the namespace of what it owns, or in none. */
export interface Owner extends ObjectRef {
  readonly uid: string;
  readonly isController: boolean;
}

export function ownersNamed(object: KubeObject): readonly Owner[] {
  const namespace = asText(object.metadata.namespace);
  return asList(object.metadata.ownerReferences).map((reference) => {
    const text = (field: string) => asText(at(reference, field)) ?? '';
    const named = { apiVersion: text('apiVersion'), kind: text('kind'), namespace, name: text('name') };
    return { ...named, uid: text('uid'), isController: at(reference, 'controller') === true };
  });
}

export function controllerOf(object: KubeObject): Owner | undefined {
  return ownersNamed(object).find(({ isController }) => isController);
}

export function ownerUids(object: KubeObject): readonly string[] {
  return ownersNamed(object).map(({ uid }) => uid);
}

export function labelsOf(object: KubeObject): Readonly<Record<string, string>> {
  return texts(object.metadata.labels);
}

export function annotationsOf(object: KubeObject): Readonly<Record<string, string>> {
  return texts(object.metadata.annotations);
}

function texts(value: Json | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries(asRecord(value));
  return Object.fromEntries(entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])));
}

const keepMarkers: readonly (readonly [annotation: string, keeps: RegExp])[] = [
  ['helm.sh/resource-policy', /^\s*keep\s*$/i],
  ['cli-utils.sigs.k8s.io/on-remove', /^keep$/],
  ['client.lifecycle.config.k8s.io/deletion', /^detach$/],
  ['argocd.argoproj.io/sync-options', /(^|,)\s*Prune=(false|confirm)\s*(,|$)/],
  ['kustomize.toolkit.fluxcd.io/prune', /^disabled$/i],
];

/** The marker that tells every tool not to delete this object, as `annotation: value`. */
export function isKept(object: KubeObject): string | undefined {
  const annotations = annotationsOf(object);
  const found = keepMarkers.find(([annotation, keeps]) => keeps.test(annotations[annotation] ?? ''));
  return found === undefined ? undefined : `${found[0]}: ${annotations[found[0]]}`;
}
