import type { ObjectRef } from '../../schema/object-ref.ts';
import type { LeftObject } from '../../schema/outcome.ts';
import type { Owner, OwnerPolicy } from '../../schema/owner.ts';
import type { ResolvedTarget } from '../../schema/resolved-request.ts';
import { describeRef, refKey } from '../kubernetes/identity.ts';

/** An owner as one target met it. */
export interface InTarget {
  readonly target: string;
  readonly owner: Owner;
}

/** Who was found for a target, if anybody was looked for. */
interface Found {
  readonly target: string;
  readonly owners?: readonly Owner[];
}

/** One that owns objects of several targets in a cluster counts once. */
export function distinctOwners(
  targets: readonly Pick<ResolvedTarget, 'id' | 'cluster'>[],
  found: readonly Found[],
): readonly InTarget[] {
  const clusters = new Map(targets.map(({ id, cluster }) => [id, cluster]));
  const all = found.flatMap(({ target, owners = [] }) => owners.map((owner) => ({ target, owner })));
  const distinct = new Map<string, InTarget>();
  for (const one of all) {
    const key = `${clusters.get(one.target)} ${refKey(one.owner.ref)}`;
    if (!distinct.has(key)) distinct.set(key, one);
  }
  return [...distinct.values()];
}

/** Why nothing may be restored while these owners are as they are; empty: go on. */
export function ownersInTheWay(policy: OwnerPolicy, met: readonly InTarget[]): readonly string[] {
  if (policy === 'ignore') return [];
  return met.flatMap(({ target, owner }) => {
    const why = policy === 'refuse' ? whyRefused(owner) : whyNotPaused(owner);
    return why === null ? [] : [`${target}/${describeOwner(owner)}: ${why}`];
  });
}

/** Names the owner, its place and its tool: `Kustomization/shop in flux-system (Flux)`. */
export function describeOwner({ ref, tool }: Owner): string {
  return `${describeRef(ref)}${ref.namespace ? ` in ${ref.namespace}` : ''} (${tool})`;
}

function whyRefused({ ref, via, state }: Owner): string | null {
  if (state.kind === 'resting') return null;
  const allow = 'allow it with "owners: pause", or leave it alone with "owners: ignore", in guard.yaml';
  if (state.kind === 'unknown') return `known from ${via}; ${state.why}; ${allow}`;
  return `known from ${via}; it is active and would apply its source over the restore; ${pauseCommand(ref)}, or ${allow}`;
}

function whyNotPaused({ ref, via, state }: Owner): string | null {
  if (state.kind === 'unknown') {
    return `known from ${via}; it cannot be paused: ${state.why}; pause it where it runs and write "owners: ignore" in guard.yaml`;
  }
  return state.kind === 'active' && !state.mayPause ? `no right to update ${ref.kind}` : null;
}

function place({ namespace }: ObjectRef): string {
  return namespace ? ` -n ${namespace}` : '';
}

function pauseCommand(ref: ObjectRef): string {
  return ref.kind === 'Application'
    ? `kubectl annotate application ${ref.name}${place(ref)} argocd.argoproj.io/skip-reconcile=true`
    : `flux suspend ${ref.kind.toLowerCase()} ${ref.name}${place(ref)}`;
}

function resumeCommand(ref: ObjectRef): string {
  return ref.kind === 'Application'
    ? `kubectl annotate application ${ref.name}${place(ref)} argocd.argoproj.io/skip-reconcile-`
    : `flux resume ${ref.kind.toLowerCase()} ${ref.name}${place(ref)}`;
}

/** Resumed, it would apply the failed version again: that its source was reverted is not for us to know. */
export function staysPaused({ target, owner }: InTarget): LeftObject {
  const reason = `stays paused, its source still asks for what failed: revert the source, then ${resumeCommand(owner.ref)}`;
  return { target, object: describeRef(owner.ref), reason };
}
