import type { KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import type { PodToHeal, Reader } from '../../schema/plan.ts';
import type { Evidence } from '../../schema/verdict.ts';
import { configurationOf } from './closure.ts';
import { isTrue } from './conditions.ts';
import { evidenceOf } from './evidence.ts';
import type { HealthBaseline } from './health-baseline.ts';
import { describeRef, isTerminating, labelsOf, refKey, refOf, uidOf } from './identity.ts';
import { asNumber, asText, at } from './json.ts';
import { groupKind } from './kinds.ts';
import { containersOf } from './pod-signals.ts';
import { restartsOf } from './restarts.ts';
import { allPods, type Family, familyOf, newRevision } from './revision-pods.ts';
import { isSeen } from './status.ts';

/**
 * Pods that may have read what stood in `configuration` after `since` (ISO time): at least one of their containers was
 * started since then. To be asked when the content was put back: pods that come later read that.
 */
export function readersOf(
  pods: readonly KubeObject[],
  configuration: readonly ObjectRef[],
  since: string,
): readonly Reader[] {
  return pods.flatMap((pod): Reader[] => {
    if (isTerminating(pod) || !wasStartedSince(pod, since)) return [];
    const { namespace } = refOf(pod);
    const read = configurationOf(pod);
    const of = configuration.filter((ref) => ref.namespace === namespace).map(describeRef);
    const known = of.filter((name) => read.has(name));
    return known.length === 0 ? [] : [{ uid: uidOf(pod), restarts: restartsOf([pod]), of: known }];
  });
}

const startPaths: readonly (readonly string[])[] = [
  ['state', 'running', 'startedAt'],
  ['state', 'terminated', 'startedAt'],
  ['lastState', 'terminated', 'startedAt'],
];

/** Servers and kubelets write whole seconds, so the second of `since` itself counts. */
function wasStartedSince(pod: KubeObject, since: string): boolean {
  const starts = containersOf(pod).flatMap((container) =>
    startPaths.flatMap((path) => asText(at(container, ...path)) ?? []),
  );
  return starts.some((start) => isSince(start, since)) || (starts.length > 0 && wasMadeSince(pod, since));
}

function wasMadeSince(pod: KubeObject, since: string): boolean {
  return isSince(asText(pod.metadata.creationTimestamp) ?? '', since);
}

function isSince(time: string, since: string): boolean {
  return Date.parse(time) >= Math.floor(Date.parse(since) / 1000) * 1000;
}

export interface HealQuestion {
  /** Restored objects as they are live now. */
  readonly members: readonly KubeObject[];
  /** ReplicaSets and pods of the namespace. */
  readonly children: readonly KubeObject[];
  /** By {@link refKey}: what the plan writes. */
  readonly written: ReadonlySet<string>;
  readonly readers: readonly Reader[];
  /** When the baseline was read: pods from before it are none of the failed deploy's. ISO time. */
  readonly since: string;
  readonly baseline: HealthBaseline;
  readonly restartPods: 'whenConfigChanged' | 'never';
}

export interface Healing {
  /** To be let go now. */
  readonly pods: readonly PodToHeal[];
  /** Why the restored state is not in force yet; also for pods whose turn comes later. */
  readonly evidence: readonly Evidence[];
  /** What stays as it is, by policy. */
  readonly stale: readonly { readonly object: string; readonly reason: string }[];
}

/**
 * Pods that no controller replaces by itself although their restored workload needs it: those stuck on the failed
 * revision, and those that run with configuration that was put back. What serves nobody goes at once, of what serves
 * one per workload at a time, when all others stand.
 */
export function podsToHeal(question: HealQuestion): Healing {
  const family = familyOf(question.children);
  const found = question.members.map((member) => healMember(question, family, member));
  return {
    pods: found.flatMap(({ pods }) => pods),
    evidence: found.flatMap(({ evidence }) => evidence),
    stale: found.flatMap(({ stale }) => stale),
  };
}

/** A pod that has to go, whatever its turn. */
interface Doomed {
  readonly pod: KubeObject;
  readonly how: PodToHeal['how'];
  readonly why: string;
}

/** To run a Job's pod again is to run the Job again; a bare pod has nobody who would make it anew. */
const neverRestarted: ReadonlySet<string> = new Set(['Pod', 'Job.batch', 'CronJob.batch']);

const nothing: Healing = { pods: [], evidence: [], stale: [] };

function healMember(question: HealQuestion, family: Family, member: KubeObject): Healing {
  if (neverRestarted.has(groupKind(member)) || !isSeen(member) || isTerminating(member)) return nothing;
  const stuck = stuckPods(question, family, member);
  const readers = readingPods(question, family, member).filter(({ pod }) => !stuck.some((one) => one.pod === pod));
  const isLeft = question.restartPods === 'never';
  const doomed = isLeft ? stuck : [...stuck, ...readers];
  return {
    pods: nextOf(question, member, allPods(member, family), doomed).map((one) => toHeal(member, one)),
    evidence: doomed.length === 0 ? [] : [evidenceOf(member, 'StalePods', describe(doomed))],
    stale: isLeft && readers.length > 0 ? [{ object: describeRef(refOf(member)), reason: describe(readers) }] : [],
  };
}

function describe(doomed: readonly Doomed[]): string {
  const whys = [...new Set(doomed.map(({ why }) => why))];
  return whys
    .map(
      (why) =>
        `${doomed
          .filter((one) => one.why === why)
          .map(({ pod }) => pod.metadata.name)
          .join(', ')} ${why}`,
    )
    .join('; ');
}

function toHeal(member: KubeObject, { pod, how, why }: Doomed): PodToHeal {
  const { namespace = '', name } = refOf(pod);
  return { namespace, name, uid: uidOf(pod), object: describeRef(refOf(member)), how, why };
}

/** Which pods of a former revision the controller of a workload never replaces by itself; `broken`: those that are not ready. */
export function strandedBy(workload: KubeObject): 'none' | 'broken' | 'all' {
  const kind = groupKind(workload);
  if (kind !== 'StatefulSet.apps' && kind !== 'DaemonSet.apps') return 'none';
  if (at(workload, 'spec', 'updateStrategy', 'type') === 'OnDelete') return 'all';
  return kind === 'StatefulSet.apps' ? 'broken' : 'none';
}

/** Pods of a revision that the failed deploy made, where the controller waits for them, or for somebody to delete them. */
function stuckPods({ written, since }: HealQuestion, family: Family, member: KubeObject): readonly Doomed[] {
  const strands = strandedBy(member);
  if (strands === 'none' || !written.has(refKey(refOf(member)))) return [];
  const current = newRevision(member, family).pods;
  const stale = family
    .podsOf(member)
    .filter((pod) => !current.includes(pod) && !isTerminating(pod) && wasMadeSince(pod, since))
    .filter((pod) => (strands === 'all' || !isReady(pod)) && !keepsItsRevision(member, pod));
  return stale
    .map((pod): Doomed => ({ pod, how: isReady(pod) ? 'evict' : 'delete', why: 'is stuck on the failed revision' }))
    .sort((one, other) => ordinalOf(other.pod) - ordinalOf(one.pod));
}

/** Below the partition a StatefulSet makes pods of its former revision again. */
function keepsItsRevision(member: KubeObject, pod: KubeObject): boolean {
  const partition = asNumber(at(member, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')) ?? 0;
  return groupKind(member) === 'StatefulSet.apps' && ordinalOf(pod) < partition;
}

function ordinalOf(pod: KubeObject): number {
  const text = labelsOf(pod)['apps.kubernetes.io/pod-index'] ?? /-(\d+)$/.exec(pod.metadata.name)?.[1];
  return Number(text ?? 0);
}

function isReady(pod: KubeObject): boolean {
  return isTrue(pod, 'Ready');
}

/** Pods of a Deployment's former revisions go by themselves. */
function readingPods({ readers }: HealQuestion, family: Family, member: KubeObject): readonly Doomed[] {
  const isRolled = groupKind(member) === 'Deployment.apps';
  const pods = isRolled ? newRevision(member, family).pods : allPods(member, family);
  return pods.flatMap((pod): Doomed[] => {
    if (isTerminating(pod)) return [];
    const restarts = restartsOf([pod]);
    const read = readers.filter((reader) => reader.uid === uidOf(pod) && reader.restarts >= restarts);
    const of = [...new Set(read.flatMap((reader) => reader.of))];
    return of.length === 0 ? [] : [{ pod, how: 'evict', why: `runs with the failed content of ${of.join(', ')}` }];
  });
}

function nextOf(
  question: HealQuestion,
  member: KubeObject,
  pods: readonly KubeObject[],
  doomed: readonly Doomed[],
): readonly Doomed[] {
  const useless = doomed.filter(({ pod }) => !isReady(pod));
  if (useless.length > 0) return useless;
  return canSpareOne(question, member, pods) ? doomed.slice(0, 1) : [];
}

/** All that are wanted stand; or they did not before the deploy either, and would be waited for in vain. */
function canSpareOne({ baseline }: HealQuestion, member: KubeObject, pods: readonly KubeObject[]): boolean {
  const before = baseline.objects[refKey(refOf(member))] ?? 'current';
  const ready = pods.filter((pod) => !isTerminating(pod) && isReady(pod)).length;
  return before !== 'current' || ready >= wanted(member);
}

function wanted(member: KubeObject): number {
  return asNumber(at(member, 'spec', 'replicas')) ?? asNumber(at(member, 'status', 'desiredNumberScheduled')) ?? 1;
}
