import type { Json, JsonObject, KubeObject } from '../../schema/json.ts';
import type { IgnoreRule } from '../../schema/scope.ts';
import { withKey } from '../kubernetes/edit.ts';
import { asRecord, asText, at, isRecord } from '../kubernetes/json.ts';
import { ownersOf } from '../kubernetes/ownership.ts';

const skipReconcile = 'argocd.argoproj.io/skip-reconcile';

/** Where a kind's own pause is written, and what pauses it. */
interface Switch {
  readonly path: readonly string[];
  readonly pointer: string;
  readonly on: string | boolean;
}

const suspend: Switch = { path: ['spec', 'suspend'], pointer: '/spec/suspend', on: true };
/** Not `syncPolicy.automated`: taking that away loses its settings, and this stops syncs of every kind. */
const skip: Switch = {
  path: ['metadata', 'annotations', skipReconcile],
  pointer: `/metadata/annotations/${skipReconcile.replace('/', '~1')}`,
  on: 'true',
};

function switchOf({ kind }: { readonly kind: string }): Switch {
  return kind === 'Application' ? skip : suspend;
}

/** Pauses are our own doing: where owners are members themselves, nothing compares or puts them back. */
export const pauseRules: readonly IgnoreRule[] = [
  'kustomize.toolkit.fluxcd.io/v1/Kustomization',
  'kustomize.toolkit.fluxcd.io/v1beta2/Kustomization',
  'helm.toolkit.fluxcd.io/v2/HelmRelease',
  'helm.toolkit.fluxcd.io/v2beta2/HelmRelease',
  'argoproj.io/v1alpha1/Application',
].map((kind) => ({ kind, pointers: [switchOf({ kind: kind.split('/').at(-1) ?? '' }).pointer] }));

export function isPaused(owner: KubeObject): boolean {
  const { path, on } = switchOf(owner);
  return at(owner, ...path) === on;
}

/** Whether it applies anything by itself: not paused, and for Argo CD with automated sync. */
export function isActive(owner: KubeObject): boolean {
  if (isPaused(owner)) return false;
  if (owner.kind !== 'Application') return true;
  const automated = at(owner, 'spec', 'syncPolicy', 'automated');
  return isRecord(automated) && at(automated, 'enabled') !== false;
}

/** What stands where a pause is written; `null`: nothing. */
export function valueBefore(owner: KubeObject): string | boolean | null {
  const value = at(owner, ...switchOf(owner).path);
  return typeof value === 'boolean' ? value : (asText(value) ?? null);
}

export function paused(owner: KubeObject): KubeObject {
  const { path, on } = switchOf(owner);
  return put(owner, path, on) as KubeObject;
}

/** With `before` where the pause was; annotations that were made for the pause alone go with it. */
export function resumed(owner: KubeObject, before: string | boolean | null): KubeObject {
  return put(owner, switchOf(owner).path, before ?? undefined) as KubeObject;
}

function put(record: JsonObject, [key = '', ...rest]: readonly string[], value: Json | undefined): JsonObject {
  const inner = rest.length === 0 ? value : put(asRecord(at(record, key)), rest, value);
  const isEmptied = key === 'annotations' && Object.keys(asRecord(inner)).length === 0;
  return withKey(record, key, isEmptied ? undefined : inner);
}

/** Who owns the pause, by their field managers. */
export function pausedBy(owner: KubeObject): readonly string[] {
  return ownersOf(owner, switchOf(owner).pointer).map(({ manager }) => manager);
}
