import type { PlanCounts, PlanSummary, PlanVerdict } from '../schema/plan.ts';
import { pivotOf } from './plan/stages.ts';

const noCounts: PlanCounts = { noop: 0, update: 0, create: 0, recreate: 0, prune: 0, leave: 0, refuse: 0 };

export function countVerdicts(verdicts: readonly PlanVerdict[]): PlanCounts {
  const count = (wanted: PlanVerdict) => verdicts.filter((verdict) => verdict === wanted).length;
  return mapCounts(count);
}

function mapCounts(count: (verdict: PlanVerdict) => number): PlanCounts {
  const names = Object.keys(noCounts) as PlanVerdict[];
  return Object.fromEntries(names.map((verdict) => [verdict, count(verdict)])) as unknown as PlanCounts;
}

export function countPlans(plans: readonly PlanSummary[]): PlanCounts {
  return mapCounts((verdict) => plans.reduce((sum, plan) => sum + plan.counts[verdict], 0));
}

/** `7 update · 1 create · 3 prune · 34 unchanged`: what changes first, what does not matter not at all. */
export function describeCounts(counts: PlanCounts): string {
  const order: readonly PlanVerdict[] = ['update', 'create', 'recreate', 'prune', 'leave', 'refuse'];
  const changing = order.filter((verdict) => counts[verdict] > 0).map((verdict) => `${counts[verdict]} ${verdict}`);
  return [...changing, `${counts.noop} unchanged`].join(' · ');
}

/** Writes before the pivot. */
export function writesOf({ stages }: PlanSummary): number {
  const writes = stages.filter(({ does, order }) => does === 'write' && pivotOf(order) === 'before');
  return writes.flatMap(({ batches }) => batches).reduce((sum, size) => sum + size, 0);
}
