import type { GroupRule, Verdict } from '../schema/verdict.ts';
import { besidesTolerated, groupVerdict, type Watched, worstOf } from './group-verdict.ts';

/** Why a deploy counts as failed; the first cause is kept. */
export interface Failure {
  /** `workloads`, `metric`, `probe`, `job`, `command`, `interrupt`, `deadline`, `deployer`, a monitoring system's name, or `person`. */
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
  /** Since when everything has been healthy without a break, counted from `deployed` at the earliest. */
  readonly healthySince: number | null;
  /** When it was so for the first time. */
  readonly firstHealthyAt: number | null;
  /** How many targets have to fail. */
  readonly rule: GroupRule;
  readonly targets: readonly Watched[];
  /** Each counts by itself, whatever the rule. */
  readonly sources: readonly Watched[];
  /** A person is asked already, because sources have no answer. */
  readonly isAsked: boolean;
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
  /** All is well as far as anybody can tell, and some sources cannot: a person has to say. */
  | { readonly kind: 'unanswered'; readonly reason: string }
  /** Nothing to decide before `until`, unless something changes. */
  | { readonly kind: 'wait'; readonly until: number; readonly waitingFor: 'deadline' | 'bake' };

/**
 * A failure beats everything: a deploy known to be bad is not kept because somebody promoted it in the same second.
 * The deadline is absolute from `ready`, and what was healthy by then has as long again to stay so for a bake: a pod that
 * moves to another node is no failed deploy. Flapping readiness can push neither back.
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
  if (now < until) return { kind: 'wait', until, waitingFor: 'bake' };
  return { kind: 'kept', reason: `healthy ${describeHealthy(facts)} for ${facts.bake / 1000} s` };
}

/** `in every target and by probe front`, or `in 2 of 3 targets, failing and tolerated: us`. */
export function describeHealthy({ rule, targets, sources }: Pick<GuardFacts, 'rule' | 'targets' | 'sources'>): string {
  const group = groupVerdict(rule, targets);
  const { length } = group.tolerated;
  const where = length === 0 ? 'in every target' : `in ${targets.length - length} of ${targets.length} targets`;
  const by = sources.length === 0 ? '' : ` and by ${sources.map(({ name }) => name).join(', ')}`;
  return `${where}${by}${besidesTolerated(group)}`;
}

function awaitDeadline(facts: GuardFacts, now: number): GuardDecision {
  const { until, within, lasting } = deadlineOf(facts);
  if (now < until) return { kind: 'wait', until, waitingFor: 'deadline' };
  if (facts.deployedAt === null) return missed(`no "deployed" ${within}`, now);
  const silent = silentSources(facts);
  if (silent.length > 0) return { kind: 'unanswered', reason: `no answer from ${silent.join(', ')} ${within}` };
  const seen = [...facts.targets, ...facts.sources].map(({ name, verdict }) => `${name} ${verdict}`);
  const reason = `not healthy${lasting} ${within} (${seen.join(', ')})`;
  // Who is asked decides: a moment of unrest, or an answer that is on its way, does not take the word from them.
  return facts.isAsked ? { kind: 'unanswered', reason } : missed(reason, now);
}

interface Deadline {
  readonly until: number;
  /** For people: how long it had, and how long health would have had to last. */
  readonly within: string;
  readonly lasting: string;
}

function deadlineOf({ readyAt, deadline, bake, firstHealthyAt }: GuardFacts): Deadline {
  if (firstHealthyAt === null) return { until: readyAt + deadline, within: `within ${deadline / 1000} s`, lasting: '' };
  const within = `within ${(bake + deadline) / 1000} s of being healthy first`;
  return { until: firstHealthyAt + bake + deadline, within, lasting: ` for ${bake / 1000} s on end` };
}

function missed(reason: string, at: number): GuardDecision {
  return { kind: 'failed', failure: { source: 'deadline', reason, by: null, at } };
}

/** The sources without an answer, where nothing else is the matter. */
function silentSources({ rule, targets, sources }: GuardFacts): string[] {
  const silent = sources.filter(({ verdict }) => verdict === 'inconclusive');
  const others = sources.filter((source) => !silent.includes(source));
  const isAllElseWell = overallVerdict({ rule, targets, sources: others }) === 'healthy';
  return isAllElseWell ? silent.map(({ name }) => name) : [];
}

type HealthFacts = Pick<GuardFacts, 'deployedAt' | 'healthySince' | 'rule' | 'targets' | 'sources'>;

/** Folds the verdicts: since when, if at all, everything is healthy. Health before `deployed` does not count. */
export function foldHealthySince({ deployedAt, healthySince, ...watched }: HealthFacts, now: number): number | null {
  if (deployedAt === null || overallVerdict(watched) !== 'healthy') return null;
  return healthySince ?? now;
}

function overallVerdict({ rule, targets, sources }: Pick<GuardFacts, 'rule' | 'targets' | 'sources'>): Verdict {
  return worstOf([groupVerdict(rule, targets).verdict, ...sources.map(({ verdict }) => verdict)]);
}
