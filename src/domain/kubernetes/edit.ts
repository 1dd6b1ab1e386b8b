import type { Json, JsonObject } from '../../schema/json.ts';
import { asRecord, at, isList, isRecord } from './json.ts';

/** Keys from an object to a field; `*` stands for every item of a list, which are told apart by their `name`. */
export type Path = readonly string[];

/** Copies share what did not change. Entries are defined, not assigned, so that a key named `__proto__` is just a key. */
export function withKey(record: JsonObject, key: string, value: Json | undefined): JsonObject {
  const others = Object.entries(record).filter(([name]) => name !== key);
  return Object.fromEntries(value === undefined ? others : [...others, [key, value]]);
}

export function withoutKeys(record: JsonObject, drop: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !drop(key)));
}

/** Chooses between a body's own value and the one at the same place in the source. */
export type Pick = (own: Json | undefined, theirs: Json | undefined) => Json | undefined;

const theirsAlways: Pick = (_, theirs) => theirs;

export function without(record: JsonObject, path: Path): JsonObject {
  return carry(record, undefined, path);
}

/** `record` with what stands at `path` in `source` instead of its own. Parents that it lacks are not made up. */
export function carry(record: JsonObject, source: Json | undefined, path: Path, pick = theirsAlways): JsonObject {
  return asRecord(carried(record, source, path, pick));
}

function carried(own: Json | undefined, theirs: Json | undefined, path: Path, pick: Pick): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return pick(own, theirs);
  if (key === '*') return carriedItems(own, theirs, rest, pick);
  return isRecord(own) ? withKey(own, key, carried(at(own, key), at(theirs, key), rest, pick)) : own;
}

function carriedItems(own: Json | undefined, theirs: Json | undefined, rest: Path, pick: Pick): Json | undefined {
  return isList(own) ? own.map((item) => carried(item, sameName(theirs, item), rest, pick) ?? item) : own;
}

function sameName(source: Json | undefined, item: Json): Json | undefined {
  return isList(source) ? source.find((other) => at(other, 'name') === at(item, 'name')) : undefined;
}
