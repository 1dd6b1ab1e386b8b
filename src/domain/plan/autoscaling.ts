import type { KubeObject } from '../../schema/json.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import type { PlanItem } from '../../schema/stored.ts';
import { controllerOf, refKey, refOf } from '../kubernetes/identity.ts';
import type { Ignore } from '../kubernetes/ignore.ts';
import { asNumber, asText, at, isRecord } from '../kubernetes/json.ts';
import { groupKind } from '../kubernetes/kinds.ts';

/** Something that sets the replicas of a workload. */
export interface Scaler {
  readonly ref: ObjectRef;
  /** `refKey` of what made it (KEDA makes one from a ScaledObject); it goes with that. */
  readonly owner: string | null;
  /** `refKey` of the workload. */
  readonly target: string;
  readonly min: number;
  readonly max: number;
}

const bounds: Readonly<Record<string, readonly [min: string, max: string, byDefault: readonly [number, number]]>> = {
  'HorizontalPodAutoscaler.autoscaling': ['minReplicas', 'maxReplicas', [1, Number.POSITIVE_INFINITY]],
  'ScaledObject.keda.sh': ['minReplicaCount', 'maxReplicaCount', [0, 100]],
};

/** `null` when the object scales nothing. */
export function scalerOf(object: KubeObject): Scaler | null {
  const names = bounds[groupKind(object)];
  const target = at(object, 'spec', 'scaleTargetRef');
  if (!names || target === undefined) return null;
  const [min, max, [least, most]] = names;
  const ref = refOf(object);
  const maker = controllerOf(object);
  const workload = {
    apiVersion: asText(at(target, 'apiVersion')) ?? 'apps/v1',
    kind: asText(at(target, 'kind')) ?? 'Deployment',
    name: asText(at(target, 'name')) ?? '',
  };
  return {
    ref,
    owner: maker ? refKey(maker) : null,
    target: refKey(ref.namespace ? { ...workload, namespace: ref.namespace } : workload),
    min: asNumber(at(object, 'spec', min)) ?? least,
    max: asNumber(at(object, 'spec', max)) ?? most,
  };
}

export interface Scaling {
  /** Scalers that will be there when the restore is done, and are there now. */
  readonly staying: readonly Scaler[];
  /** Scalers that the restore creates anew. */
  readonly coming: readonly Scaler[];
}

/**
 * The replicas a workload is to be restored with, where the target state leaves them to an autoscaler: live ones stay,
 * and one whose scaler is still to come must be in its range, or it would stand still at zero. `null`: the baseline's.
 */
export function replicasFor(
  to: KubeObject,
  from: KubeObject | null,
  { staying, coming }: Scaling,
): PlanItem['replicas'] {
  const key = refKey(refOf(to));
  const replicas = (object: KubeObject | null) => (object ? (asNumber(at(object, 'spec', 'replicas')) ?? 1) : 0);
  if (from && staying.some((scaler) => scaler.target === key)) return 'live';
  const scaler = [...coming, ...staying].find((candidate) => candidate.target === key);
  if (!scaler) return null;
  return Math.min(scaler.max, Math.max(scaler.min, replicas(to), replicas(from)));
}

/** Whether something sets its replicas when the restore is done, and perhaps at any time before. */
export function isScaled(ref: ObjectRef, { staying, coming }: Scaling): boolean {
  const key = refKey(ref);
  return [...staying, ...coming].some((scaler) => scaler.target === key);
}

/** The object with these replicas; as it is when its replicas are nobody's to choose. */
export function withReplicas(object: KubeObject, replicas: PlanItem['replicas']): KubeObject {
  const spec = at(object, 'spec');
  if (typeof replicas !== 'number' || !isRecord(spec)) return object;
  return { ...object, spec: { ...spec, replicas } };
}

/** Whether it has the replicas it is to be restored with; anything will do where they are nobody's to choose. */
export function hasReplicas(object: KubeObject, replicas: PlanItem['replicas']): boolean {
  return typeof replicas !== 'number' || (asNumber(at(object, 'spec', 'replicas')) ?? 1) === replicas;
}

/** An autoscaler moves replicas at any time: where it owns them they are in no comparison. */
export function ignoreFor(ignore: Ignore, ref: ObjectRef, replicas: PlanItem['replicas']): Ignore {
  if (replicas === null) return ignore;
  return [...ignore, { kind: `${ref.apiVersion}/${ref.kind}`, name: ref.name, pointers: ['/spec/replicas'] }];
}
