import { groupOf } from '../kubernetes/kinds.ts';
import type { Need } from './rules.ts';
import type { ServedKind, Types } from './types.ts';
import type { Use } from './uses.ts';

/** Objects of a kind in a place: any, or those of these names. */
export interface Members extends Pick<Need, 'place' | 'names'> {
  readonly type: ServedKind;
}

interface Where {
  readonly namespace: string;
  readonly names: readonly string[] | null;
}

/** `name` as `Deployment.apps`; none when the cluster does not serve it. */
export function membersOf(types: Types, name: string, { namespace, names }: Where): readonly Members[] {
  const type = types.ofGroupKind(name);
  return type ? [{ type, place: placeIn(type, namespace), names }] : [];
}

export function placeIn({ scope }: ServedKind, namespace: string): string | null {
  return scope === 'cluster' ? null : namespace;
}

export function needFor({ type, place, names }: Members, { verbs, why }: Use): Need {
  return { place, names, group: groupOf(type.apiVersion), resource: type.resource, verbs, why };
}
