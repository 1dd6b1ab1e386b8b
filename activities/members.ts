import { describeRef, refKey, refOf } from '../src/domain/kubernetes/identity.ts';
import { latestWriter } from '../src/domain/kubernetes/ownership.ts';
import type { HealthBaseline } from '../src/domain/kubernetes/workloads.ts';
import { describeManager } from '../src/domain/owners/managers.ts';
import type { KubeObject } from '../src/schema/json.ts';
import type { Part } from '../src/schema/stored.ts';

/** Live objects by their key. */
export function byKey(objects: readonly KubeObject[]): Map<string, KubeObject> {
  return new Map(objects.map((object) => [refKey(refOf(object)), object]));
}

/** Who wrote last, for people: `kubectl-edit at 2026-01-01T00:00:00Z`. */
export function writerOf(object: KubeObject): string {
  const writer = latestWriter(object);
  return writer ? `${describeManager(writer.manager)} at ${writer.time ?? 'an unknown time'}` : 'an unknown writer';
}

export function nameOf(object: KubeObject): string {
  return describeRef(refOf(object));
}

const noHealth: HealthBaseline = { objects: {}, restarts: {}, brokenPods: [] };

/** A part taken without evidence of health compares with nothing: everything must be current. */
export function healthOf(part: Part): HealthBaseline {
  return part.health ?? noHealth;
}
