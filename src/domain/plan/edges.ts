import type { KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import type { PlanItem } from '../../schema/stored.ts';
import { annotationsOf, describeRef, ownersNamed, refKey } from '../kubernetes/identity.ts';
import { asText, at } from '../kubernetes/json.ts';
import { groupKind } from '../kubernetes/kinds.ts';
import type { PlanQuestion } from './question.ts';
import type { Edge } from './stages.ts';

/** What must be there before what, beyond the order of kinds: owners, roles, and what users ask for. */
export function edgesOf(
  dependsOn: PlanQuestion['dependsOn'],
  items: readonly PlanItem[],
  contents: ReadonlyMap<string, KubeObject | null>,
): Edge[] {
  const own = items.flatMap(({ ref }) => {
    const object = contents.get(refKey(ref));
    if (!object) return [];
    const on = [...ownersNamed(object), ...roleOf(object), ...declaredIn(object)];
    return on.flatMap((other) => keysOf(other).map((key) => ({ object: edgeKey(ref), on: key })));
  });
  const asked = dependsOn.flatMap(({ object, on }) =>
    keysOf(object).flatMap((later) => keysOf(on).map((sooner) => ({ object: later, on: sooner }))),
  );
  return [...own, ...asked];
}

/** What an edge names an object by: its version does not matter. */
export function edgeKey({ namespace, name, ...type }: ObjectRef): string {
  return [groupKind(type), namespace ?? '', name].join('/');
}

/** A reference that does not say whether its kind lives in a namespace fits both. */
export function keysOf(ref: ObjectRef): string[] {
  return [...new Set([edgeKey(ref), edgeKey({ ...ref, namespace: undefined })])];
}

/** Whoever binds a role must be allowed what it allows: the server looks the role up. */
function roleOf(object: KubeObject): ObjectRef[] {
  const { namespace } = object.metadata;
  const role = at(object, 'roleRef');
  const [kind, name] = [asText(at(role, 'kind')), asText(at(role, 'name'))];
  return kind && name ? [{ apiVersion: object.apiVersion, kind, name, namespace: asText(namespace) }] : [];
}

/** `<group>/namespaces/<namespace>/<kind>/<name>` or `<group>/<kind>/<name>`, as kpt and cli-utils write it. */
function declaredIn(object: KubeObject): ObjectRef[] {
  const text = annotationsOf(object)['config.kubernetes.io/depends-on'] ?? '';
  return text.split(',').flatMap((part) => {
    const pieces = part.trim().split('/');
    const name = pieces.at(-1);
    const kind = pieces.at(-2);
    if (!name || !kind || pieces.length < 3) return [];
    const apiVersion = pieces[0] ? `${pieces[0]}/v1` : 'v1';
    return [{ apiVersion, kind, name, namespace: pieces.length === 5 ? pieces[2] : undefined }];
  });
}

/**
 * Writes whose dry run would prove nothing before another one is done: what lives in a namespace that is still to be
 * made, and what is an instance of a definition that is still to be restored.
 */
export function deferralsOf(
  items: readonly PlanItem[],
  contents: ReadonlyMap<string, KubeObject | null>,
): ReadonlyMap<string, string> {
  const writes = items.filter(({ verdict }) => verdict === 'update' || verdict === 'create' || verdict === 'recreate');
  const grounds = writes.flatMap((item): Ground[] => {
    const object = contents.get(refKey(item.ref));
    return object ? groundOf(item, object) : [];
  });
  return new Map(
    writes.flatMap((item) => {
      const ground = grounds.find(({ holds }) => holds(item.ref));
      return ground ? [[refKey(item.ref), ground.name] as const] : [];
    }),
  );
}

interface Ground {
  readonly name: string;
  readonly holds: (ref: ObjectRef) => boolean;
}

function groundOf({ ref, verdict }: PlanItem, object: KubeObject): Ground[] {
  const name = describeRef(ref);
  if (groupKind(ref) === 'Namespace' && verdict === 'create') {
    return [{ name, holds: ({ namespace }) => namespace === ref.name }];
  }
  if (groupKind(ref) !== 'CustomResourceDefinition.apiextensions.k8s.io') return [];
  const kind = kindDefinedBy(object);
  return [{ name, holds: (other) => groupKind(other) === kind }];
}

function kindDefinedBy(definition: KubeObject): string {
  return `${asText(at(definition, 'spec', 'names', 'kind'))}.${asText(at(definition, 'spec', 'group'))}`;
}

/** Plurals, by `groupKind`, of kinds that are served again when the plan is carried out: nobody else knows them until then. */
export function pluralsToCome(
  items: readonly PlanItem[],
  contents: ReadonlyMap<string, KubeObject | null>,
): ReadonlyMap<string, string> {
  return new Map(
    items.flatMap(({ ref, verdict }) => {
      const object = contents.get(refKey(ref));
      const isComing = verdict === 'create' && groupKind(ref) === 'CustomResourceDefinition.apiextensions.k8s.io';
      const plural = asText(at(object ?? undefined, 'spec', 'names', 'plural'));
      return isComing && object && plural !== undefined ? [[kindDefinedBy(object), plural] as const] : [];
    }),
  );
}
