import type { Json, JsonObject } from '../../schema/json.ts';
import { at, canonicalJson, isList, isRecord } from './json.ts';

export interface FieldChange {
  readonly pointer: string;
  readonly change: 'added' | 'removed' | 'changed';
}

/** Where two values differ, as deep as objects and keyed lists go; empty exactly when their canonical texts are equal. */
export function differences(from: Json, to: Json, pointer = ''): readonly FieldChange[] {
  if (canonicalJson(from) === canonicalJson(to)) return [];
  if (isRecord(from) && isRecord(to)) return recordDifferences(from, to, pointer);
  if (isList(from) && isList(to)) return listDifferences(from, to, pointer);
  return [{ pointer, change: 'changed' }];
}

function recordDifferences(from: JsonObject, to: JsonObject, pointer: string): readonly FieldChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) => between(at(from, key), at(to, key), `${pointer}/${escaped(key)}`));
}

function between(from: Json | undefined, to: Json | undefined, pointer: string): readonly FieldChange[] {
  if (from === undefined) return to === undefined ? [] : [{ pointer, change: 'added' }];
  return to === undefined ? [{ pointer, change: 'removed' }] : differences(from, to, pointer);
}

/** RFC 6901. */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

export function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

function listDifferences(from: readonly Json[], to: readonly Json[], pointer: string): readonly FieldChange[] {
  const whole: readonly FieldChange[] = [{ pointer, change: 'changed' }];
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
): readonly FieldChange[] {
  const before = new Map(from.map((item) => [keyOf(item, key), item]));
  const after = new Set(to.map((item) => keyOf(item, key)));
  const kept = to.flatMap((item, index) => between(before.get(keyOf(item, key)), item, `${pointer}/${index}`));
  const removed = from.flatMap((item, index) => (after.has(keyOf(item, key)) ? [] : removedAt(`${pointer}/${index}`)));
  return [...kept, ...removed];
}

function removedAt(pointer: string): readonly FieldChange[] {
  return [{ pointer, change: 'removed' }];
}

/** Without a key, positions mean something only while nothing came or went. */
function byPosition(from: readonly Json[], to: readonly Json[], pointer: string): readonly FieldChange[] {
  if (from.length !== to.length) return [];
  return to.flatMap((item, index) => between(from[index], item, `${pointer}/${index}`));
}
