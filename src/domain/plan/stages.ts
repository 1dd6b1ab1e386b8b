import type { ObjectRef } from '../../schema/object-ref.ts';
import type { PlanItem } from '../../schema/stored.ts';
import { groupKind } from '../kubernetes/kinds.ts';
import { compareRefs, stageOf, stages } from '../kubernetes/stages.ts';

/** One thing done to one object; an object that is created anew takes two. */
export interface Action {
  /** Number of the item in the plan. */
  readonly item: number;
  readonly ref: ObjectRef;
  readonly stage: string;
  /** Stages run by this number, with a barrier across clusters between any two. */
  readonly order: number;
  readonly does: 'write' | 'delete';
}

export type Pivot = 'before' | 'behind';

/** Leaves room for what users want one after the other within a stage. */
const room = 1000;

const named = {
  'traffic first': 0,
  disarm: 1,
  ...Object.fromEntries(stages.map((stage, index) => [stage, index + 2])),
  'one-way': 20,
  prune: 21,
  'prune definitions': 22,
  recreate: 23,
  webhooks: 24,
} as Readonly<Record<string, number>>;

const pivotAt = 20 * room;

export function pivotOf(order: number): Pivot {
  return order < pivotAt ? 'before' : 'behind';
}

function action(item: number, ref: ObjectRef, stage: string, does: Action['does']): Action {
  return { item, ref, stage, order: (named[stage] ?? 0) * room, does };
}

/** What an item takes, in the order of the protocol. */
export function actionsOf(item: PlanItem, index: number): readonly Action[] {
  const { ref, verdict, timing } = item;
  const write = (stage: string) => action(index, ref, stage, 'write');
  const remove = (stage: string) => action(index, ref, stage, 'delete');
  const home = isValidatingWebhook(ref) ? 'webhooks' : stageOf(ref);
  switch (verdict) {
    case 'update':
    case 'create':
      return [write(stageByTiming[timing] ?? home)];
    case 'prune':
      return [remove(timing === 'first' ? 'disarm' : pruneStageOf(ref))];
    case 'recreate':
      return timing === 'first' ? [remove('disarm'), write(home)] : [remove('prune'), write('recreate')];
    default:
      return [];
  }
}

const stageByTiming: Readonly<Partial<Record<PlanItem['timing'], string>>> = {
  first: 'traffic first',
  last: 'one-way',
  traffic: 'traffic',
};

/** They turn away what their backends have not seen yet: only when everything else stands are they as before. */
function isValidatingWebhook(ref: ObjectRef): boolean {
  return groupKind(ref) === 'ValidatingWebhookConfiguration.admissionregistration.k8s.io';
}

/** A definition takes its objects with it, a namespace all that is in it: after whatever else goes. */
function pruneStageOf(ref: ObjectRef): string {
  const kind = groupKind(ref);
  const holds = kind === 'Namespace' || kind === 'CustomResourceDefinition.apiextensions.k8s.io';
  return holds ? 'prune definitions' : 'prune';
}

/** `on` must be done before `object`. */
export interface Edge {
  readonly object: string;
  readonly on: string;
}

export type Ordered =
  | { readonly kind: 'ordered'; readonly actions: readonly Action[] }
  /** Items that wait for each other, by their numbers. */
  | { readonly kind: 'cycle'; readonly items: readonly number[] };

/**
 * Moves each write behind those it depends on: by stage where the other's is later, else within the stage. Only writes
 * wait for one another; what is there already waits for nobody.
 */
export function orderActions(
  actions: readonly Action[],
  edges: readonly Edge[],
  keyOf: (ref: ObjectRef) => string,
): Ordered {
  const writes = actions.filter((one) => one.does === 'write');
  const waits = waitsOf(writes, edges, keyOf);
  const placed = new Map<Action, Action>();
  for (let open = writes; open.length > 0; open = open.filter((one) => !placed.has(one))) {
    const ready = open.filter((one) => waits(one).every((other) => placed.has(other)));
    if (ready.length === 0) return { kind: 'cycle', items: open.map(({ item }) => item) };
    for (const one of ready) placed.set(one, behind(one, waits(one), placed));
  }
  return { kind: 'ordered', actions: actions.map((one) => placed.get(one) ?? one) };
}

function waitsOf(
  writes: readonly Action[],
  edges: readonly Edge[],
  keyOf: (ref: ObjectRef) => string,
): (one: Action) => readonly Action[] {
  const byKey = new Map(writes.map((one) => [keyOf(one.ref), one]));
  const waits = new Map<Action, Action[]>();
  for (const { object, on } of edges) {
    const [later, sooner] = [byKey.get(object), byKey.get(on)];
    if (later && sooner && later !== sooner) waits.set(later, [...(waits.get(later) ?? []), sooner]);
  }
  return (one) => waits.get(one) ?? [];
}

function behind(one: Action, waitsFor: readonly Action[], placed: ReadonlyMap<Action, Action>): Action {
  const latest = waitsFor
    .flatMap((other) => placed.get(other) ?? [])
    .reduce<Action | null>((best, other) => (best && best.order >= other.order ? best : other), null);
  if (!latest || latest.order < one.order) return one;
  const order = latest.order + 1;
  return { ...one, order, stage: `${baseName(latest.stage)} ${(order % room) + 1}` };
}

function baseName(stage: string): string {
  return stage.replace(/ \d+$/, '');
}

/** Objects per activity: large enough to be cheap, small enough to end well within one attempt. */
const batchSize = 25;

export interface Stage {
  readonly stage: string;
  readonly order: number;
  readonly does: Action['does'];
  readonly batches: number[][];
}

/** The barriers of a plan, in order; within one, batches in the order of kinds and names. */
export function stagesOf(actions: readonly Action[]): Stage[] {
  const orders = [...new Set(actions.map(({ order }) => order))].sort((a, b) => a - b);
  return orders.flatMap((order) => {
    const own = actions.filter((one) => one.order === order).sort((one, other) => compareRefs(one.ref, other.ref));
    const [first] = own;
    return first ? [{ stage: first.stage, order, does: first.does, batches: batchesOf(own) }] : [];
  });
}

function batchesOf(actions: readonly Action[]): number[][] {
  const count = Math.ceil(actions.length / batchSize);
  return Array.from({ length: count }, (_, batch) =>
    actions.slice(batch * batchSize, (batch + 1) * batchSize).map(({ item }) => item),
  );
}
