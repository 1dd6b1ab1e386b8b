import type { KubeObject } from '../schema/json.ts';
import type { ObjectRef } from '../schema/object-ref.ts';
import type { PlanItem } from '../schema/stored.ts';
import { describeRef, ownersNamed, refKey } from './kubernetes/identity.ts';
import { isScaled, type Scaling, scalerOf } from './plan/autoscaling.ts';
import { isAllowed } from './plan/consent.ts';
import { isBlocker } from './plan/disarm.ts';
import { deferralsOf, edgeKey, edgesOf, keysOf } from './plan/edges.ts';
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
  const named = new Set(question.manifests.map(refKey));
  const added = question.live
    .filter(({ member }) => !known.has(refKey(member.ref)))
    .map((content) => planAdded(question, named, content));
  const scaling = scalingAfter(question, live, added);
  const restored = existed.map((content) =>
    planRestored(question, scaling, content, live.get(refKey(content.member.ref))),
  );
  const contents = new Map(question.baseline.map(({ member, object }) => [refKey(member.ref), object]));
  const placed = withTraffic(restored, contents, live);
  return inOrder(question, [...withOwners(question, placed, contents), ...added], contents);
}

/** The baseline's objects by `refKey`; what need not be read is `null`. */
type Contents = ReadonlyMap<string, KubeObject | null>;

function inOrder({ dependsOn }: PlanQuestion, items: readonly PlanItem[], contents: Contents): Plan {
  const ordered = orderActions(items.flatMap(actionsOf), edgesOf(dependsOn, items, contents), edgeKey);
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
  if (live && live.member.blob === baseline.member.blob) {
    return { ...item, ...unchanged('unchanged'), replicas: isScaled(item.ref, scaling) ? 'live' : null };
  }
  return { ...item, ...judgeRestored(question, scaling, contentOf(baseline), live ? contentOf(live) : null) };
}

function planAdded(question: PlanQuestion, named: ReadonlySet<string>, content: Content): PlanItem {
  const object = contentOf(content);
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
function withTraffic(items: readonly PlanItem[], contents: Contents, live: ReadonlyMap<string, Content>): PlanItem[] {
  const known = items.flatMap((item): Known[] => {
    const to = contents.get(refKey(item.ref));
    return to ? [{ item, to, from: live.get(refKey(item.ref))?.object ?? null }] : [];
  });
  return items.map((item) => {
    if (!movesTraffic(item) || item.timing !== 'normal') return item;
    const one = known.find((candidate) => candidate.item === item);
    return one ? { ...item, timing: goesFirst(known, one) ? 'first' : 'traffic' } : item;
  });
}

/** An object restored without its owner would not equal the baseline; with a stale one it would be collected at once. */
function withOwners(question: PlanQuestion, items: readonly PlanItem[], contents: Contents): PlanItem[] {
  const coming = new Set(items.filter(({ verdict }) => isMade(verdict)).map(({ ref }) => edgeKey(ref)));
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
