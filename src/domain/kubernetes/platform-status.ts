import type { KubeObject } from '../../schema/json.ts';
import { byCondition } from './condition-health.ts';
import { type Condition, conditionOf, conditionsOf, tell } from './conditions.ts';
import { current, failed, notAssessed, type ObjectHealth, progressing } from './health.ts';
import { asList, asNumber, asText, at } from './json.ts';
import { groupKind } from './kinds.ts';

function phaseOf(object: KubeObject): string | undefined {
  return asText(at(object, 'status', 'phase'));
}

function phaseText(object: KubeObject): string {
  return `its phase is ${phaseOf(object) ?? 'not reported yet'}`;
}

export function namespaceHealth(namespace: KubeObject): ObjectHealth {
  return phaseOf(namespace) === 'Active' ? current : progressing(phaseText(namespace));
}

/** A claim may wait for its first consumer on purpose; if that pod cannot start, the pod's workload tells. */
export function claimHealth(claim: KubeObject): ObjectHealth {
  const phase = phaseOf(claim);
  if (phase === 'Bound') return current;
  return phase === 'Lost' ? failed('its volume is lost') : notAssessed('not bound: judged with the pod that uses it');
}

const settledVolumes: readonly (string | undefined)[] = ['Available', 'Bound', 'Released'];

export function volumeHealth(volume: KubeObject): ObjectHealth {
  const phase = phaseOf(volume);
  if (phase === 'Failed') return failed(asText(at(volume, 'status', 'message')) ?? 'the volume failed');
  return settledVolumes.includes(phase) ? current : progressing(phaseText(volume));
}

function hasAddress(object: KubeObject): boolean {
  return asList(at(object, 'status', 'loadBalancer', 'ingress')).length > 0;
}

/** `hasBackends`: whether a ready pod stands behind it; `undefined` when pods cannot tell. */
export function serviceHealth(service: KubeObject, hasBackends: boolean | undefined): ObjectHealth {
  if (at(service, 'spec', 'type') !== 'LoadBalancer') return current;
  if (!hasAddress(service)) return progressing('has no load balancer address yet');
  return hasBackends === false ? progressing('no ready pod matches its selector') : current;
}

/** Many ingress controllers never report an address, so that waiting for one could last for ever. */
export function ingressHealth(ingress: KubeObject): ObjectHealth {
  return hasAddress(ingress) ? current : notAssessed('reports no address, as some ingress controllers never do');
}

/** `served`: `<apiVersion>/<Kind>` of what is in discovery. */
export function definitionHealth(definition: KubeObject, served: ReadonlySet<string> | undefined): ObjectHealth {
  const names = conditionOf(definition, 'NamesAccepted');
  if (names?.status === 'False') return failed(tell(names));
  const health = byCondition(definition, 'Established');
  const isUnserved = health.kind === 'current' && served !== undefined && isUndiscovered(definition, served);
  return isUnserved ? progressing('its kind is not in discovery yet') : health;
}

/**
 * A definition is established a little before its kind is to be found. Discovery is asked for each kind's preferred
 * version only, so that one of them is enough.
 */
export function isUndiscovered(object: KubeObject, served: ReadonlySet<string>): boolean {
  if (groupKind(object) !== 'CustomResourceDefinition.apiextensions.k8s.io') return false;
  const types = definedTypes(object);
  return types.length > 0 && !types.some((type) => served.has(type));
}

function definedTypes(definition: KubeObject): string[] {
  const group = asText(at(definition, 'spec', 'group'));
  const kind = asText(at(definition, 'spec', 'names', 'kind'));
  const versions = asList(at(definition, 'spec', 'versions')).filter((version) => at(version, 'served') === true);
  return versions.map((version) => `${group}/${asText(at(version, 'name'))}/${kind}`);
}

/** These say that the autoscaler itself is wrong; all others, missing metrics too, are usual after a rollout. */
const misconfigured: ReadonlySet<string> = new Set(['InvalidSelector', 'AmbiguousSelector', 'InvalidMetricSourceType']);

export function autoscalerHealth(autoscaler: KubeObject): ObjectHealth {
  const conditions = ['AbleToScale', 'ScalingActive'].flatMap((type) => conditionOf(autoscaler, type) ?? []);
  if (conditions.length === 0) return notAssessed('reports no conditions');
  const trouble = conditions.find(isScalingTrouble);
  if (trouble === undefined) return current;
  return misconfigured.has(trouble.reason) ? failed(tell(trouble)) : progressing(tell(trouble));
}

function isScalingTrouble({ status, reason }: Condition): boolean {
  return status === 'False' && reason !== 'ScalingDisabled';
}

export function budgetHealth(budget: KubeObject): ObjectHealth {
  const allowed = conditionOf(budget, 'DisruptionAllowed');
  if (allowed?.reason === 'SyncFailed') return progressing(tell(allowed));
  const desired = asNumber(at(budget, 'status', 'desiredHealthy'));
  if (desired === undefined) return notAssessed('its controller reports nothing');
  const have = asNumber(at(budget, 'status', 'currentHealthy')) ?? 0;
  return have >= desired ? current : progressing(`${have} of ${desired} pods healthy`);
}

export function apiServiceHealth(service: KubeObject): ObjectHealth {
  return byCondition(service, 'Available');
}

/** kcp: a bound API may still wait for its claims, or lag behind its export. */
export function apiBindingHealth(binding: KubeObject): ObjectHealth {
  const open = conditionsOf(binding).find(({ status }) => status === 'False');
  if (phaseOf(binding) === 'Bound' && open === undefined) return current;
  return progressing(open === undefined ? phaseText(binding) : tell(open));
}
