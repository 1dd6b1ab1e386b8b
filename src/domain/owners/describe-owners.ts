import type { OwnerPolicy } from '../../schema/owner.ts';
import type { OwnersView, OwnerView } from '../../schema/plan-view.ts';
import { describeOwner, type InTarget, ownersInTheWay } from './policy.ts';

/** Who else applies members, and what a rollback would do about each. */
export function describeOwners(policy: OwnerPolicy, met: readonly InTarget[]): OwnersView {
  const found = met.map(({ target, owner }) => ({
    target,
    owner: describeOwner(owner),
    via: owner.via,
    state: owner.state.kind,
    effect: effectOn(policy, { target, owner }),
  }));
  return { policy, found };
}

function effectOn(policy: OwnerPolicy, met: InTarget): OwnerView['effect'] {
  if (ownersInTheWay(policy, [met]).length > 0) return 'refuse';
  if (met.owner.state.kind === 'resting') return 'none';
  return policy === 'pause' ? 'pause' : 'ignore';
}
