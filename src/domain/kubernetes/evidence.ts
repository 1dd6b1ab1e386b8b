import type { KubeObject } from '../../schema/json.ts';
import type { Evidence } from '../../schema/verdict.ts';
import { conditionOf, tell } from './conditions.ts';
import type { ObjectHealth } from './health.ts';
import { type HealthBaseline, revisionOf } from './health-baseline.ts';
import { describeRef, refOf, uidOf } from './identity.ts';
import { asList, asText, at } from './json.ts';
import { groupKind } from './kinds.ts';
import { isDue, type Moment } from './patience.ts';
import { isLeaving, type PodSignal, podSignals, truncated } from './pod-signals.ts';
import { isRefused, podsNotMade, refusalOf } from './refusals.ts';
import { mostRestarts } from './restarts.ts';
import { allPods, type Family, newRevision, type Revision } from './revision-pods.ts';
import { wasLikeThis } from './was-like-this.ts';

export interface Situation extends Moment {
  readonly family: Family;
  readonly baseline: HealthBaseline;
  readonly health: (member: KubeObject) => ObjectHealth;
}

/** A container that was restarted this often since the deploy is no accident. */
const retries = 3;

/** Why a member is failing, less what was already broken before the deploy. */
export function failuresOf(member: KubeObject, situation: Situation): readonly Evidence[] {
  const revision = newRevision(member, situation.family);
  const found = [
    ...failedHealth(member, situation),
    ...refusals(member, revision, situation),
    ...podFailures(member, revision.pods, situation),
  ];
  return distinct(found);
}

export function evidenceOf(member: KubeObject, reason: string, message: string, why?: string): Evidence {
  const seen = { object: describeRef(refOf(member)), reason, message: truncated(message) };
  return why === undefined ? seen : { ...seen, why };
}

/** Ten pods with the same trouble are one piece of evidence. */
function distinct(found: readonly Evidence[]): readonly Evidence[] {
  const byReason = new Map<string, Evidence>();
  for (const one of found) if (!byReason.has(one.reason)) byReason.set(one.reason, one);
  return [...byReason.values()];
}

function failedHealth(member: KubeObject, { baseline, health: healthOf }: Situation): readonly Evidence[] {
  const health = healthOf(member);
  if (health.kind !== 'failed' || wasLikeThis(member, health.kind, baseline)) return [];
  return [evidenceOf(member, 'Failed', health.reason, 'its own status says so')];
}

function refusals(member: KubeObject, { set }: Revision, situation: Situation): readonly Evidence[] {
  const { family, baseline } = situation;
  const missing = baseline.brokenPods.includes(uidOf(member)) ? 0 : podsNotMade(member, family, situation);
  if (missing > 0) {
    const message = `its controller does not make ${missing} of its pods; its events may say why`;
    return [evidenceOf(member, 'MissingPods', message, 'nothing has moved for a minute')];
  }
  const failure = set === undefined ? undefined : refusalOf(set);
  if (set === undefined || failure === undefined || baseline.brokenPods.includes(uidOf(set))) return [];
  const room = allPods(member, family).length > family.podsOf(set).length ? 'tight' : 'free';
  return isRefused(failure, room, situation)
    ? [evidenceOf(member, failure.reason || 'FailedCreate', tell(failure), 'nothing of its own makes room for it')]
    : [];
}

/** As many pods of a revision as were in trouble before may be so now: one that was moved to another node is a new pod. */
function podFailures(member: KubeObject, pods: readonly KubeObject[], situation: Situation): readonly Evidence[] {
  const { brokenPods, brokenRevisions = {} } = situation.baseline;
  const failing = pods
    .map((pod) => ({ pod, evidence: troublesOf(member, pod, situation) }))
    .filter(({ evidence }) => evidence.length > 0);
  const fresh = failing.filter(({ pod }) => !brokenPods.includes(uidOf(pod)));
  const replaced = (brokenRevisions[pods.map(revisionOf)[0] ?? ''] ?? 0) - (failing.length - fresh.length);
  return fresh.slice(Math.max(0, replaced)).flatMap(({ evidence }) => evidence);
}

function troublesOf(member: KubeObject, pod: KubeObject, situation: Situation): readonly Evidence[] {
  const found = podSignals(pod, situation)
    .filter((signal) => counts(signal, { member, pod, situation }))
    .map((signal) => evidenceOf(member, signal.reason, `${pod.metadata.name}: ${signal.message}`, whyCounts(signal)));
  return found.length > 0 ? found : restarting(member, pod, situation);
}

const whyIts: Readonly<Record<PodSignal['severity'], string>> = {
  fatal: 'does not pass by itself',
  curable: 'nothing that the deploy has brought cures it',
  retryable: 'has not passed by itself in the time that it gets',
  crash: `restarted ${retries} times or more since the deploy`,
};

function whyCounts({ severity, container }: PodSignal): string {
  return container === null ? 'lasts longer than such a wait takes' : whyIts[severity];
}

interface Case {
  readonly member: KubeObject;
  readonly pod: KubeObject;
  readonly situation: Situation;
}

function counts({ severity, restarts }: PodSignal, { member, pod, situation }: Case): boolean {
  if (severity !== 'crash') return isDue(severity, unwellSince(pod), situation);
  return !retriesItself(member) && restarts - restartsBefore(pod, situation) >= retries;
}

/** A Job retries its pods, and says when it gives up. */
function retriesItself(member: KubeObject): boolean {
  return groupKind(member) === 'Job.batch';
}

/** A new pod of a revision that was there may be restarted as often as its others were. */
function restartsBefore(pod: KubeObject, { baseline: { restarts } }: Situation): number {
  return restarts[uidOf(pod)] ?? restarts[revisionOf(pod)] ?? 0;
}

/** Since when a pod could be ready and is not: init containers take their time. One without any time has only just come. */
function unwellSince(pod: KubeObject): number {
  const unready = sinceOf(pod, 'Ready', 'False');
  const since = unready ?? asText(at(pod, 'status', 'startTime')) ?? asText(pod.metadata.creationTimestamp);
  if (since === undefined) return Number.POSITIVE_INFINITY;
  const done = asList(at(pod, 'status', 'initContainerStatuses')).map((one) =>
    asText(at(one, 'state', 'terminated', 'finishedAt')),
  );
  const times = [since, sinceOf(pod, 'Initialized', 'True'), ...done].flatMap((time) => time ?? []);
  return Math.max(...times.map((time) => Date.parse(time)));
}

function sinceOf(pod: KubeObject, type: string, status: string): string | undefined {
  const condition = conditionOf(pod, type);
  return condition?.status === status ? condition.since : undefined;
}

/** Catches containers that look well in between. */
function restarting(member: KubeObject, pod: KubeObject, situation: Situation): readonly Evidence[] {
  const restarts = mostRestarts(pod) - restartsBefore(pod, situation);
  if (retriesItself(member) || isLeaving(pod) || restarts < retries) return [];
  return [
    evidenceOf(member, 'Restarting', `${pod.metadata.name}: a container restarted ${restarts} times`, whyIts.crash),
  ];
}
