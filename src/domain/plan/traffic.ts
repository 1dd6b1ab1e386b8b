import type { KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import type { PlanItem } from '../../schema/stored.ts';
import { asList, asNumber, asRecord, asText, at, isRecord } from '../kubernetes/json.ts';
import { groupKind } from '../kubernetes/kinds.ts';
import { stageOf } from '../kubernetes/stages.ts';
import { isUnder } from './change.ts';

const workloadKinds: ReadonlySet<string> = new Set([
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'ReplicaSet.apps',
]);

export function mayCarryTraffic(ref: ObjectRef): boolean {
  return isRoute(ref) || groupKind(ref) === 'Service';
}

function isRoute(ref: ObjectRef): boolean {
  return stageOf(ref) === 'traffic';
}

export function isWorkload(ref: { readonly apiVersion: string; readonly kind: string }): boolean {
  return workloadKinds.has(groupKind(ref));
}

/** Whether writing the item moves requests from one backend to another; a Service only when its selector or ports change. */
export function movesTraffic(item: Pick<PlanItem, 'ref' | 'verdict' | 'fields'>): boolean {
  if (item.verdict !== 'update') return false;
  if (isRoute(item.ref)) return true;
  return groupKind(item.ref) === 'Service' && touchesRouting(item.fields);
}

function touchesRouting(fields: readonly string[]): boolean {
  return fields.some((field) => isUnder(field, '/spec/selector') || isUnder(field, '/spec/ports'));
}

/** A baseline object, its state now, and what the plan does with it. */
export interface Known {
  readonly to: KubeObject;
  readonly from: KubeObject | null;
  readonly item: Pick<PlanItem, 'ref' | 'verdict' | 'fields'>;
}

/**
 * Whether requests can go back at once: the workloads they went to before the deploy are untouched and have at least
 * the ready replicas they had. Otherwise they go back when their backends stand again. A Service whose ports alone
 * changed points at the same pods as before: there is nothing alive to go back to.
 */
export function goesFirst(known: readonly Known[], one: Known): boolean {
  if (groupKind(one.to) === 'Service') {
    return one.item.fields.some((field) => isUnder(field, '/spec/selector')) && backendsStand(known, one.to);
  }
  const services = known.filter(({ to }) => groupKind(to) === 'Service' && namesService(one.to, to.metadata.name));
  return services.length > 0 && services.every((service) => canServe(known, service));
}

function canServe(known: readonly Known[], service: Known): boolean {
  return service.item.verdict === 'noop' && backendsStand(known, service.to);
}

function backendsStand(known: readonly Known[], service: KubeObject): boolean {
  const selector = Object.entries(asRecord(at(service, 'spec', 'selector')));
  if (selector.length === 0) return false;
  const backends = known.filter(({ to }) => isWorkload(to) && selects(selector, to));
  return backends.length > 0 && backends.every(({ item, to, from }) => item.verdict === 'noop' && isAsReady(to, from));
}

function selects(selector: readonly (readonly [string, unknown])[], workload: KubeObject): boolean {
  const labels = at(workload, 'spec', 'template', 'metadata', 'labels');
  return selector.every(([key, value]) => at(labels, key) === value);
}

function isAsReady(to: KubeObject, from: KubeObject | null): boolean {
  const ready = (object: KubeObject | null) =>
    asNumber(at(object ?? undefined, 'status', 'readyReplicas')) ??
    asNumber(at(object ?? undefined, 'status', 'numberReady')) ??
    0;
  return ready(from) > 0 && ready(from) >= ready(to);
}

/** Looks through the whole spec: routes of different makers name their Services in different places. */
function namesService(route: KubeObject, name: string): boolean {
  return mentions(at(route, 'spec'), name);
}

const serviceKeys: readonly string[] = ['name', 'host', 'service', 'serviceName'];

function mentions(value: Parameters<typeof at>[0], name: string): boolean {
  if (!isRecord(value)) return asList(value).some((item) => mentions(item, name));
  const named = serviceKeys.some((key) => {
    const text = asText(at(value, key));
    return text === name || text?.startsWith(`${name}.`) === true;
  });
  return named || Object.values(value).some((inner) => mentions(inner, name));
}
