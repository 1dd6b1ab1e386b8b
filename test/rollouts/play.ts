import { foldHealthySince, type GuardDecision, judgeGuard } from '../../src/domain/judge-guard.ts';
import {
  type HealthBaseline,
  healthBaseline,
  type WorkloadsSeen,
  workloadVerdict,
} from '../../src/domain/kubernetes/workloads.ts';
import type { Evidence, Verdict } from '../../src/schema/verdict.ts';
import type { Rollout } from './rollout.ts';
import { startVirtualCluster, type VirtualCluster } from './virtual-cluster.ts';

/** What a guard decided about a rollout. */
export interface Played {
  readonly decision: Exclude<GuardDecision, { kind: 'wait' }>;
  /** Milliseconds after the deploy began. */
  readonly at: number;
  readonly evidence: readonly Evidence[];
}

/** Ways to get it wrong; none is the real thing. */
export interface Means {
  readonly see?: (seen: WorkloadsSeen) => WorkloadsSeen;
  /** When a deadline began that should have begun at 0; both in milliseconds. */
  readonly deadlineFrom?: (lastChange: number) => number;
}

/** Rules depend on time too: guards look at least this often. */
const lookEvery = 2000;
/** So many deadlines and bakes long nobody goes on waiting. */
const undecided = 3;
/** One look is enough for what comes together. */
const looksApart = 40;
/** What is there before a deploy gets this long to become healthy, or as broken as it should be. */
const settling = 300_000;

/** Plays a rollout to its end, in made-up time, with a guard that looks at each change. */
export function play(rollout: Rollout, means: Means = {}): Played {
  const cluster = startVirtualCluster();
  for (const { plural, object } of rollout.before) cluster.apply(plural, object);
  advanceTo(cluster, settling);
  const baseline = healthBaseline(members(cluster), children(cluster), cluster.serverTime());
  return new VirtualGuard(cluster, rollout, { baseline, means }).watch();
}

function advanceTo(cluster: VirtualCluster, until: number): void {
  while (cluster.advance(until) !== 'arrived');
}

const workloads = ['deployments', 'statefulsets', 'daemonsets', 'jobs'] as const;

function members(cluster: VirtualCluster) {
  return workloads.flatMap((plural) => cluster.list(plural));
}

function children(cluster: VirtualCluster) {
  return [...cluster.list('replicasets'), ...cluster.list('pods')];
}

interface Knowledge {
  readonly baseline: HealthBaseline;
  readonly means: Means;
}

class VirtualGuard {
  readonly #cluster: VirtualCluster;
  readonly #rollout: Rollout;
  readonly #knowledge: Knowledge;
  readonly #start: number;
  #verdict: Verdict = 'progressing';
  #evidence: readonly Evidence[] = [];
  #healthySince: number | null = null;
  #firstHealthyAt: number | null = null;
  #lastChange = 0;

  constructor(cluster: VirtualCluster, rollout: Rollout, knowledge: Knowledge) {
    this.#cluster = cluster;
    this.#rollout = rollout;
    this.#knowledge = knowledge;
    this.#start = cluster.now();
    for (const { at, does } of rollout.happenings) cluster.after(at, () => does(cluster));
  }

  watch(): Played {
    const { bake, deadline } = this.#rollout;
    for (;;) {
      this.#look();
      const decision = this.#judge();
      if (this.#elapsed() > undecided * (bake + deadline)) return this.#without();
      if (decision.kind !== 'wait') return { decision, at: this.#elapsed(), evidence: this.#evidence };
      const until = Math.min(this.#cluster.now() + lookEvery, this.#start + decision.until);
      let moved = this.#cluster.advance(until);
      while (moved === 'unchanged') moved = this.#cluster.advance(until);
      if (moved === 'changed') advanceTo(this.#cluster, this.#cluster.now() + looksApart);
    }
  }

  #without(): Played {
    const failure = { source: 'nobody', reason: 'never decided', by: null, at: this.#elapsed() };
    return { decision: { kind: 'failed', failure }, at: failure.at, evidence: [] };
  }

  #elapsed(): number {
    return this.#cluster.now() - this.#start;
  }

  #deployedAt(): number | null {
    return this.#elapsed() >= this.#rollout.deployedAt ? this.#rollout.deployedAt : null;
  }

  #look(): void {
    const now = this.#cluster.serverTime();
    const deployedAt = this.#deployedAt();
    const { baseline, means } = this.#knowledge;
    const seen: WorkloadsSeen = {
      members: members(this.#cluster),
      children: children(this.#cluster),
      baseline,
      now,
      deployedAt: deployedAt === null ? null : now - (this.#elapsed() - deployedAt),
    };
    const { verdict, evidence } = workloadVerdict(means.see?.(seen) ?? seen);
    if (verdict !== this.#verdict) this.#lastChange = this.#elapsed();
    this.#verdict = verdict;
    this.#evidence = evidence;
  }

  #judge(): GuardDecision {
    const { bake, deadline } = this.#rollout;
    const deployedAt = this.#deployedAt();
    const watched = {
      rule: 'any',
      targets: [{ name: 'eu', verdict: this.#verdict }],
      sources: [],
    } as const;
    const now = this.#elapsed();
    this.#healthySince = foldHealthySince({ deployedAt, healthySince: this.#healthySince, ...watched }, now);
    const { deadlineFrom } = this.#knowledge.means;
    this.#firstHealthyAt ??= this.#healthySince;
    if (this.#firstHealthyAt !== null) this.#firstHealthyAt = deadlineFrom?.(this.#lastChange) ?? this.#firstHealthyAt;
    const reason = this.#evidence.map((one) => `${one.object} ${one.reason}`).join(', ');
    const failure = this.#verdict === 'failing' ? { source: 'workloads', reason, by: null, at: now } : null;
    const readyAt = deadlineFrom?.(this.#lastChange) ?? 0;
    const quiet = { isAsked: false, promotedBy: null, cancel: null, superseded: null };
    const facts = {
      readyAt,
      deadline,
      bake,
      deployedAt,
      healthySince: this.#healthySince,
      firstHealthyAt: this.#firstHealthyAt,
      ...watched,
      failure,
      ...quiet,
    };
    return judgeGuard(facts, now);
  }
}
