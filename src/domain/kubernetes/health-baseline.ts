import type { KubeObject } from '../../schema/json.ts';
import { assess, type Known } from './assess.ts';
import { isTrue } from './conditions.ts';
import type { ObjectHealth } from './health.ts';
import { refKey, refOf, uidOf } from './identity.ts';
import { at } from './json.ts';
import { groupKind } from './kinds.ts';
import { podSignals } from './pod-signals.ts';
import { restartsOf } from './restarts.ts';
import { allPods, familyOf } from './revision-pods.ts';

/** How healthy things were before the deploy: what was broken then is no evidence against it. */
export interface HealthBaseline {
  /** By {@link refKey}. */
  readonly objects: Readonly<Record<string, ObjectHealth['kind']>>;
  /** Of all pods of a workload together, by the workload's {@link refKey}. */
  readonly restarts: Readonly<Record<string, number>>;
  /** Uids of pods in trouble, and of ReplicaSets that could not make any. */
  readonly brokenPods: readonly string[];
}

/** `children` are the ReplicaSets and pods of the namespace, `now` is in milliseconds. */
export function healthBaseline(
  members: readonly KubeObject[],
  children: readonly KubeObject[],
  now: number,
  known: Known = {},
): HealthBaseline {
  const health = assess({ members, children, known });
  const family = familyOf(children);
  const owners = members.map((member) => ({ key: refKey(refOf(member)), pods: allPods(member, family) }));
  return {
    objects: Object.fromEntries(members.map((member) => [refKey(refOf(member)), health(member).kind])),
    restarts: Object.fromEntries(
      owners.filter(({ pods }) => pods.length > 0).map(({ key, pods }) => [key, restartsOf(pods)]),
    ),
    brokenPods: [...new Set([...members, ...children].filter((one) => isBroken(one, now)).map(uidOf))],
  };
}

const troubles: Readonly<Record<string, (object: KubeObject, now: number) => boolean>> = {
  Pod: (pod, now) => podSignals(pod, { now }).length > 0 || at(pod, 'status', 'phase') === 'Failed',
  'ReplicaSet.apps': (set) => isTrue(set, 'ReplicaFailure'),
  ReplicationController: (controller) => isTrue(controller, 'ReplicaFailure'),
};

function isBroken(object: KubeObject, now: number): boolean {
  return troubles[groupKind(object)]?.(object, now) ?? false;
}
