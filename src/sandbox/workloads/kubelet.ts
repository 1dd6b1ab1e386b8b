import { randomInt } from 'node:crypto';
import { type JsonObject, objectAt, put, textAt } from '../json.ts';
import { isTerminating, nameOf, namespaceOf, stamp, uidOf } from '../meta.ts';
import { Actor } from './actor.ts';
import { asOnNode, decisive } from './containers.ts';
import type { Ground } from './loop.ts';
import { nodeOf, unschedulable } from './node.ts';
import { phaseOf } from './owning.ts';
import { graceOf, type Life, type Pace, podLife, type Step, waiting } from './pod-behaviour.ts';
import { missingEnv, missingVolume } from './pod-references.ts';
import { type Placement, podStatus } from './pod-status.ts';

const FIRST_LOOK_MS = 40;
/** Simulated ms until a kubelet looks again at what was not there, unless it backs off from other failures for longer. */
const RECHECK_MS = 100;
const TERMINATION_MS = 30;

/** A scheduler and the kubelets: binds pods, plays their lives, ends them. */
export class Kubelet {
  readonly #ground: Ground;
  readonly #actor: Actor;
  readonly #pace: Pace;
  readonly #running = new Map<string, { placement: Placement; cancel: () => void }>();

  constructor(ground: Ground, delays: Omit<Pace, 'stamp'>) {
    this.#ground = ground;
    this.#actor = new Actor(ground.state, 'kubelet');
    this.#pace = { ...delays, stamp: () => stamp(ground.state.now()) };
  }

  start(): void {
    this.#ground.state.store.subscribe(({ table, type, object }) => {
      if (table !== '/pods') return;
      if (type === 'DELETED') this.#forget(object);
      else this.#ground.timers.later(0, () => this.#notice(object));
    });
  }

  #forget(pod: JsonObject): void {
    this.#running.get(uidOf(pod))?.cancel();
    this.#running.delete(uidOf(pod));
  }

  #notice(seen: JsonObject): void {
    const pod = this.#current(seen);
    if (pod === undefined) return;
    if (textAt(pod, 'spec', 'nodeName') === undefined) this.#bind(pod);
    else if (isTerminating(pod)) this.#end(pod);
    else if (!this.#running.has(uidOf(pod)) && phaseOf(pod) === 'Pending') this.#play(pod);
  }

  #current(pod: JsonObject): JsonObject | undefined {
    const current = this.#actor.get('pods', namespaceOf(pod), nameOf(pod));
    return current !== undefined && uidOf(current) === uidOf(pod) ? current : undefined;
  }

  /** The binding is the scheduler's: it leaves no managedFields entry. */
  #bind(pod: JsonObject): void {
    const why = unschedulable(pod, stamp(this.#ground.state.now()));
    if (why !== undefined) {
      this.#actor.report('pods', pod, (draft) => put(draft, ['status', 'conditions'], why));
      return;
    }
    const spec = { ...objectAt(pod, 'spec'), nodeName: nodeOf(pod) };
    this.#ground.state.store.write('/pods', { ...pod, spec });
  }

  /** Grace is cut short: the containers of a sandbox stop at once. */
  #end(pod: JsonObject): void {
    this.#forget(pod);
    if (graceOf(pod) === 0) return;
    this.#ground.timers.later(TERMINATION_MS, () => {
      const current = this.#current(pod);
      if (current !== undefined) this.#actor.remove('pods', current, { gracePeriod: 0 });
    });
  }

  #play(pod: JsonObject): void {
    const placement = { podIP: `10.244.0.${randomInt(2, 255)}`, startTime: this.#pace.stamp() };
    this.#running.set(uidOf(pod), { placement, cancel: () => undefined });
    this.#show(pod, waiting('ContainerCreating', '', 0), placement);
    this.#continue(pod, this.#life(pod), placement);
  }

  *#life(pod: JsonObject): Life {
    const main = decisive(pod)?.container ?? {};
    yield* this.#awaited(() => {
      const why = missingVolume(this.#actor, pod);
      return why === undefined ? undefined : { ...waiting('ContainerCreating', '', 0), volumes: 'awaited' };
    });
    yield* this.#awaited(() => {
      const why = missingEnv(this.#actor, pod, main);
      return why === undefined ? undefined : waiting('CreateContainerConfigError', why, 0);
    });
    yield* podLife(asOnNode(pod, nodeOf(pod)), this.#pace);
  }

  /** Shows what is missing, and looks again from time to time. */
  *#awaited(missing: () => Step | undefined): Life {
    let after = FIRST_LOOK_MS;
    for (let step = missing(); step !== undefined; step = missing()) {
      yield { ...step, after };
      after = this.#pace.backOff ?? RECHECK_MS;
    }
  }

  #continue(pod: JsonObject, life: Life, placement: Placement): void {
    const next = life.next();
    if (next.done === true) return;
    const cancel = this.#ground.timers.later(next.value.after, () => {
      this.#show(pod, next.value, placement);
      this.#continue(pod, life, placement);
    });
    this.#running.set(uidOf(pod), { placement, cancel });
  }

  #show(pod: JsonObject, step: Step, placement: Placement): void {
    const current = this.#current(pod);
    if (current === undefined || isTerminating(current) || isOver(current)) return;
    this.#actor.report('pods', current, (draft) => {
      draft.status = podStatus(draft, step, { ...placement, now: this.#pace.stamp() });
    });
  }
}

/** Evicted by its node, say: a pod that is over stays as it is. */
function isOver(pod: JsonObject): boolean {
  return phaseOf(pod) === 'Failed' || phaseOf(pod) === 'Succeeded';
}
