import type { Json, KubeObject } from '../../schema/json.ts';
import { isTrue } from './conditions.ts';
import type { ObjectHealth } from './health.ts';
import { isTerminating, labelsOf } from './identity.ts';
import { asNumber, asRecord, at } from './json.ts';
import { groupKind } from './kinds.ts';
import { healthOf, type Surroundings } from './status.ts';

/** What is known beside the objects themselves. */
export type Known = Pick<Surroundings, 'rule' | 'served'>;

export interface Seen {
  readonly members: readonly KubeObject[];
  /** ReplicaSets and pods of the namespace. */
  readonly children: readonly KubeObject[];
  readonly known?: Known | undefined;
}

/** The health of every member, worked out once: a rule of the user's may take its time. */
export function assess(seen: Seen): (member: KubeObject) => ObjectHealth {
  const around: Surroundings = { ...seen.known, hasBackends: (service) => hasBackends(service, seen) };
  const healths = new Map(seen.members.map((member) => [member, healthOf(member, around)]));
  return (member) => healths.get(member) ?? healthOf(member, around);
}

/** Where no pod is seen at all, pods cannot tell; neither when what the Service selects is scaled to zero. */
function hasBackends(service: KubeObject, { members, children }: Seen): boolean | undefined {
  const selector = at(service, 'spec', 'selector');
  const pods = children.filter((child) => groupKind(child) === 'Pod' && isBeside(child, service));
  if (selector === undefined || pods.length === 0) return undefined;
  const isIdle = members.some((member) => selects(selector, templateLabels(member)) && wantsNone(member));
  if (isIdle) return undefined;
  return pods.some((pod) => selects(selector, labelsOf(pod)) && isTrue(pod, 'Ready') && !isTerminating(pod));
}

function isBeside(child: KubeObject, service: KubeObject): boolean {
  return child.metadata.namespace === service.metadata.namespace;
}

function selects(selector: Json, labels: Readonly<Record<string, Json>>): boolean {
  return Object.entries(asRecord(selector)).every(([key, value]) => labels[key] === value);
}

function templateLabels(member: KubeObject): Readonly<Record<string, Json>> {
  return asRecord(at(member, 'spec', 'template', 'metadata', 'labels'));
}

function wantsNone(member: KubeObject): boolean {
  return asNumber(at(member, 'spec', 'replicas')) === 0;
}
