import type { Json, JsonObject, KubeObject } from '../../schema/json.ts';
import type { IgnoreRule } from '../../schema/scope.ts';
import { unescaped } from './differences.ts';
import { type Path, withKey } from './edit.ts';
import { asRecord, asText, at, isList, isRecord } from './json.ts';

/** What a user wants neither compared nor put back; every comparison of two states of an object takes it. */
export type Ignore = readonly IgnoreRule[];

/** The object without its ignored fields. Maps emptied by that go too: with and without them is the same to a server. */
export function withoutIgnored(object: KubeObject, ignore: Ignore): JsonObject {
  return ignoredPaths(object, ignore).reduce<JsonObject>((form, path) => asRecord(dropped(form, path)), object);
}

/** Ignored fields as `live` has them. Where live lacks even what is around a field, the body's own value stays. */
export function withLiveIgnored(body: KubeObject, live: KubeObject, ignore: Ignore): KubeObject {
  const paths = ignoredPaths(body, ignore);
  return paths.reduce<JsonObject>((form, path) => asRecord(kept(form, live, path)), body) as KubeObject;
}

/**
 * A `fieldsV1` set less the ignored fields of `object`; `undefined` when nothing is left. Sets name list items by their
 * keys, so a pointer that counts items (`/0`) takes nothing out of them.
 */
export function withoutIgnoredFields(fields: Json | undefined, object: KubeObject, ignore: Ignore): Json | undefined {
  return ignoredPaths(object, ignore).reduce<Json | undefined>(unowned, fields);
}

function ignoredPaths(object: KubeObject, ignore: Ignore): readonly Path[] {
  return ignore.filter((rule) => isAbout(rule, object)).flatMap(({ pointers }) => pointers.map(pathOf));
}

function isAbout({ kind, name }: IgnoreRule, object: KubeObject): boolean {
  if (name !== undefined && name !== object.metadata.name) return false;
  return kind === '*' || kind === `${object.apiVersion}/${object.kind}`;
}

/** Every item of a list is the list. */
function pathOf(pointer: string): Path {
  return pointer
    .replace(/(\/\*)+$/, '')
    .split('/')
    .slice(1)
    .map(unescaped);
}

/** List items leave a `null`, so that the others keep their positions. */
function dropped(value: Json | undefined, [key, ...rest]: Path): Json | undefined {
  if (key === undefined) return undefined;
  if (isList(value)) {
    return value.map((item, index) => (isMeant(key, index) ? (dropped(item, rest) ?? null) : item));
  }
  if (!isRecord(value)) return value;
  const names = key === '*' ? Object.keys(value) : [key];
  const left = names.reduce((form, name) => withKey(form, name, dropped(at(value, name), rest)), value);
  return Object.keys(left).length === 0 ? undefined : left;
}

function kept(own: Json | undefined, live: Json | undefined, [key, ...rest]: Path): Json | undefined {
  if (key === undefined) return live;
  if (live === undefined) return own;
  if (isList(own)) {
    return own.map((item, index) =>
      isMeant(key, index) ? (kept(item, counterpart(live, item, index), rest) ?? item) : item,
    );
  }
  if (own !== undefined && !isRecord(own)) return own;
  return keptKeys(own, live, key, rest);
}

/** What only live has is made up to hold the ignored field, but not for nothing. */
function keptKeys(own: JsonObject | undefined, live: Json, key: string, rest: Path): Json | undefined {
  const record = own ?? {};
  const names = key === '*' ? new Set([...Object.keys(record), ...Object.keys(asRecord(live))]) : [key];
  const form = [...names].reduce(
    (before, name) => withKey(before, name, kept(at(record, name), at(live, name), rest)),
    record,
  );
  return own === undefined && Object.keys(form).length === 0 ? undefined : form;
}

/** By name where items have one: the failed deploy may have put another item in front. */
function counterpart(live: Json, item: Json, index: number): Json | undefined {
  const name = asText(at(item, 'name'));
  if (!isList(live) || name === undefined) return at(live, index);
  return live.find((other) => at(other, 'name') === name);
}

function isMeant(key: string, index: number): boolean {
  return key === '*' || key === String(index);
}

function unowned(fields: Json | undefined, [key, ...rest]: Path): Json | undefined {
  if (key === undefined) return undefined;
  const names = Object.keys(asRecord(fields));
  if (names.length === 0) return fields;
  const meant = names.filter((name) => (key === '*' ? name !== '.' : name === `f:${key}`));
  const left = meant.reduce((form, name) => withKey(form, name, unowned(at(fields, name), rest)), asRecord(fields));
  return Object.keys(left).every((name) => name === '.') ? undefined : left;
}
