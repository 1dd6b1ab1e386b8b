import type { Json, KubeObject } from '../../schema/json.ts';
import { without } from './edit.ts';
import { annotationsOf, labelsOf, ownerUids, uidOf } from './identity.ts';
import { asRecord, asText, at, canonicalJson } from './json.ts';
import { groupKind } from './kinds.ts';
import { isSeen } from './status.ts';

/** Finds children by the uid of their owner; names are re-used, uids never. */
export interface Family {
  replicaSetsOf(owner: KubeObject): readonly KubeObject[];
  podsOf(owner: KubeObject): readonly KubeObject[];
}

export function familyOf(children: readonly KubeObject[]): Family {
  const byOwner = new Map<string, KubeObject[]>();
  for (const child of children) for (const uid of ownerUids(child)) append(byOwner, uid, child);
  const ownedBy = (owner: KubeObject, kind: string) =>
    (byOwner.get(uidOf(owner)) ?? []).filter((child) => groupKind(child) === kind);
  return {
    replicaSetsOf: (owner) => ownedBy(owner, 'ReplicaSet.apps'),
    podsOf: (owner) => (groupKind(owner) === 'Pod' ? [owner] : ownedBy(owner, 'Pod')),
  };
}

function append(groups: Map<string, KubeObject[]>, key: string, item: KubeObject): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}

/** Pods of every revision. */
export function allPods(member: KubeObject, family: Family): readonly KubeObject[] {
  return [member, ...family.replicaSetsOf(member)].flatMap((owner) => family.podsOf(owner));
}

/** Kinds that make their pods themselves, all from one template, and say when they cannot. */
const podMakers: ReadonlySet<string> = new Set(['ReplicaSet.apps', 'ReplicationController']);

/** What the member asks for now: its ReplicaSet, if it has any, and its pods; none while its controller has made none. */
export interface Revision {
  readonly set: KubeObject | undefined;
  readonly pods: readonly KubeObject[];
}

export function newRevision(member: KubeObject, family: Family): Revision {
  const set = podMakers.has(groupKind(member)) ? member : newReplicaSet(member, family);
  const direct = family.podsOf(member);
  const own = byController[groupKind(member)]?.(member, direct) ?? direct;
  return { set, pods: set === undefined || set === member ? own : [...own, ...family.podsOf(set)] };
}

/** The ReplicaSet made from the member's present template, by which its controller knows it, too. */
function newReplicaSet(member: KubeObject, family: Family): KubeObject | undefined {
  const sets = [...family.replicaSetsOf(member)].sort((a, b) => revisionOf(b) - revisionOf(a));
  const wanted = templateText(member);
  // An admission webhook may have changed the template on its way.
  return sets.find((set) => templateText(set) === wanted) ?? (isSeen(member) ? sets[0] : undefined);
}

function templateText(object: KubeObject): string {
  const template = asRecord(at(object, 'spec', 'template'));
  return canonicalJson(without(template, ['metadata', 'labels', 'pod-template-hash']));
}

function revisionOf(set: KubeObject): number {
  return Number(annotationsOf(set)['deployment.kubernetes.io/revision'] ?? 0);
}

type Choose = (member: KubeObject, pods: readonly KubeObject[]) => readonly KubeObject[];

/** Before the controller has seen a change, its revision still names the old pods. */
const byController: Readonly<Record<string, Choose>> = {
  'StatefulSet.apps': (set, pods) => (isSeen(set) ? pods.filter(hasRevision(at(set, 'status', 'updateRevision'))) : []),
  'DaemonSet.apps': (set, pods) => (isSeen(set) ? daemonPods(set, pods) : []),
};

function hasRevision(revision: Json | undefined): (pod: KubeObject) => boolean {
  return (pod) => labelsOf(pod)['controller-revision-hash'] === revision;
}

/** A DaemonSet names no revision in its status; its pods carry the template's generation, or a common hash. */
function daemonPods(set: KubeObject, pods: readonly KubeObject[]): readonly KubeObject[] {
  const named = at(set, 'status', 'updateRevision');
  if (named !== undefined) return pods.filter(hasRevision(named));
  const generation = annotationsOf(set)['deprecated.daemonset.template.generation'];
  const made = pods.filter((pod) => labelsOf(pod)['pod-template-generation'] === generation);
  return generation === undefined ? ofYoungestHash(pods) : made;
}

function ofYoungestHash(pods: readonly KubeObject[]): readonly KubeObject[] {
  const youngest = [...pods].sort((a, b) => (createdAt(a) < createdAt(b) ? 1 : -1))[0];
  return youngest === undefined ? [] : pods.filter(hasRevision(labelsOf(youngest)['controller-revision-hash']));
}

function createdAt(pod: KubeObject): string {
  return asText(pod.metadata.creationTimestamp) ?? '';
}
