import type { Verdict } from '../schema/verdict.ts';

/** Why a deploy counts as failed; the first cause is kept. */
export interface Failure {
  /** `workloads`, `command`, `interrupt`, `deadline`, `deployer`, a monitoring system's name, or `person`. */
  readonly source: string;
  readonly reason: string;
  readonly by: string | null;
  /** Milliseconds. */
  readonly at: number;
}

/** The watchers' reason speaks for itself; everybody else's needs a name. */
export function describeFailure({ source, reason, by }: Failure): string {
  if (source === 'workloads') return reason;
  return by === null ? `${source}: ${reason}` : `${by}: ${reason}`;
}

/** Everything a guard's watch has to decide on. Times are milliseconds of the workflow's clock. */
export interface GuardFacts {
  readonly readyAt: number;
  readonly deadline: number;
  readonly bake: number;
  readonly deployedAt: number | null;
  /** Since when every target has been healthy without a break, counted from `deployed` at the earliest. */
  readonly healthySince: number | null;
  readonly verdicts: readonly Verdict[];
  readonly failure: Failure | null;
  readonly promotedBy: string | null;
  readonly cancel: { readonly by: string; readonly reason: string } | null;
  readonly superseded: { readonly by: string; readonly reason: string } | null;
}

export type GuardDecision =
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cancelled'; readonly by: string; readonly reason: string }
  | { readonly kind: 'superseded'; readonly by: string; readonly reason: string }
  | { readonly kind: 'kept'; readonly reason: string }
  /** Nothing to decide before `until`, unless something changes. */
  | { readonly kind: 'wait'; readonly until: number; readonly waitingFor: 'deadline' | 'bake' };

/**
 * A failure beats everything: a deploy known to be bad is not kept because somebody promoted it in the same second.
 * The deadline is absolute from `ready`; flapping readiness cannot push it back.
 */
export function judgeGuard(facts: GuardFacts, now: number): GuardDecision {
  if (facts.failure) return { kind: 'failed', failure: facts.failure };
  if (facts.cancel) return { kind: 'cancelled', ...facts.cancel };
  if (facts.superseded) return { kind: 'superseded', ...facts.superseded };
  if (facts.promotedBy) return { kind: 'kept', reason: `promoted by ${facts.promotedBy}` };
  return facts.healthySince === null ? awaitDeadline(facts, now) : awaitBake(facts, facts.healthySince, now);
}

function awaitBake(facts: GuardFacts, healthySince: number, now: number): GuardDecision {
  const until = healthySince + facts.bake;
  if (now >= until) return { kind: 'kept', reason: `healthy in every target for ${facts.bake / 1000} s` };
  return { kind: 'wait', until, waitingFor: 'bake' };
}

function awaitDeadline(facts: GuardFacts, now: number): GuardDecision {
  const until = facts.readyAt + facts.deadline;
  if (now < until) return { kind: 'wait', until, waitingFor: 'deadline' };
  const reason =
    facts.deployedAt === null
      ? `no "deployed" within ${facts.deadline / 1000} s`
      : `not healthy within ${facts.deadline / 1000} s (${facts.verdicts.join(', ')})`;
  return { kind: 'failed', failure: { source: 'deadline', reason, by: null, at: now } };
}

/** Folds the verdicts: since when, if at all, every target is healthy. Health before `deployed` does not count. */
export function foldHealthySince(
  facts: Pick<GuardFacts, 'deployedAt' | 'healthySince' | 'verdicts'>,
  now: number,
): number | null {
  if (facts.deployedAt === null || facts.verdicts.length === 0) return null;
  if (!facts.verdicts.every((verdict) => verdict === 'healthy')) return null;
  return facts.healthySince ?? now;
}
