import type { KubeObject } from '../../schema/json.ts';
import type { Evidence } from '../../schema/verdict.ts';
import { conditionOf, tell } from './conditions.ts';
import type { ObjectHealth } from './health.ts';
import type { HealthBaseline } from './health-baseline.ts';
import { describeRef, refKey, refOf, uidOf } from './identity.ts';
import { asText, at } from './json.ts';
import { groupKind } from './kinds.ts';
import { type PodSignal, podSignals, truncated } from './pod-signals.ts';
import { restartsOf, worstRestarts } from './restarts.ts';
import { allPods, type Family, newRevision, type Revision } from './revision-pods.ts';

export interface Situation {
  readonly family: Family;
  readonly baseline: HealthBaseline;
  readonly now: number;
  readonly health: (member: KubeObject) => ObjectHealth;
}

/** A retryable reason counts when it has come back this often, or the pod has had this long. */
const retries = 3;
const patience = 60_000;

/** A quota or a webhook may refuse one pod while others are still going away. */
const creationPatience = 5_000;

/** Why a member is failing, less what was already broken before the deploy. */
export function failuresOf(member: KubeObject, situation: Situation): readonly Evidence[] {
  const revision = newRevision(member, situation.family);
  const pods = revision.pods.filter((pod) => !situation.baseline.brokenPods.includes(uidOf(pod)));
  const found = [
    ...failedHealth(member, situation),
    ...creationFailures(member, revision, situation),
    ...podFailures(member, pods, situation.now),
  ];
  return found.length > 0 ? distinct(found) : restartFailures(member, pods, situation);
}

export function evidenceOf(member: KubeObject, reason: string, message: string): Evidence {
  return { object: describeRef(refOf(member)), reason, message: truncated(message) };
}

/** Ten pods with the same trouble are one piece of evidence. */
function distinct(found: readonly Evidence[]): readonly Evidence[] {
  const byReason = new Map<string, Evidence>();
  for (const one of found) if (!byReason.has(one.reason)) byReason.set(one.reason, one);
  return [...byReason.values()];
}

function failedHealth(member: KubeObject, { baseline, health: healthOf }: Situation): readonly Evidence[] {
  const health = healthOf(member);
  if (health.kind !== 'failed' || baseline.objects[refKey(refOf(member))] === 'failed') return [];
  return [evidenceOf(member, 'Failed', health.reason)];
}

function creationFailures(member: KubeObject, { set }: Revision, { baseline, now }: Situation): readonly Evidence[] {
  const failure = set === undefined ? undefined : conditionOf(set, 'ReplicaFailure');
  if (set === undefined || failure?.status !== 'True' || baseline.brokenPods.includes(uidOf(set))) return [];
  const isNew = failure.since !== undefined && now - Date.parse(failure.since) < creationPatience;
  return isNew ? [] : [evidenceOf(member, failure.reason || 'FailedCreate', tell(failure))];
}

function podFailures(member: KubeObject, pods: readonly KubeObject[], now: number): readonly Evidence[] {
  const counts = groupKind(member) === 'Job.batch' ? isFatal : countsBy(now);
  return pods.flatMap((pod) =>
    podSignals(pod, { now })
      .filter((signal) => counts(signal, pod))
      .map((signal) => evidenceOf(member, signal.reason, `${pod.metadata.name}: ${signal.message}`)),
  );
}

/** A Job retries its pods itself and says when it gives up. */
function isFatal(signal: PodSignal): boolean {
  return signal.severity === 'fatal';
}

function countsBy(now: number): (signal: PodSignal, pod: KubeObject) => boolean {
  return (signal, pod) => isFatal(signal) || signal.restarts >= retries || now - startOf(pod) >= patience;
}

/** A pod that is not scheduled has not started; one without any time has only just come. */
function startOf(pod: KubeObject): number {
  const start = asText(at(pod, 'status', 'startTime')) ?? asText(pod.metadata.creationTimestamp);
  return start === undefined ? Number.POSITIVE_INFINITY : Date.parse(start);
}

/** Catches containers that look well in between: one pod restarted too often, and more than before the deploy. */
function restartFailures(
  member: KubeObject,
  pods: readonly KubeObject[],
  { family, baseline }: Situation,
): readonly Evidence[] {
  const worst = groupKind(member) === 'Job.batch' ? undefined : worstRestarts(pods);
  if (worst === undefined || worst.restarts < retries) return [];
  const before = baseline.restarts[refKey(refOf(member))] ?? 0;
  if (restartsOf(allPods(member, family)) - before < retries) return [];
  return [evidenceOf(member, 'Restarting', `${worst.pod}: a container restarted ${worst.restarts} times`)];
}
