import type { KubeObject } from '../schema/json.ts';
import type { ObjectRef } from '../schema/object-ref.ts';
import type { Member, Part, PlanItem } from '../schema/stored.ts';
import { changedPointers, pointersInLive, sameContent } from './kubernetes/canonical.ts';
import { describeRef, refKey } from './kubernetes/identity.ts';
import type { Ignore } from './kubernetes/ignore.ts';
import { at } from './kubernetes/json.ts';
import { groupKind } from './kubernetes/kinds.ts';
import { foreignOwners, sameOwnership } from './kubernetes/ownership.ts';
import { compareRefs, stageOf, stages } from './kubernetes/stages.ts';
import { refusedForNow } from './later.ts';
import { type Judgement, judgePrune } from './plan-prune.ts';

/** A member with its content; equal blobs need not be read, their content is `null`. */
export interface Content {
  readonly member: Member;
  readonly object: KubeObject | null;
}

export interface PlanQuestion {
  readonly baseline: readonly Content[];
  readonly live: readonly Content[];
  readonly before: Part;
  /** What the deploy's manifests name. */
  readonly manifests: readonly ObjectRef[];
  readonly window: { readonly start: string; readonly end: string };
  /** `refKey`s of workloads that an autoscaler scales. */
  readonly autoscaled: ReadonlySet<string>;
  /** The target's ignored fields. */
  readonly ignore?: Ignore;
}

/** Decides for every object what becomes of it, and why. Nothing is looked up: the question holds all there is to know. */
export function planItems(question: PlanQuestion): readonly PlanItem[] {
  const live = new Map(question.live.map((content) => [refKey(content.member.ref), content]));
  const existed = question.baseline.filter(({ member }) => !member.terminating);
  const known = new Set(existed.map(({ member }) => refKey(member.ref)));
  const restored = existed.map((content) => planRestored(question, content, live.get(refKey(content.member.ref))));
  const added = question.live
    .filter(({ member }) => !known.has(refKey(member.ref)))
    .map((content) => planAdded(question, content));
  return [...restored, ...added];
}

function planRestored(question: PlanQuestion, baseline: Content, live: Content | undefined): PlanItem {
  const blob = baseline.member.blob;
  const item = {
    ref: baseline.member.ref,
    baseline: blob,
    live: live?.member.blob ?? null,
    fence: live ? fenceOf(live.member) : null,
  };
  if (live && live.member.blob === blob) return { ...item, verdict: 'noop', reason: 'unchanged', fields: [] };
  if (!baseline.object || (live && !live.object))
    throw new Error(`the content of ${describeRef(item.ref)} was not read`);
  return { ...item, ...judgeRestored(question, baseline.object, live?.object ?? null, item.ref) };
}

type Judged = Judgement & { readonly fields: string[] };

function judgeRestored(question: PlanQuestion, to: KubeObject, from: KubeObject | null, ref: ObjectRef): Judged {
  const { ignore = [] } = question;
  if (from && sameContent(to, from, ignore) && sameOwnership(to, from, ignore))
    return { verdict: 'noop', reason: 'equal', fields: [] };
  const left = leftAlone(to);
  if (left) return { verdict: 'leave', reason: left, fields: [] };
  const fields = from ? [...changedPointers(from, to, ignore)] : [];
  const reason = from ? whyUpdate(fields) : 'deleted by the deploy';
  const refusal = refusedForNow({ from, to, fields }) ?? refusedForOthers(question, from, to, ref);
  if (refusal) return { verdict: 'refuse', reason: refusal, fields };
  return { verdict: from ? 'update' : 'create', reason, fields };
}

/** Kinds that are never written back: doing so would repeat work, or fight the control plane. */
function leftAlone(to: KubeObject): string | null {
  if (groupKind(to) === 'Job.batch') return 'restoring a Job could run it again';
  return at(to, 'type') === 'kubernetes.io/service-account-token' ? 'the control plane makes this token' : null;
}

function whyUpdate(fields: readonly string[]): string {
  if (fields.length === 0) return 'field ownership differs';
  const shown = fields.slice(0, 3).join(', ');
  return fields.length > 3
    ? `${shown} and ${fields.length - 3} more differ`
    : `${shown} differ${fields.length === 1 ? 's' : ''}`;
}

function refusedForOthers(
  question: PlanQuestion,
  from: KubeObject | null,
  to: KubeObject,
  ref: ObjectRef,
): string | null {
  if (!from) return null;
  if (question.autoscaled.has(refKey(ref))) return 'an autoscaler owns its replicas: not supported by this version';
  const foreign = foreignOwners({
    live: from,
    pointers: pointersInLive(to, from, question.ignore),
    window: question.window,
    deployers: [],
  })[0];
  if (!foreign) return null;
  return `changed by ${foreign.owner.manager} at ${foreign.owner.time ?? 'an unknown time'}, outside the deploy (${foreign.pointer})`;
}

function planAdded(question: PlanQuestion, { member, object }: Content): PlanItem {
  if (!object) throw new Error(`the content of ${describeRef(member.ref)} was not read`);
  const named = new Set(question.manifests.map(refKey));
  const judgement = judgePrune({ live: object, before: question.before, named, window: question.window });
  return { ref: member.ref, baseline: null, live: member.blob, fence: fenceOf(member), fields: [], ...judgement };
}

function fenceOf(member: Member): { uid: string; resourceVersion: string } {
  return { uid: member.uid, resourceVersion: member.resourceVersion };
}

/** Objects per write activity: large enough to be cheap, small enough to end well within one attempt. */
const batchSize = 25;

/** Item numbers of the forward writes, by stage and batch, in the order they are written. */
export function stageItems(items: readonly PlanItem[]): { stage: string; batches: number[][] }[] {
  const writes = numbered(items).filter(({ item }) => item.verdict === 'update' || item.verdict === 'create');
  return stages
    .map((stage) => ({ stage, batches: batchesOf(writes.filter(({ item }) => stageOf(item.ref) === stage)) }))
    .filter(({ batches }) => batches.length > 0);
}

/** Deletes, last stage first: what depends on others goes before them. */
export function pruneItems(items: readonly PlanItem[]): { stage: string; batches: number[][] } | null {
  const prunes = numbered(items).filter(({ item }) => item.verdict === 'prune');
  return prunes.length === 0 ? null : { stage: 'prune', batches: batchesOf(prunes).reverse() };
}

function numbered(items: readonly PlanItem[]) {
  return items.map((item, index) => ({ item, index })).sort((one, other) => compareRefs(one.item.ref, other.item.ref));
}

function batchesOf(items: readonly { readonly index: number }[]): number[][] {
  const count = Math.ceil(items.length / batchSize);
  return Array.from({ length: count }, (_, batch) =>
    items.slice(batch * batchSize, (batch + 1) * batchSize).map(({ index }) => index),
  );
}
