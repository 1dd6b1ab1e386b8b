import type { Json } from '../../schema/json.ts';
import { unescaped } from './differences.ts';
import { asRecord, at, canonicalJson, isList } from './json.ts';

/**
 * How a `fieldsV1` set holds a field: `exact` names it or something below it, `whole` ends at an atomic list or map
 * above it, `none` does not hold it.
 */
export type Hold = 'exact' | 'whole' | 'none';

/** `pointer` is looked up in `object`, because list items are named in the set by their keys and not by position. */
export function holdOf(fields: Json | undefined, object: Json, pointer: string): Hold {
  const segments = pointer.split('/').slice(1).map(unescaped);
  return Object.keys(asRecord(fields)).length === 0 ? 'none' : walk(fields, object, segments);
}

function walk(fields: Json | undefined, value: Json | undefined, segments: readonly string[]): Hold {
  const [segment, ...rest] = segments;
  if (segment === undefined) return 'exact';
  const names = Object.keys(asRecord(fields));
  if (names.length === 0) return 'whole';
  const name = isList(value) ? itemName(names, value, Number(segment)) : `f:${segment}`;
  const inner = name === undefined ? undefined : at(fields, name);
  return inner === undefined ? 'none' : walk(inner, at(value, segment), rest);
}

function itemName(names: readonly string[], list: readonly Json[], index: number): string | undefined {
  const item = list[index];
  return item === undefined ? undefined : names.find((name) => namesItem(name, item, index));
}

const nameForms: Readonly<Record<string, (text: string, item: Json, index: number) => boolean>> = {
  'k:': (text, item) => Object.entries(asRecord(parsed(text))).every(([key, part]) => isSame(part, at(item, key))),
  'v:': (text, item) => text === canonicalJson(item) || isSame(parsed(text), item),
  'i:': (text, _, index) => text === String(index),
};

function namesItem(name: string, item: Json, index: number): boolean {
  return nameForms[name.slice(0, 2)]?.(name.slice(2), item, index) ?? false;
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b);
}

/** A name that is no JSON names nothing. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
