import type { KubeObject } from '../../schema/json.ts';
import { assess, type Known } from './assess.ts';
import type { ObjectHealth } from './health.ts';
import { controllerOf, generationOf, labelsOf, refKey, refOf, uidOf } from './identity.ts';
import { at } from './json.ts';
import { groupKind } from './kinds.ts';
import { podSignals } from './pod-signals.ts';
import { podsNotMade, refusalOf } from './refusals.ts';
import { mostRestartsBy } from './restarts.ts';
import { allPods, familyOf } from './revision-pods.ts';

/** How healthy things were before the deploy: what was broken then is no evidence against it. */
export interface HealthBaseline {
  /** By {@link refKey}. */
  readonly objects: Readonly<Record<string, ObjectHealth['kind']>>;
  /** Of the container that was restarted most often, by the uid of its pod, and by {@link revisionOf} for all its pods. */
  readonly restarts: Readonly<Record<string, number>>;
  /** Uids of pods in trouble, and of controllers that could not make any. */
  readonly brokenPods: readonly string[];
  /** How many pods of a revision were in trouble, by {@link revisionOf}. Missing in baselines of older workers. */
  readonly brokenRevisions?: Readonly<Record<string, number>> | undefined;
  /** Of workloads, by {@link refKey}. Missing in baselines of older workers. */
  readonly generations?: Readonly<Record<string, string>> | undefined;
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
  const all = [...new Map([...members, ...children].map((one) => [uidOf(one), one])).values()];
  const pods = all.filter((one) => groupKind(one) === 'Pod');
  const broken = pods.filter((pod) => isBroken(pod, now));
  const refused = all.filter(
    (one) => refusalOf(one) !== undefined || podsNotMade(one, family, { now, deployedAt: null }) > 0,
  );
  return {
    objects: Object.fromEntries(members.map((member) => [refKey(refOf(member)), health(member).kind])),
    restarts: mostRestartsBy(
      members.flatMap((member) => allPods(member, family)),
      (pod) => [uidOf(pod), revisionOf(pod)],
    ),
    brokenPods: [...broken, ...refused].map(uidOf),
    brokenRevisions: countBy(broken.map(revisionOf)),
    generations: Object.fromEntries(
      members.flatMap((member) => {
        const generation = generationOf(member);
        return generation === undefined ? [] : [[refKey(refOf(member)), generation]];
      }),
    ),
  };
}

/** What a pod was made from: its controller, and which of its templates. */
export function revisionOf(pod: KubeObject): string {
  const maker = controllerOf(pod)?.uid ?? uidOf(pod);
  return `${maker}/${labelsOf(pod)['controller-revision-hash'] ?? ''}`;
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function isBroken(pod: KubeObject, now: number): boolean {
  return podSignals(pod, { now }).length > 0 || at(pod, 'status', 'phase') === 'Failed';
}
