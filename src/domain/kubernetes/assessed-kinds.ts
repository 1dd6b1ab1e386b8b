import { groupKind, isBuiltIn } from './kinds.ts';

const plainData: readonly string[] = [
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'Role.rbac.authorization.k8s.io',
  'RoleBinding.rbac.authorization.k8s.io',
];

/** Kinds whose health says something; plain data is current as soon as it exists, and need not be read to know that. */
export function isAssessed(object: { readonly apiVersion: string; readonly kind: string }): boolean {
  return !isBuiltIn(object) || !plainData.includes(groupKind(object));
}
