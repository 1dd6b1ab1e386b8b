import { createHash } from 'node:crypto';
import { canonicalText } from '../src/domain/kubernetes/canonical.ts';
import { refKey } from '../src/domain/kubernetes/identity.ts';
import type { Ignore } from '../src/domain/kubernetes/ignore.ts';
import { ignoreFor } from '../src/domain/plan/autoscaling.ts';
import type { Content } from '../src/domain/plan/question.ts';
import type { SnapshotStore } from '../src/ports/snapshot-store.ts';
import type { PlanSummary } from '../src/schema/plan.ts';
import type { PlanDocument, PlanItem } from '../src/schema/stored.ts';

/**
 * Equal for plans that do the same to the same contents: versions and status move while a person reads a plan, and a
 * document that names them would never be approved. Keyed, since contents may be secret.
 */
export function digestOfPlan(
  store: SnapshotStore,
  plan: PlanDocument,
  { live, ignore }: { readonly live: readonly Content[]; readonly ignore: Ignore },
): string {
  const contents = new Map(live.map(({ member, object }) => [refKey(member.ref), object]));
  const objectOf = (item: PlanItem) => contents.get(refKey(item.ref)) ?? null;
  const items = plan.items.map((item) => {
    const { ref, verdict, reason, fields, baseline, timing, pivot, deferredOn, replicas, strip, stays, fence } = item;
    const object = verdict === 'noop' ? null : objectOf(item);
    const is = object && canonicalText(object, ignoreFor(ignore, ref, replicas));
    const to = [baseline, timing, pivot, deferredOn, replicas, strip, stays];
    return JSON.stringify([refKey(ref), fence?.uid ?? null, verdict, reason, fields, to, is]);
  });
  const stages = plan.stages.map(({ stage, does }) => `${stage} ${does}`);
  return store.fingerprint([plan.target, plan.baseline.id, plan.before.id, ...stages, ...items.sort()].join('\n'));
}

/** In the order of the targets' names, whichever was planned first. */
export function digestOfPlans(plans: readonly Pick<PlanSummary, 'target' | 'digest'>[]): string {
  const lines = plans.map(({ target, digest }) => `${target} ${digest}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
