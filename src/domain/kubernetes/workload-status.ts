import type { KubeObject } from '../../schema/json.ts';
import { conditionOf, isTrue, tell } from './conditions.ts';
import { current, failed, notAssessed, type ObjectHealth, progressing } from './health.ts';
import { asNumber, asText, at } from './json.ts';

/** Reads `status.<name>`; the API leaves zeros out. */
function count(object: KubeObject, name: string): number {
  return asNumber(at(object, 'status', name)) ?? 0;
}

function wantedReplicas(object: KubeObject): number {
  return asNumber(at(object, 'spec', 'replicas')) ?? 1;
}

type Rule = readonly [isMissing: boolean, reason: string];

/** The first rule that is not met tells what is still missing. */
function unlessMissing(rules: readonly Rule[], otherwise: () => ObjectHealth = () => current): ObjectHealth {
  const missing = rules.find(([isMissing]) => isMissing);
  return missing === undefined ? otherwise() : progressing(missing[1]);
}

function fewer(have: number, want: number, what: string): Rule {
  return [have < want, `${have} of ${want} ${what}`];
}

function extra(have: number, want: number): Rule {
  return [have > want, `${have - want} old pods are still there`];
}

export function deploymentHealth(deployment: KubeObject): ObjectHealth {
  const condition = conditionOf(deployment, 'Progressing');
  if (condition?.reason === 'ProgressDeadlineExceeded') return failed(tell(condition));
  const health = unlessMissing(deploymentCounts(deployment), () => deploymentConditions(deployment));
  if (health.kind === 'current') return health;
  if (at(deployment, 'spec', 'paused') === true) return notAssessed('its rollout is paused');
  const refusal = conditionOf(deployment, 'ReplicaFailure');
  return refusal?.status === 'True' ? progressing(tell(refusal)) : health;
}

function deploymentCounts(deployment: KubeObject): readonly Rule[] {
  const want = wantedReplicas(deployment);
  const updated = count(deployment, 'updatedReplicas');
  return [
    fewer(updated, want, 'replicas updated'),
    extra(count(deployment, 'replicas'), updated),
    fewer(count(deployment, 'availableReplicas'), want, 'replicas available'),
    fewer(count(deployment, 'readyReplicas'), want, 'replicas ready'),
  ];
}

/** With the deadline unset or at its maximum the controller reports no progress at all. */
function deploymentConditions(deployment: KubeObject): ObjectHealth {
  const deadline = asNumber(at(deployment, 'spec', 'progressDeadlineSeconds'));
  const hasDeadline = deadline !== undefined && deadline < 2 ** 31 - 1;
  const isComplete = conditionOf(deployment, 'Progressing')?.reason === 'NewReplicaSetAvailable';
  return unlessMissing([
    [hasDeadline && !isComplete && at(deployment, 'spec', 'paused') !== true, 'its rollout is not complete'],
    [!isTrue(deployment, 'Available'), 'is not available'],
  ]);
}

export function statefulSetHealth(set: KubeObject): ObjectHealth {
  const want = wantedReplicas(set);
  const { partition, mustRoll } = rolloutOf(set);
  return unlessMissing([
    fewer(count(set, 'replicas'), want, 'replicas created'),
    extra(count(set, 'replicas'), want),
    fewer(count(set, 'readyReplicas'), want, 'replicas ready'),
    fewer(availableIn(set), want, 'replicas available'),
    fewer(count(set, 'updatedReplicas'), want - partition, 'replicas updated'),
    [mustRoll && revisionsDiffer(set), 'its rollout is not complete'],
  ]);
}

/** `OnDelete` never moves `currentRevision`; there, pods of the new revision are all that counts. */
function rolloutOf(set: KubeObject): { partition: number; mustRoll: boolean } {
  const partition = asNumber(at(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')) ?? 0;
  const isOnDelete = at(set, 'spec', 'updateStrategy', 'type') === 'OnDelete';
  return { partition, mustRoll: partition === 0 && !isOnDelete };
}

function revisionsDiffer(set: KubeObject): boolean {
  return asText(at(set, 'status', 'currentRevision')) !== asText(at(set, 'status', 'updateRevision'));
}

/** Reported only by newer servers; without `minReadySeconds` ready and available are the same. */
function availableIn(set: KubeObject): number {
  const name = at(set, 'status', 'availableReplicas') === undefined ? 'readyReplicas' : 'availableReplicas';
  return count(set, name);
}

export function daemonSetHealth(set: KubeObject): ObjectHealth {
  const want = count(set, 'desiredNumberScheduled');
  return unlessMissing([
    fewer(count(set, 'currentNumberScheduled'), want, 'pods scheduled'),
    fewer(count(set, 'updatedNumberScheduled'), want, 'pods updated'),
    fewer(count(set, 'numberAvailable'), want, 'pods available'),
    fewer(count(set, 'numberReady'), want, 'pods ready'),
  ]);
}

/** Also of a ReplicationController, whose status is the same. */
export function replicaSetHealth(set: KubeObject): ObjectHealth {
  const want = wantedReplicas(set);
  return unlessMissing([
    [isTrue(set, 'ReplicaFailure'), 'cannot create pods'],
    fewer(count(set, 'fullyLabeledReplicas'), want, 'replicas labelled'),
    fewer(count(set, 'availableReplicas'), want, 'replicas available'),
    fewer(count(set, 'readyReplicas'), want, 'replicas ready'),
    extra(count(set, 'replicas'), want),
  ]);
}

export function podHealth(pod: KubeObject): ObjectHealth {
  const phase = asText(at(pod, 'status', 'phase')) ?? 'Pending';
  if (phase === 'Succeeded') return current;
  if (phase === 'Failed') return failed(asText(at(pod, 'status', 'reason')) ?? 'the pod failed');
  return phase === 'Running' && isTrue(pod, 'Ready') ? current : progressing(`${phase.toLowerCase()}, not ready`);
}

export function jobHealth(job: KubeObject): ObjectHealth {
  const failure = ['Failed', 'FailureTarget']
    .map((type) => conditionOf(job, type))
    .find((one) => one?.status === 'True');
  if (failure !== undefined) return failed(tell(failure));
  if (isTrue(job, 'Complete') || isTrue(job, 'SuccessCriteriaMet')) return current;
  return at(job, 'spec', 'suspend') === true ? notAssessed('is suspended') : progressing('is running');
}
