import { type JsonObject, put, textAt } from '../json.ts';
import type { Actor } from './actor.ts';
import { claim, isActive } from './owning.ts';
import { availableOf, bounds, isPaused, observe, type Rollout, sizeOf, sum } from './rollout.ts';

function resize(actor: Actor, set: JsonObject, replicas: number): void {
  if (replicas !== sizeOf(set)) actor.modify('replicasets', set, (draft) => put(draft, ['spec', 'replicas'], replicas));
}

export function scaleRollout(actor: Actor, rollout: Rollout): void {
  const { deployment, current, old } = rollout;
  if (isPaused(deployment)) scalePaused(actor, rollout);
  else if (current !== undefined) scaleRunning(actor, { deployment, current, old });
}

function scaleRunning(actor: Actor, { deployment, current, old }: Started): void {
  if (textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate') {
    recreate(actor, { deployment, current, old });
    return;
  }
  scaleUp(actor, { deployment, current, old });
  scaleDown(actor, observe(actor, deployment));
}

/** A paused Deployment still follows its replica count, in the ReplicaSet that has the pods. */
function scalePaused(actor: Actor, { deployment, current, old }: Rollout): void {
  const active = [...(current === undefined ? [] : [current]), ...old].find((set) => sizeOf(set) > 0) ?? current;
  if (active !== undefined) resize(actor, active, bounds(deployment).desired);
}

interface Started extends Rollout {
  readonly current: JsonObject;
}

function recreate(actor: Actor, { deployment, current, old }: Started): void {
  for (const set of old) resize(actor, set, 0);
  const left = old.flatMap((set) => claim(actor, 'pods', set)).filter(isActive);
  if (left.length === 0) resize(actor, current, bounds(deployment).desired);
}

function scaleUp(actor: Actor, { deployment, current, old }: Started): void {
  const { desired, surge } = bounds(deployment);
  const total = sizeOf(current) + sum(old.map(sizeOf));
  const room = Math.max(0, desired + surge - total);
  resize(actor, current, Math.min(desired, sizeOf(current) + room));
}

/** Takes pods from former ReplicaSets, the unhealthy ones first, but leaves enough available pods. */
function scaleDown(actor: Actor, { deployment, current, old }: Rollout): void {
  if (current === undefined || sum(old.map(sizeOf)) === 0) return;
  const { desired, unavailable } = bounds(deployment);
  const floor = desired - unavailable;
  const total = sizeOf(current) + sum(old.map(sizeOf));
  const spare = total - floor - (sizeOf(current) - availableOf(current));
  const cleaned = shrink(actor, old, spare, (set) => sizeOf(set) - availableOf(set));
  const available = availableOf(current) + sum(cleaned.map(({ set, size }) => Math.min(availableOf(set), size)));
  let surplus = available - floor;
  for (const { set, size } of cleaned) {
    const taken = Math.max(0, Math.min(size, surplus));
    surplus -= taken;
    resize(actor, set, size - taken);
  }
}

function shrink(actor: Actor, sets: readonly JsonObject[], budget: number, removable: (set: JsonObject) => number) {
  let left = Math.max(0, budget);
  return sets.map((set) => {
    const taken = Math.max(0, Math.min(removable(set), left));
    left -= taken;
    resize(actor, set, sizeOf(set) - taken);
    return { set, size: sizeOf(set) - taken };
  });
}
