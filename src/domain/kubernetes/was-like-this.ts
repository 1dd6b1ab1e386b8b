import type { KubeObject } from '../../schema/json.ts';
import type { ObjectHealth } from './health.ts';
import type { HealthBaseline } from './health-baseline.ts';
import { generationOf, refKey, refOf } from './identity.ts';
import { groupKind } from './kinds.ts';

/** Kinds whose rollout is what a deploy is about: once changed, their being unfinished before says nothing about now. */
const rollingOut: ReadonlySet<string> = new Set([
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'ReplicaSet.apps',
  'ReplicationController',
  'Pod',
  'Job.batch',
]);

export function isRollingOut(member: KubeObject): boolean {
  return rollingOut.has(groupKind(member));
}

const unwell: ReadonlySet<ObjectHealth['kind'] | undefined> = new Set(['progressing', 'failed']);

/**
 * A load balancer that never got its address, a Job that had failed, a workload that the deploy does not change and that
 * was not well before: no deploy could ever become healthy.
 */
export function wasLikeThis(member: KubeObject, kind: ObjectHealth['kind'], baseline: HealthBaseline): boolean {
  const key = refKey(refOf(member));
  const before = baseline.objects[key];
  const generation = baseline.generations?.[key];
  if (generation !== undefined && generation === generationOf(member)) {
    return before === kind || (unwell.has(before) && unwell.has(kind));
  }
  return before === kind && !(kind === 'progressing' && isRollingOut(member));
}
