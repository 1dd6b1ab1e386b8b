import type { KubeObject } from '../../schema/json.ts';
import type { Evidence, Verdict } from '../../schema/verdict.ts';
import { evidenceOf, failuresOf, type Situation } from './evidence.ts';
import type { ObjectHealth } from './health.ts';
import type { HealthBaseline } from './health-baseline.ts';
import { refKey, refOf } from './identity.ts';
import { groupKind } from './kinds.ts';
import { familyOf } from './revision-pods.ts';
import { healthOf } from './status.ts';

export type { Evidence, Verdict } from '../../schema/verdict.ts';
export { type HealthBaseline, healthBaseline } from './health-baseline.ts';

export interface WorkloadsSeen {
  readonly members: readonly KubeObject[];
  /** ReplicaSets and pods of the namespace. */
  readonly children: readonly KubeObject[];
  readonly baseline: HealthBaseline;
  /** Milliseconds. */
  readonly now: number;
}

/**
 * What the deploy has done to its workloads so far. Only pods of the new revision count, and nothing that was broken
 * before. `inconclusive`: nothing moves and nothing can be said, for example a rollout that was paused half-way.
 */
export function workloadVerdict(seen: WorkloadsSeen): {
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
} {
  const situation: Situation = { family: familyOf(seen.children), baseline: seen.baseline, now: seen.now };
  const failures = seen.members.flatMap((member) => failuresOf(member, situation));
  if (failures.length > 0) return { verdict: 'failing', evidence: failures };
  const waiting = seen.members.flatMap((member) => reasonToWait(member, seen.baseline));
  if (waiting.length > 0) return { verdict: 'progressing', evidence: waiting };
  const silent = seen.members.flatMap((member) => reasonToDoubt(member, seen.baseline));
  const isKnown = seen.members.some((member) => healthOf(member).kind !== 'notAssessed');
  return { verdict: isKnown && silent.length === 0 ? 'healthy' : 'inconclusive', evidence: silent };
}

const unfinished: ReadonlySet<ObjectHealth['kind']> = new Set(['progressing', 'terminating', 'failed']);

/** Kinds whose rollout is what a deploy is about: their being unfinished before says nothing about now. */
const rollingOut: ReadonlySet<string> = new Set([
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'ReplicaSet.apps',
  'Pod',
  'Job.batch',
]);

function reasonToWait(member: KubeObject, baseline: HealthBaseline): readonly Evidence[] {
  const health = healthOf(member);
  if (health.kind === 'current' || !unfinished.has(health.kind)) return [];
  return wasLikeThis(member, health, baseline) ? [] : [evidenceOf(member, titles[health.kind], health.reason)];
}

const titles: Readonly<Record<Exclude<ObjectHealth['kind'], 'current'>, string>> = {
  progressing: 'Progressing',
  terminating: 'Terminating',
  failed: 'Failed',
  notAssessed: 'NotAssessed',
};

/** A load balancer that never got its address, or a Job that had failed: no deploy could ever become healthy. */
function wasLikeThis(member: KubeObject, health: ObjectHealth, baseline: HealthBaseline): boolean {
  const isRollout = health.kind === 'progressing' && rollingOut.has(groupKind(member));
  return !isRollout && baseline.objects[refKey(refOf(member))] === health.kind;
}

/** Only of kinds that Belay can assess; custom resources that say nothing hold nobody up. */
function reasonToDoubt(member: KubeObject, baseline: HealthBaseline): readonly Evidence[] {
  const health = healthOf(member);
  if (health.kind !== 'notAssessed' || !rollingOut.has(groupKind(member))) return [];
  return wasLikeThis(member, health, baseline) ? [] : [evidenceOf(member, titles.notAssessed, health.reason)];
}

export type RestoredHealth =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'not worse than baseline'; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'unhealthy'; readonly evidence: readonly Evidence[] };

/** After a restore: what was not current in the baseline need not be now. */
export function healthAfterRestore(seen: WorkloadsSeen): RestoredHealth {
  const situation: Situation = { family: familyOf(seen.children), baseline: seen.baseline, now: seen.now };
  const unwell = seen.members.filter((member) => isUnwell(member, seen.baseline));
  if (unwell.length === 0) return { kind: 'healthy' };
  const evidence = unwell.flatMap((member) => whyUnwell(member, situation));
  const isNotWorse = unwell.every((member) => wasUnwell(member, seen.baseline));
  return { kind: isNotWorse ? 'not worse than baseline' : 'unhealthy', evidence };
}

/** A restored workload that is paused keeps the pods of the failed deploy, so its silence counts. */
function isUnwell(member: KubeObject, baseline: HealthBaseline): boolean {
  return unfinished.has(healthOf(member).kind) || reasonToDoubt(member, baseline).length > 0;
}

function wasUnwell(member: KubeObject, baseline: HealthBaseline): boolean {
  const before = baseline.objects[refKey(refOf(member))] ?? 'current';
  return unfinished.has(before) || (before === 'notAssessed' && rollingOut.has(groupKind(member)));
}

function whyUnwell(member: KubeObject, situation: Situation): readonly Evidence[] {
  const health = healthOf(member);
  const failures = failuresOf(member, situation);
  if (health.kind === 'current' || failures.length > 0) return failures;
  return [evidenceOf(member, titles[health.kind], health.reason)];
}
