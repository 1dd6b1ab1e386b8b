import type { Json, KubeObject } from '../../../schema/json.ts';
import type { ObjectRef } from '../../../schema/object-ref.ts';
import { asList, asText, at } from '../json.ts';

export const fluxGroupKinds = {
  Kustomization: 'Kustomization.kustomize.toolkit.fluxcd.io',
  HelmRelease: 'HelmRelease.helm.toolkit.fluxcd.io',
} as const;

/** What `status.inventory` of a Kustomization or HelmRelease lists. */
export function fluxInventory(owner: KubeObject): readonly ObjectRef[] {
  return asList(at(owner, 'status', 'inventory', 'entries')).flatMap((entry) => refOfEntry(entry) ?? []);
}

/** `<namespace>_<name>_<group>_<kind>`; only names can hold a `_`, where RBAC's colons are written `__`. */
function refOfEntry(entry: Json): ObjectRef | undefined {
  const parts = (asText(at(entry, 'id')) ?? '').split('_');
  const version = asText(at(entry, 'v'));
  if (parts.length < 4 || !version) return undefined;
  const [namespace = '', ...rest] = parts;
  const [group = '', kind = ''] = rest.splice(-2);
  const name = rest.join('_').replaceAll('__', ':');
  const ref = { apiVersion: group === '' ? version : `${group}/${version}`, kind, name };
  return namespace === '' ? ref : { ...ref, namespace };
}

/** The Helm release that a HelmRelease stands for, once Flux has made one. */
export function releaseOf(owner: KubeObject): { readonly name: string; readonly namespace: string } | undefined {
  const storage = asText(at(owner, 'status', 'storageNamespace'));
  if (!storage) return undefined;
  const target = asText(at(owner, 'spec', 'targetNamespace'));
  const given = asText(at(owner, 'spec', 'releaseName'));
  const last = asText(at(owner, 'status', 'history', 0, 'name'));
  const composed = target ? `${target}-${owner.metadata.name}` : owner.metadata.name;
  return { name: last || given || composed, namespace: storage };
}
