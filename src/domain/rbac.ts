import type { ObjectRef } from '../schema/object-ref.ts';
import type { ResolvedTarget } from '../schema/resolved-request.ts';
import { describeRef } from './kubernetes/identity.ts';
import { groupKind } from './kubernetes/kinds.ts';
import { type NeedsQuestion, needsOf } from './rbac/needs.ts';
import { type Rule, rulesOf } from './rbac/rules.ts';
import { type ServedKind, type Types, typesIn } from './rbac/types.ts';

export interface RightsQuestion extends Omit<NeedsQuestion, 'types'> {
  readonly types: readonly ServedKind[];
}

/** Rules for one namespace; `null`: for what lives in none. */
export interface RoleRules {
  readonly namespace: string | null;
  readonly rules: readonly Rule[];
}

export interface Rights {
  readonly roles: readonly RoleRules[];
  /** What the rules leave out, for people. */
  readonly notes: readonly string[];
  /** Kinds the scope asks for that the cluster does not serve: a guard would not get ready. */
  readonly missing: readonly string[];
}

/** The least a worker must be allowed in one cluster to guard and to restore one application. */
export function rightsFor(question: RightsQuestion): Rights {
  const types = typesIn(question.types);
  const needs = needsOf({ ...question, types });
  const places = [...new Set(needs.map(({ place }) => place))].sort(namespacesFirst);
  const roles = places.map((namespace) => ({
    namespace,
    rules: rulesOf(needs.filter(({ place }) => place === namespace)),
  }));
  return {
    roles,
    notes: [...alwaysTrue, ...aboutRoles(roles), ...aboutInventories(question), ...aboutManifests(question, types)],
    missing: [...new Set(question.targets.flatMap((target) => missingKinds(target, types)))],
  };
}

function namespacesFirst(one: string | null, other: string | null): number {
  if (one === null || other === null) return one === null ? 1 : -1;
  return one < other ? -1 : 1;
}

const alwaysTrue: readonly string[] = [
  'Discovery and self subject access reviews are needed too, and allowed to every user (system:discovery, system:basic-user).',
  'Where Flux or Argo CD applies the application: `get` on its resource is needed too, and `update` with `owners: pause`.',
  'Kinds that are not named here are not read: what a deploy does to them is neither found nor undone.',
];

const grantingKinds: readonly string[] = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'];

/** `escalate` and `bind` would let the worker give itself anything: they are for a person to grant. */
function aboutRoles(roles: readonly RoleRules[]): readonly string[] {
  const granting = roles.some(({ rules }) =>
    rules.some(({ resources }) => resources.some((resource) => grantingKinds.includes(resource))),
  );
  if (!granting) return [];
  return [
    'To restore Roles and bindings the worker must itself have every right they grant (or "escalate" and "bind", which are never generated); without, such a rollback is refused. Leave these kinds out of scope.kinds if nothing of them is deployed.',
  ];
}

function aboutInventories({ targets }: RightsQuestion): readonly string[] {
  if (targets.every(({ scope }) => (scope.inventory ?? []).length === 0)) return [];
  return [
    'An inventory may name objects of other kinds, or in other namespaces: list the kinds in scope.kinds, or name the objects in manifests.',
  ];
}

/** What only the deploy will define has no plural name yet, so no rule can name it. */
function aboutManifests({ manifests }: RightsQuestion, types: Types): readonly string[] {
  const unserved = manifests.filter((ref) => !isServed(types, ref));
  const kinds = [...new Set(unserved.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`))];
  return kinds.map((kind) => `${kind}, named in manifests, is not served now: make this anew once it is.`);
}

function isServed(types: Types, ref: Pick<ObjectRef, 'apiVersion' | 'kind'>): boolean {
  return types.ofGroupKind(groupKind(ref)) !== undefined;
}

function missingKinds({ scope }: ResolvedTarget, types: Types): readonly string[] {
  const listed = scope.kindsAre === 'listed' ? scope.kinds.filter((kind) => types.named(kind) === undefined) : [];
  const refs = scope.refs.filter((ref) => !isServed(types, ref));
  return [...listed, ...refs.map((ref) => `${ref.apiVersion} ${describeRef(ref)}`)];
}
