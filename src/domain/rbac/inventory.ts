import type { ResolvedTarget } from '../../schema/resolved-request.ts';
import type { Inventory } from '../../schema/scope.ts';
import { parseParent, usualParents } from '../kubernetes/inventory/apply-set.ts';
import { fluxGroupKinds } from '../kubernetes/inventory/flux.ts';
import { kappRecordNames } from '../kubernetes/inventory/kapp.ts';
import { type Members, membersOf, needFor } from './members.ts';
import type { Need } from './rules.ts';
import type { Types } from './types.ts';
import { uses } from './uses.ts';

/** The tools' own records, restored with what they name. */
export function recordsIn(target: ResolvedTarget, types: Types): readonly Members[] {
  return (target.scope.inventory ?? []).flatMap((inventory) => recordsOf(inventory, target.namespace, types));
}

/** Secrets can not be limited to those of one release: a right knows names, not labels. */
function recordsOf({ helm, applySet, kapp, flux }: Inventory, namespace: string, types: Types): readonly Members[] {
  if (helm !== undefined) return membersOf(types, 'Secret', { namespace, names: null });
  if (kapp !== undefined) return membersOf(types, 'ConfigMap', { namespace, names: kappRecordNames(kapp) });
  if (applySet !== undefined) return parentsOf(applySet, namespace, types);
  if (flux?.kind !== 'HelmRelease') return [];
  // Helm's records of it: in its own namespace, unless `storageNamespace` says otherwise.
  return membersOf(types, 'Secret', { namespace: flux.namespace ?? namespace, names: null });
}

function parentsOf(text: string, namespace: string, types: Types): readonly Members[] {
  const parent = parseParent(text);
  if (parent.kind === 'object') return membersOf(types, parent.groupKind, { namespace, names: [parent.name] });
  return usualParents.flatMap((kind) => membersOf(types, kind, { namespace, names: null }));
}

/** Flux's own resources are read and left alone. */
export function fluxNeeds({ scope, namespace }: ResolvedTarget, types: Types): readonly Need[] {
  return (scope.inventory ?? []).flatMap(({ flux }) => {
    if (flux === undefined) return [];
    const where = { namespace: flux.namespace ?? namespace, names: [flux.name] };
    return membersOf(types, fluxGroupKinds[flux.kind], where).map((owner) => needFor(owner, uses.inventory));
  });
}
