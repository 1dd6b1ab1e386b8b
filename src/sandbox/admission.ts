import type { JsonObject } from './json.ts';
import type { Kind } from './kinds.ts';
import { annotationOf, nameOf } from './meta.ts';
import { forbidden } from './status-errors.ts';

/** An annotation of a pod: it is refused, in these words of an admission plugin or a policy. */
export const REFUSED = 'sandbox/refused';

export function admit(kind: Kind, draft: JsonObject): void {
  const why = kind.kind === 'Pod' && kind.group === '' ? annotationOf(draft, REFUSED) : undefined;
  if (why !== undefined) throw forbidden(kind, nameOf(draft), why);
}
