import type { ApplicationName } from '../client/index.ts';
import type { Rights, RoleRules } from '../domain/rbac.ts';

const group = 'rbac.authorization.k8s.io';

/** Who gets the rights, as a binding names it. */
export interface Subject {
  readonly kind: 'ServiceAccount' | 'User';
  readonly name: string;
  readonly namespace?: string;
  readonly apiGroup?: string;
}

export interface RbacObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** `<namespace>/<name>` of a service account. */
export function serviceAccount(text: string): Subject | undefined {
  const [, namespace, name] = /^([a-z0-9][-a-z0-9]*)\/([a-z0-9][-.a-z0-9]*)$/.exec(text) ?? [];
  return namespace && name ? { kind: 'ServiceAccount', namespace, name } : undefined;
}

export function user(name: string): Subject {
  return { kind: 'User', apiGroup: group, name };
}

/** Roles and, where somebody is to have them, bindings: all of one name, one pair per namespace and one for the cluster. */
export function rbacObjects(
  { roles }: Pick<Rights, 'roles'>,
  name: ApplicationName,
  subjects: readonly Subject[],
): readonly RbacObject[] {
  return roles.flatMap((role) => {
    const head = headOf(role, name);
    const scope = role.namespace === null ? 'Cluster' : '';
    const made = { ...head, kind: `${scope}Role`, rules: role.rules.map(({ why: _why, ...rule }) => rule) };
    const roleRef = { apiGroup: group, kind: made.kind, name: head.metadata.name };
    return subjects.length === 0 ? [made] : [made, { ...head, kind: `${scope}RoleBinding`, roleRef, subjects }];
  });
}

function headOf({ namespace }: RoleRules, { environment, application }: ApplicationName): RbacObject {
  return {
    apiVersion: `${group}/v1`,
    kind: '',
    metadata: {
      // No name of an application or environment has a colon: two applications never share a role.
      name: `belay:${environment}:${application}`,
      ...(namespace === null ? {} : { namespace }),
      labels: { 'app.kubernetes.io/managed-by': 'belay' },
    },
  };
}
