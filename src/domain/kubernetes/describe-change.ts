import type { Json, JsonObject, KubeObject } from '../../schema/json.ts';
import type { FieldView } from '../../schema/plan-view.ts';
import { changedValues } from './canonical.ts';
import type { ValueChange } from './differences.ts';
import { asRecord, at, canonicalJson, isRecord } from './json.ts';
import { groupKind } from './kinds.ts';
import { createRedactor, isHidden, withoutStandIns } from './redact.ts';

/**
 * What would change in an object, for people to read: `from` is live, `to` what is put back, `null` where there is none.
 * Secrets are hidden before anything is compared, so that no value of theirs can get into the answer.
 */
export function describeChange(from: KubeObject | null, to: KubeObject | null): readonly FieldView[] {
  const redact = createRedactor();
  const live = from && redact(from);
  const wanted = to && redact(to);
  const one = live ?? wanted;
  if (!one) return [];
  const changes = changedValues(live ?? emptied(one), wanted ?? emptied(one));
  return [...changes.map(viewOf), ...sameKeys(live, wanted)];
}

/** What an object is compared with that is not there: then each of its parts is told by itself. */
function emptied(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const parts = Object.entries(object).filter(([key, value]) => key !== 'metadata' && isRecord(value));
  const { name, namespace } = metadata;
  const place = namespace === undefined ? { name } : { name, namespace };
  return { ...Object.fromEntries(parts.map(([key]) => [key, {}])), apiVersion, kind, metadata: place };
}

function viewOf({ pointer, change, from, to }: ValueChange): FieldView {
  const [before, after] = shortened(textOf(from), textOf(to));
  return { pointer: cutAt(pointer, longestPointer), change, from: before, to: after };
}

function textOf(value: Json | undefined): string | null {
  return value === undefined || isHidden(value) ? null : canonicalJson(withoutStandIns(value));
}

const longestPointer = 300;
const longestValue = 120;
/** What is kept of a common beginning, to see where one is. */
const lead = 20;

/** Long values are cut around the place where they begin to differ. */
function shortened(from: string | null, to: string | null): readonly [string | null, string | null] {
  const start = Math.max(from?.length ?? 0, to?.length ?? 0) > longestValue ? firstDifference(from, to) : 0;
  const cut = (text: string | null) => (text === null ? null : cutAt(startAt(text, start), longestValue));
  return [cut(from), cut(to)];
}

function firstDifference(from: string | null, to: string | null): number {
  if (from === null || to === null) return 0;
  const end = Math.min(from.length, to.length);
  let index = 0;
  while (index < end && from[index] === to[index]) index++;
  return Math.max(0, index - lead);
}

function startAt(text: string, start: number): string {
  return start === 0 ? text : `…${text.slice(start)}`;
}

function cutAt(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** Of a Secret nothing but its keys can be told: those that stay are told too. */
function sameKeys(live: KubeObject | null, wanted: KubeObject | null): readonly FieldView[] {
  if (!live || !wanted || groupKind(live) !== 'Secret') return [];
  const data: JsonObject = asRecord(at(live, 'data'));
  const same = Object.keys(data).filter((key) => data[key] === at(wanted, 'data', key));
  return same.sort().map((key) => ({ pointer: `/data/${key}`, change: 'same', from: null, to: null }));
}
