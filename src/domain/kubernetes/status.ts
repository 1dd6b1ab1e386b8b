import type { KubeObject } from '../../schema/json.ts';
import { conditionOf, conditionsOf, isTrue, tell } from './conditions.ts';
import { current, failed, notAssessed, type ObjectHealth, progressing } from './health.ts';
import { generationOf, integerText, isTerminating } from './identity.ts';
import { asList, asText, at } from './json.ts';
import { groupKind, isBuiltIn } from './kinds.ts';
import {
  daemonSetHealth,
  deploymentHealth,
  jobHealth,
  podHealth,
  replicaSetHealth,
  statefulSetHealth,
} from './workload-status.ts';

export type { ObjectHealth } from './health.ts';

type Assess = (object: KubeObject) => ObjectHealth;

const byKind: Readonly<Record<string, Assess>> = {
  'Deployment.apps': onceSeen(deploymentHealth),
  'StatefulSet.apps': onceSeen(statefulSetHealth),
  'DaemonSet.apps': onceSeen(daemonSetHealth),
  'ReplicaSet.apps': onceSeen(replicaSetHealth),
  Pod: podHealth,
  'Job.batch': jobHealth,
  PersistentVolumeClaim: claimHealth,
  PersistentVolume: (volume) => (phaseOf(volume) === 'Failed' ? failed('the volume failed') : current),
  Service: serviceHealth,
  'CustomResourceDefinition.apiextensions.k8s.io': definitionHealth,
  'APIService.apiregistration.k8s.io': (service) => byCondition(service, 'Available'),
  'HorizontalPodAutoscaler.autoscaling': autoscalerHealth,
};

/** kstatus with its gaps closed: what says nothing about itself is not assessed, never silently current. */
export function healthOf(object: KubeObject): ObjectHealth {
  if (isTerminating(object)) return { kind: 'terminating', reason: terminatingReason(object) };
  if (isBehind(object)) return progressing('its controller has not seen the latest change');
  return (byKind[groupKind(object)] ?? genericHealth)(object);
}

function terminatingReason(object: KubeObject): string {
  const finalizers = asList(object.metadata.finalizers).flatMap((name) => asText(name) ?? []);
  return finalizers.length === 0 ? 'is being deleted' : `is being deleted, waits for ${finalizers.join(', ')}`;
}

function observedOf(object: KubeObject): string | undefined {
  return integerText(at(object, 'status', 'observedGeneration'));
}

function isBehind(object: KubeObject): boolean {
  const observed = observedOf(object);
  const generation = generationOf(object);
  return observed !== undefined && generation !== undefined && observed !== generation;
}

/** Controllers of `apps` always report what they saw, so silence means that the object is new. */
function onceSeen(assess: Assess): Assess {
  return (object) =>
    observedOf(object) === undefined && generationOf(object) !== undefined
      ? progressing('its controller has not seen it yet')
      : assess(object);
}

/** Whether a rollback may trust status: it belongs to the newest generation. */
export function isSeen(object: KubeObject): boolean {
  return generationOf(object) === undefined || observedOf(object) === generationOf(object);
}

function phaseOf(object: KubeObject): string | undefined {
  return asText(at(object, 'status', 'phase'));
}

/** A claim may wait for its first consumer on purpose; if that pod cannot start, the pod's workload tells. */
function claimHealth(claim: KubeObject): ObjectHealth {
  const phase = phaseOf(claim);
  if (phase === 'Bound') return current;
  return phase === 'Lost' ? failed('its volume is lost') : notAssessed('not bound: judged with the pod that uses it');
}

function serviceHealth(service: KubeObject): ObjectHealth {
  if (at(service, 'spec', 'type') !== 'LoadBalancer') return current;
  const addresses = asList(at(service, 'status', 'loadBalancer', 'ingress'));
  return addresses.length > 0 ? current : progressing('has no load balancer address yet');
}

function definitionHealth(definition: KubeObject): ObjectHealth {
  const names = conditionOf(definition, 'NamesAccepted');
  if (names?.status === 'False') return failed(tell(names));
  return byCondition(definition, 'Established');
}

/** Metrics are missing for a while after every rollout, so no reason is a failure by itself. */
function autoscalerHealth(autoscaler: KubeObject): ObjectHealth {
  const bad = ['AbleToScale', 'ScalingActive'].map((type) => conditionOf(autoscaler, type)).find(isScalingTrouble);
  return bad === undefined ? current : progressing(tell(bad));
}

function isScalingTrouble(condition: ReturnType<typeof conditionOf>): boolean {
  return condition?.status === 'False' && condition.reason !== 'ScalingDisabled';
}

function byCondition(object: KubeObject, type: string): ObjectHealth {
  const condition = conditionOf(object, type);
  if (condition === undefined) return progressing(`${type} is not reported yet`);
  return condition.status === 'True' ? current : progressing(tell(condition));
}

function genericHealth(object: KubeObject): ObjectHealth {
  const stalled = conditionOf(object, 'Stalled');
  if (stalled?.status === 'True') return failed(tell(stalled));
  if (isTrue(object, 'Reconciling')) return byReconciling(object);
  const telling = ['Ready', 'Available'].find((type) => conditionOf(object, type) !== undefined);
  if (telling !== undefined) return byCondition(object, telling);
  return isBuiltIn(object) ? current : notAssessed(silence(object));
}

function byReconciling(object: KubeObject): ObjectHealth {
  const reconciling = conditionOf(object, 'Reconciling');
  return progressing(reconciling === undefined ? 'is reconciling' : tell(reconciling));
}

function silence(object: KubeObject): string {
  return conditionsOf(object).length === 0 ? 'reports no conditions' : 'reports no condition named Ready or Available';
}
