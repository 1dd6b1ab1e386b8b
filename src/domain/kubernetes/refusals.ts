import type { KubeObject } from '../../schema/json.ts';
import { type Condition, conditionOf, isTrue } from './conditions.ts';
import { isTerminating } from './identity.ts';
import { asList, asNumber, asText, at } from './json.ts';
import { groupKind } from './kinds.ts';
import { isDue, type Moment } from './patience.ts';
import { allPods, type Family } from './revision-pods.ts';
import { isSeen } from './status.ts';
import type { Severity } from './waiting-reasons.ts';

/** A refusal of a pod may be about a moment in which others are just going. */
const creationPatience = 5_000;

/** What a pod needs to be made, and what a later part of the same deploy may bring. */
const absent = /service ?account .*not found|no PriorityClass|runtimeclass.* not found/i;

/** The webhook itself is down or rolled out: it has said nothing about the pod. */
const unanswered = /failed calling webhook|failed to call webhook|timeout|timed out|connection refused/i;

const quota = /exceeded quota/i;

/** Whether a controller's pods are refused for good: `since` is when it first said so. */
export function isRefused(failure: Condition, room: 'tight' | 'free', moment: Moment): boolean {
  const since = failure.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(failure.since);
  return moment.now - since >= creationPatience && isDue(refusalSeverity(failure.message, room), since, moment);
}

/** A quota that other pods of the workload fill has room as soon as they are gone. */
function refusalSeverity(message: string, room: 'tight' | 'free'): Exclude<Severity, 'crash'> {
  if (absent.test(message)) return 'curable';
  if (unanswered.test(message)) return 'retryable';
  return room === 'tight' && quota.test(message) ? 'retryable' : 'fatal';
}

/** The ReplicaSet's own word that it cannot make pods. */
export function refusalOf(set: KubeObject): Condition | undefined {
  const failure = conditionOf(set, 'ReplicaFailure');
  return failure?.status === 'True' ? failure : undefined;
}

type Lack = (member: KubeObject, pods: readonly KubeObject[]) => number;

/** These say only in events that their pods were refused, and events get lost; that none come is a fact. */
const lacking: Readonly<Record<string, Lack>> = {
  'StatefulSet.apps': (set, pods) => {
    const isInOrder = at(set, 'spec', 'podManagementPolicy') !== 'Parallel';
    const isHeldUp = isInOrder && !pods.every((pod) => isTrue(pod, 'Ready'));
    return isHeldUp || !isSeen(set) ? 0 : (asNumber(at(set, 'spec', 'replicas')) ?? 1) - pods.length;
  },
  'DaemonSet.apps': (set, pods) =>
    isSeen(set) ? (asNumber(at(set, 'status', 'desiredNumberScheduled')) ?? 0) - pods.length : 0,
  'Job.batch': (job, pods) => (isIdleJob(job) ? 1 - pods.length : 0),
};

/** A Job that has not had any pod yet: later it makes pauses of its own. Jobs do not say which generation they have seen. */
function isIdleJob(job: KubeObject): boolean {
  const counts = ['active', 'succeeded', 'failed', 'terminating'].map((name) => asNumber(at(job, 'status', name)) ?? 0);
  const isStarted = at(job, 'status', 'startTime') !== undefined && at(job, 'spec', 'suspend') !== true;
  return isStarted && counts.every((count) => count === 0);
}

/** How many pods a controller should have made and has not, although nothing moves for as long as a retry may take. */
export function podsNotMade(member: KubeObject, family: Family, moment: Moment): number {
  const lack = lacking[groupKind(member)];
  if (lack === undefined || isTerminating(member)) return 0;
  const pods = allPods(member, family);
  const mayMove = pods.some(isTerminating) || !isDue('retryable', lastMoved(member, pods), moment);
  return mayMove ? 0 : Math.max(0, lack(member, pods));
}

/** Every change of its spec or status leaves a time with the object, and every change of a pod one with its conditions. */
function lastMoved(member: KubeObject, pods: readonly KubeObject[]): number {
  const writes = asList(member.metadata.managedFields).map((entry) => asText(at(entry, 'time')));
  const stages = pods.flatMap((pod) =>
    asList(at(pod, 'status', 'conditions')).map((condition) => asText(at(condition, 'lastTransitionTime'))),
  );
  const starts = [member, ...pods].map(({ metadata }) => asText(metadata.creationTimestamp));
  const times = [...writes, ...stages, ...starts].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  return times.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...times);
}
