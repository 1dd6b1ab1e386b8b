import type { Json, JsonObject } from '../../schema/json.ts';
import { at, canonicalJson, isList, isRecord } from './json.ts';

export interface FieldChange {
  readonly pointer: string;
  readonly change: 'added' | 'removed' | 'changed';
}

/** With what stood there and what stands there; for content that may be shown. */
export interface ValueChange extends FieldChange {
  readonly from: Json | undefined;
  readonly to: Json | undefined;
}

/** Where two values differ, as deep as objects and keyed lists go; empty exactly when their canonical texts are equal. */
export function differences(from: Json, to: Json): readonly FieldChange[] {
  return valueDifferences(from, to).map(({ pointer, change }) => ({ pointer, change }));
}

/** Like {@link differences}, with the values: a list item's position alone would not find its value in both. */
export function valueDifferences(from: Json, to: Json, pointer = ''): readonly ValueChange[] {
  if (canonicalJson(from) === canonicalJson(to)) return [];
  if (isRecord(from) && isRecord(to)) return recordDifferences(from, to, pointer);
  if (isList(from) && isList(to)) return listDifferences(from, to, pointer);
  return [{ pointer, change: 'changed', from, to }];
}

function recordDifferences(from: JsonObject, to: JsonObject, pointer: string): readonly ValueChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) => between(at(from, key), at(to, key), `${pointer}/${escaped(key)}`));
}

function between(from: Json | undefined, to: Json | undefined, pointer: string): readonly ValueChange[] {
  if (from === undefined) return to === undefined ? [] : [{ pointer, change: 'added', from, to }];
  return to === undefined ? [{ pointer, change: 'removed', from, to }] : valueDifferences(from, to, pointer);
}

/** RFC 6901. */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

export function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

function listDifferences(from: readonly Json[], to: readonly Json[], pointer: string): readonly ValueChange[] {
  const whole: readonly ValueChange[] = [{ pointer, change: 'changed', from, to }];
  if (![...from, ...to].every(isRecord)) return whole;
  const key = mergeKeys.find((candidate) => tellsApart(candidate, from) && tellsApart(candidate, to));
  const found = key === undefined ? byPosition(from, to, pointer) : byMergeKey(key, from, to, pointer);
  return found.length === 0 ? whole : found;
}

type MergeKey = readonly string[];

/** What items of Kubernetes' lists are told apart by; the first that all items have, no two the same, is taken. */
const mergeKeys: readonly MergeKey[] = [
  ['name'],
  ['kind', 'name'],
  ['mountPath'],
  ['devicePath'],
  ['containerPort', 'protocol'],
  ['containerPort'],
  ['port', 'protocol'],
  ['port'],
  ['key'],
  ['topologyKey', 'whenUnsatisfiable'],
  ['ip'],
  ['type'],
];

function keyOf(item: Json, key: MergeKey): string | undefined {
  const parts = key.map((name) => at(item, name));
  return parts.every((part) => part !== undefined)
    ? parts.map((part) => canonicalJson(part ?? null)).join()
    : undefined;
}

function tellsApart(key: MergeKey, items: readonly Json[]): boolean {
  const keys = new Set(items.map((item) => keyOf(item, key)));
  return keys.size === items.length && !keys.has(undefined);
}

/** Empty when only the order differs. */
function byMergeKey(
  key: MergeKey,
  from: readonly Json[],
  to: readonly Json[],
  pointer: string,
): readonly ValueChange[] {
  const before = new Map(from.map((item) => [keyOf(item, key), item]));
  const after = new Set(to.map((item) => keyOf(item, key)));
  const kept = to.flatMap((item, index) => between(before.get(keyOf(item, key)), item, `${pointer}/${index}`));
  const removed = from.flatMap((item, index) =>
    after.has(keyOf(item, key)) ? [] : between(item, undefined, `${pointer}/${index}`),
  );
  return [...kept, ...removed];
}

/** Without a key, positions mean something only while nothing came or went. */
function byPosition(from: readonly Json[], to: readonly Json[], pointer: string): readonly ValueChange[] {
  if (from.length !== to.length) return [];
  return to.flatMap((item, index) => between(from[index], item, `${pointer}/${index}`));
}
