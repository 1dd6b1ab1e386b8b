import type { KubeObject } from '../../../schema/json.ts';
import { annotationsOf, labelsOf } from '../identity.ts';
import { commaSeparated, type Listing } from './listing.ts';

const prefix = 'applyset.kubernetes.io';

/** Which objects can be an ApplySet's parent when only the set's id is known; a custom parent must be named. */
export const usualParents: readonly string[] = ['Secret', 'ConfigMap'];

export type ParentName =
  | { readonly kind: 'id'; readonly selector: string }
  | { readonly kind: 'object'; readonly groupKind: string; readonly name: string };

/** `applyset-…-v1`, `Secret/shop`, `Bundle.example.com/shop`. */
export function parseParent(text: string): ParentName {
  const slash = text.indexOf('/');
  return slash < 0
    ? { kind: 'id', selector: `${prefix}/id=${text}` }
    : { kind: 'object', groupKind: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** `undefined` when the object is no parent of an ApplySet. */
export function applySetOf(parent: KubeObject): Listing | undefined {
  const id = labelsOf(parent)[`${prefix}/id`];
  if (id === undefined) return undefined;
  const hint = (name: string) => commaSeparated(annotationsOf(parent)[`${prefix}/${name}`]);
  return {
    selector: `${prefix}/part-of=${id}`,
    groupKinds: hint('contains-group-kinds'),
    namespaces: hint('additional-namespaces'),
  };
}
