import { bootstrap } from '../../src/sandbox/bootstrap.ts';
import { clone, type JsonObject, objectAt } from '../../src/sandbox/json.ts';
import { nameOf, namespaceOf } from '../../src/sandbox/meta.ts';
import { createState } from '../../src/sandbox/state.ts';
import { Timers } from '../../src/sandbox/timers.ts';
import { Actor } from '../../src/sandbox/workloads/actor.ts';
import { startSimulation } from '../../src/sandbox/workloads/simulation.ts';
import type { KubeObject } from '../../src/schema/json.ts';
import { VirtualClock } from './virtual-clock.ts';

/** The sandbox's API and controllers without network, on a clock of their own; kubelets back off as real ones do. */
export interface VirtualCluster {
  /** Milliseconds since its start. */
  now(): number;
  /** Milliseconds since 1970, as its server would tell: whole seconds. */
  serverTime(): number;
  /** Runs what comes next until then; `changed` when that changed an object. */
  advance(until: number): 'changed' | 'unchanged' | 'arrived';
  after(ms: number, action: () => void): void;
  apply(plural: string, object: JsonObject): void;
  change(plural: string, name: string, edit: (draft: JsonObject) => void): void;
  report(plural: string, name: string, edit: (draft: JsonObject) => void): void;
  remove(plural: string, name: string): void;
  list(plural: string): KubeObject[];
}

export const namespace = 'shop';
const epoch = Date.parse('2026-01-01T00:00:00Z');

export function startVirtualCluster(): VirtualCluster {
  const clock = new VirtualClock();
  const state = createState('eu', 0, () => new Date(epoch + clock.now()));
  bootstrap(state);
  const pace = { readyDelay: 2000, slowDelay: 30_000, backOff: 10_000 };
  startSimulation(state, new Timers(1, clock), { ...pace, workloads: 'on' });
  const actor = new Actor(state, 'deployer');
  const found = (plural: string, name: string) => actor.get(plural, namespace, name) ?? {};
  actor.create('namespaces', '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return {
    now: () => clock.now(),
    serverTime: () => Math.floor((epoch + clock.now()) / 1000) * 1000,
    advance: (until) => {
      const before = state.store.version;
      if (clock.advance(until) === 'arrived') return 'arrived';
      return state.store.version === before ? 'unchanged' : 'changed';
    },
    after: (ms, action) => {
      clock.start(ms, action);
    },
    apply: (plural, object) => apply(actor, plural, object),
    change: (plural, name, edit) => actor.modify(plural, found(plural, name), edit),
    report: (plural, name, edit) => actor.report(plural, found(plural, name), edit),
    remove: (plural, name) => actor.remove(plural, found(plural, name)),
    list: (plural) => actor.list(plural, namespace) as KubeObject[],
  };
}

function apply(actor: Actor, plural: string, object: JsonObject): void {
  const live = actor.get(plural, namespaceOf(object), nameOf(object));
  if (live === undefined) actor.create(plural, namespaceOf(object), clone(object));
  else
    actor.modify(plural, live, (draft) => {
      const { metadata: _metadata, ...content } = clone(object);
      Object.assign(draft, content, { metadata: { ...objectAt(draft, 'metadata') } });
    });
}
