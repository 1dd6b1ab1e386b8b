import type { KubeObject } from '../../schema/json.ts';
import type { Evidence, Verdict } from '../../schema/verdict.ts';
import { assess, type Seen } from './assess.ts';
import { evidenceOf, failuresOf, type Situation } from './evidence.ts';
import type { ObjectHealth } from './health.ts';
import type { HealthBaseline } from './health-baseline.ts';
import { refKey, refOf } from './identity.ts';
import { familyOf } from './revision-pods.ts';
import { isRollingOut, wasLikeThis } from './was-like-this.ts';

export type { Known } from './assess.ts';
export { type HealthBaseline, healthBaseline } from './health-baseline.ts';

export interface WorkloadsSeen extends Seen {
  readonly baseline: HealthBaseline;
  /** Milliseconds of the cluster's clock. */
  readonly now: number;
  /** When everything that the deploy brings was there, by the same clock; `null` while it may bring more. */
  readonly deployedAt: number | null;
}

interface Judged {
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  /** Members that nothing can be said about. */
  readonly notAssessed: number;
}

/**
 * What the deploy has done to its workloads so far. Only pods of the new revision count, and nothing that was broken
 * before. `inconclusive`: nothing moves and nothing can be said, for example a rollout that was paused half-way.
 */
export function workloadVerdict(seen: WorkloadsSeen): Judged {
  const situation = situationOf(seen);
  return { ...judge(seen.members, situation), notAssessed: silentMembers(seen.members, situation).length };
}

function judge(members: readonly KubeObject[], situation: Situation): Omit<Judged, 'notAssessed'> {
  const failures = members.flatMap((member) => failuresOf(member, situation));
  if (failures.length > 0) return { verdict: 'failing', evidence: failures };
  const waiting = members.flatMap((member) => reasonToWait(member, situation));
  if (waiting.length > 0) return { verdict: 'progressing', evidence: waiting };
  const doubts = members.flatMap((member) => reasonToDoubt(member, situation));
  if (doubts.length > 0) return { verdict: 'inconclusive', evidence: doubts };
  const silent = silentMembers(members, situation);
  if (silent.length < members.length) return { verdict: 'healthy', evidence: [] };
  return { verdict: 'inconclusive', evidence: silent.map((member) => evidenceFor(member, situation)) };
}

function situationOf(seen: WorkloadsSeen): Situation {
  const { baseline, now, deployedAt, children } = seen;
  return { family: familyOf(children), baseline, now, deployedAt, health: assess(seen) };
}

function silentMembers(members: readonly KubeObject[], { health }: Situation): readonly KubeObject[] {
  return members.filter((member) => health(member).kind === 'notAssessed');
}

const unfinished: ReadonlySet<ObjectHealth['kind']> = new Set(['progressing', 'terminating', 'failed']);

function reasonToWait(member: KubeObject, situation: Situation): readonly Evidence[] {
  const { kind } = situation.health(member);
  const isWaiting = unfinished.has(kind) && !wasLikeThis(member, kind, situation.baseline);
  return isWaiting ? [evidenceFor(member, situation)] : [];
}

const titles: Readonly<Record<ObjectHealth['kind'], string>> = {
  current: 'Current',
  progressing: 'Progressing',
  terminating: 'Terminating',
  failed: 'Failed',
  notAssessed: 'NotAssessed',
  inconclusive: 'Inconclusive',
};

function evidenceFor(member: KubeObject, situation: Situation): Evidence {
  const health = situation.health(member);
  return evidenceOf(member, titles[health.kind], 'reason' in health ? health.reason : '');
}

/**
 * Of kinds whose rollout Belay can assess; custom resources that say nothing hold nobody up. A rule of the user's that
 * has no answer is never passed over, even if it had none before.
 */
function reasonToDoubt(member: KubeObject, situation: Situation): readonly Evidence[] {
  const { kind } = situation.health(member);
  const isParked = kind === 'notAssessed' && isRollingOut(member) && !wasLikeThis(member, kind, situation.baseline);
  return isParked || kind === 'inconclusive' ? [evidenceFor(member, situation)] : [];
}

export type RestoredHealth = {
  /** Members that are current. */
  readonly current: number;
  /** Members that nothing can be said about. */
  readonly notAssessed: number;
} & (
  | { readonly kind: 'healthy' }
  | { readonly kind: 'not worse than baseline'; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'unhealthy'; readonly evidence: readonly Evidence[] }
);

/** After a restore: what was not current in the baseline need not be now. */
export function healthAfterRestore(seen: Omit<WorkloadsSeen, 'deployedAt'>): RestoredHealth {
  const situation = situationOf({ ...seen, deployedAt: null });
  const counts = {
    current: seen.members.filter((member) => situation.health(member).kind === 'current').length,
    notAssessed: silentMembers(seen.members, situation).length,
  };
  const unwell = seen.members.filter((member) => isUnwell(member, situation));
  if (unwell.length === 0) return { kind: 'healthy', ...counts };
  const evidence = unwell.flatMap((member) => whyUnwell(member, situation));
  const isNotWorse = unwell.every((member) => wasUnwell(member, seen.baseline));
  return { kind: isNotWorse ? 'not worse than baseline' : 'unhealthy', evidence, ...counts };
}

/** A restored workload that is paused keeps the pods of the failed deploy, so its silence counts. */
function isUnwell(member: KubeObject, situation: Situation): boolean {
  return unfinished.has(situation.health(member).kind) || reasonToDoubt(member, situation).length > 0;
}

function wasUnwell(member: KubeObject, baseline: HealthBaseline): boolean {
  const before = baseline.objects[refKey(refOf(member))] ?? 'current';
  if (unfinished.has(before) || before === 'inconclusive') return true;
  return before === 'notAssessed' && isRollingOut(member);
}

function whyUnwell(member: KubeObject, situation: Situation): readonly Evidence[] {
  const failures = failuresOf(member, situation);
  return failures.length > 0 ? failures : [evidenceFor(member, situation)];
}
