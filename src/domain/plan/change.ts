import type { KubeObject } from '../../schema/json.ts';
import { groupKind } from '../kubernetes/kinds.ts';

/** What would have to be written: `from` is live, `to` is the baseline; `fields` are JSON pointers at which they differ. */
export interface Change {
  readonly from: KubeObject;
  readonly to: KubeObject;
  readonly fields: readonly string[];
}

export function kindOf({ to }: Pick<Change, 'to'>): string {
  return groupKind(to);
}

/** The first of the fields that is, or lies under, one of the pointers. */
export function fieldUnder(fields: readonly string[], pointers: readonly string[]): string | undefined {
  return fields.find((field) => pointers.some((pointer) => isUnder(field, pointer)));
}

/** `/spec` when a whole branch came or went: then everything below it changed. */
export function isUnder(field: string, pointer: string): boolean {
  return field === pointer || field.startsWith(`${pointer}/`) || pointer.startsWith(`${field}/`);
}
