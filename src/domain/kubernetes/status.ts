import type { KubeObject } from '../../schema/json.ts';
import { isPlainData } from './assessed-kinds.ts';
import { byConventions, unseen } from './condition-health.ts';
import { current, type ObjectHealth, progressing } from './health.ts';
import { generationOf, integerText, isTerminating } from './identity.ts';
import { asList, asText, at } from './json.ts';
import { groupKind } from './kinds.ts';
import {
  apiBindingHealth,
  apiServiceHealth,
  autoscalerHealth,
  budgetHealth,
  claimHealth,
  definitionHealth,
  ingressHealth,
  namespaceHealth,
  serviceHealth,
  volumeHealth,
} from './platform-status.ts';
import {
  daemonSetHealth,
  deploymentHealth,
  jobHealth,
  podHealth,
  replicaSetHealth,
  statefulSetHealth,
} from './workload-status.ts';

/** What an object does not say about itself. Whatever is left out is not looked at. */
export interface Surroundings {
  /** The user's own rule for the object's kind; `undefined` when there is none. */
  readonly rule?: (object: KubeObject) => ObjectHealth | undefined;
  /** `<apiVersion>/<Kind>` of everything in discovery. */
  readonly served?: ReadonlySet<string>;
  /** Whether a ready pod stands behind a Service; `undefined` when pods cannot tell. */
  readonly hasBackends?: (service: KubeObject) => boolean | undefined;
}

type Assess = (object: KubeObject, around: Surroundings) => ObjectHealth;

const byKind: Readonly<Record<string, Assess>> = {
  'Deployment.apps': onceSeen(deploymentHealth),
  'StatefulSet.apps': onceSeen(statefulSetHealth),
  'DaemonSet.apps': onceSeen(daemonSetHealth),
  'ReplicaSet.apps': onceSeen(replicaSetHealth),
  ReplicationController: onceSeen(replicaSetHealth),
  Pod: podHealth,
  'Job.batch': jobHealth,
  Namespace: namespaceHealth,
  PersistentVolumeClaim: claimHealth,
  PersistentVolume: volumeHealth,
  Service: (service, { hasBackends }) => serviceHealth(service, hasBackends?.(service)),
  'Ingress.networking.k8s.io': ingressHealth,
  'CustomResourceDefinition.apiextensions.k8s.io': (definition, { served }) => definitionHealth(definition, served),
  'APIService.apiregistration.k8s.io': apiServiceHealth,
  'HorizontalPodAutoscaler.autoscaling': autoscalerHealth,
  'PodDisruptionBudget.policy': budgetHealth,
  'APIBinding.apis.kcp.io': apiBindingHealth,
};

/** kstatus with its gaps closed: what says nothing about itself is not assessed, never silently current. */
export function healthOf(object: KubeObject, around: Surroundings = {}): ObjectHealth {
  if (isTerminating(object)) return { kind: 'terminating', reason: terminatingReason(object) };
  if (isBehind(object)) return unseen;
  return around.rule?.(object) ?? ofKind(object, around);
}

function ofKind(object: KubeObject, around: Surroundings): ObjectHealth {
  if (isPlainData(object)) return current;
  return byKind[groupKind(object)]?.(object, around) ?? byConventions(object);
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

/** Controllers of workloads always report what they saw, so silence means that the object is new. */
function onceSeen(assess: (object: KubeObject) => ObjectHealth): Assess {
  return (object) =>
    observedOf(object) === undefined && generationOf(object) !== undefined
      ? progressing('its controller has not seen it yet')
      : assess(object);
}

/** Whether a rollback may trust status: it belongs to the newest generation. */
export function isSeen(object: KubeObject): boolean {
  return generationOf(object) === undefined || observedOf(object) === generationOf(object);
}
