import type { KubeObject } from '../schema/json.ts';
import type { ObjectRef } from '../schema/object-ref.ts';
import type { PlanItem } from '../schema/stored.ts';
import { describeRef, refKey } from './kubernetes/identity.ts';
import { type Scaling, scalerOf } from './plan/autoscaling.ts';
import { isAllowed } from './plan/consent.ts';
import { isBlocker } from './plan/disarm.ts';
import { deferralsOf, edgeKey, edgesOf, keysOf, ownersNamed } from './plan/edges.ts';
import { deployersFinalizers, judgePrune } from './plan/prune.ts';
import type { Content, PlanQuestion } from './plan/question.ts';
import { judgeRestored, unchanged } from './plan/restored.ts';
import { type Action, actionsOf, orderActions, pivotOf, type Stage, stagesOf } from './plan/stages.ts';
import { goesFirst, type Known, movesTraffic } from './plan/traffic.ts';

export interface Plan {
  readonly items: readonly PlanItem[];
  readonly stages: readonly Stage[];
}

/** Decides for every object what becomes of it, why, and when. Nothing is looked up: the question holds all there is to know. */
export function makePlan(question: PlanQuestion): Plan {
  const live = new Map(question.live.map((content) => [refKey(content.member.ref), content]));
  const existed = question.baseline.filter(({ member }) => !member.terminating);
  const known = new Set(existed.map(({ member }) => refKey(member.ref)));
  const added = question.live
    .filter(({ member }) => !known.has(refKey(member.ref)))
    .map((content) => planAdded(question, content));
  const scaling = scalingAfter(question, live, added);
  const restored = existed.map((content) =>
    planRestored(question, scaling, content, live.get(refKey(content.member.ref))),
  );
  return inOrder(question, [...withOwners(question, withTraffic(restored, existed, live)), ...added]);
}

function inOrder(question: PlanQuestion, items: readonly PlanItem[]): Plan {
  const contents = new Map(question.baseline.map((content) => [refKey(content.member.ref), content.object]));
  const ordered = orderActions(items.flatMap(actionsOf), edgesOf(question, items), edgeKey);
  if (ordered.kind === 'cycle') return { items: refuseCycle(items, ordered.items), stages: [] };
  const sides = new Map<number, PlanItem['pivot']>();
  for (const { item, order } of [...ordered.actions].sort(byOrder)) sides.set(item, pivotOf(order));
  const deferrals = deferralsOf(items, contents);
  return {
    items: items.map((item, index) => ({
      ...item,
      pivot: sides.get(index) ?? 'before',
      deferredOn: deferrals.get(refKey(item.ref)) ?? null,
    })),
    stages: stagesOf(ordered.actions),
  };
}

function byOrder(one: Action, other: Action): number {
  return one.order - other.order;
}

function refuseCycle(items: readonly PlanItem[], cycle: readonly number[]): PlanItem[] {
  const names = cycle.flatMap((number) => items[number]?.ref ?? []).map(describeRef);
  const reason = `a cycle of dependencies: ${names.join(', ')}`;
  return items.map((item, index) => (cycle.includes(index) ? { ...item, verdict: 'refuse', reason } : item));
}

function planRestored(
  question: PlanQuestion,
  scaling: Scaling,
  baseline: Content,
  live: Content | undefined,
): PlanItem {
  const item = { ...blank, ref: baseline.member.ref, baseline: baseline.member.blob, ...liveOf(live) };
  if (live && live.member.blob === baseline.member.blob) return { ...item, ...unchanged('unchanged') };
  return { ...item, ...judgeRestored(question, scaling, contentOf(baseline), live ? contentOf(live) : null) };
}

function planAdded(question: PlanQuestion, content: Content): PlanItem {
  const object = contentOf(content);
  const named = new Set(question.manifests.map(refKey));
  const judgement = judgePrune({ ...question, live: object, named });
  const timing = judgement.verdict === 'prune' && isBlocker(object) ? 'first' : 'normal';
  const mayStrip = judgement.verdict === 'prune' && isAllowed(question.consent, 'finalizers', content.member.ref);
  const strip = mayStrip ? [...deployersFinalizers(object)] : [];
  return { ...blank, ref: content.member.ref, baseline: null, ...liveOf(content), ...judgement, timing, strip };
}

const blank = {
  fields: [],
  timing: 'normal',
  pivot: 'before',
  deferredOn: null,
  replicas: null,
  strip: [],
  stays: [],
} satisfies Partial<PlanItem>;

function liveOf(live: Content | undefined): Pick<PlanItem, 'live' | 'fence'> {
  if (!live) return { live: null, fence: null };
  const { blob, uid, resourceVersion } = live.member;
  return { live: blob, fence: { uid, resourceVersion } };
}

function contentOf({ member, object }: Content): KubeObject {
  if (!object) throw new Error(`the content of ${describeRef(member.ref)} was not read`);
  return object;
}

/** Who will set replicas when the restore is done: what it deletes will not, what it creates will. */
function scalingAfter(question: PlanQuestion, live: ReadonlyMap<string, Content>, added: readonly PlanItem[]): Scaling {
  const going = new Set(added.filter(({ verdict }) => verdict === 'prune').map(({ ref }) => refKey(ref)));
  const missing = question.baseline.filter(({ member }) => !member.terminating && !live.has(refKey(member.ref)));
  return {
    staying: question.scalers.filter(({ ref, owner }) => !going.has(refKey(ref)) && !going.has(owner ?? '')),
    coming: missing.flatMap(({ object }) => (object ? (scalerOf(object) ?? []) : [])),
  };
}

/** Gives what moves requests its place: first of all where the old backends stand, else when they stand again. */
function withTraffic(
  items: readonly PlanItem[],
  baseline: readonly Content[],
  live: ReadonlyMap<string, Content>,
): PlanItem[] {
  const known = items.flatMap((item, index): Known[] => {
    const to = baseline[index]?.object;
    return to ? [{ item, to, from: live.get(refKey(item.ref))?.object ?? null }] : [];
  });
  return items.map((item) => {
    const one = known.find((candidate) => candidate.item === item);
    if (!one || !movesTraffic(item) || item.timing !== 'normal') return item;
    return { ...item, timing: goesFirst(known, one) ? 'first' : 'traffic' };
  });
}

/** An object restored without its owner would not equal the baseline; with a stale one it would be collected at once. */
function withOwners(question: PlanQuestion, items: readonly PlanItem[]): PlanItem[] {
  const coming = new Set(items.filter(({ verdict }) => isMade(verdict)).map(({ ref }) => edgeKey(ref)));
  const contents = new Map(question.baseline.map((content) => [refKey(content.member.ref), content.object]));
  return items.map((item) => {
    if (!isMade(item.verdict)) return item;
    const object = contents.get(refKey(item.ref));
    const gone = object ? ownersNamed(object).find((owner) => isGone(question, coming, owner)) : undefined;
    if (!gone) return item;
    return { ...item, verdict: 'refuse', reason: `its owner ${describeRef(gone)} does not exist any more` };
  });
}

function isMade(verdict: PlanItem['verdict']): boolean {
  return verdict === 'create' || verdict === 'recreate';
}

function isGone({ missingOwners }: PlanQuestion, coming: ReadonlySet<string>, owner: ObjectRef): boolean {
  const keys = keysOf(owner);
  return keys.some((key) => missingOwners.has(key)) && !keys.some((key) => coming.has(key));
}
