import { LosslessNumber, parse, stringify } from 'lossless-json';

/** A JSON value. Numbers that JavaScript cannot print back as they were written stay `LosslessNumber`. */
export type Json = null | boolean | number | string | LosslessNumber | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}

const MAY_LOSE_DIGITS = /\d{16}|\d\.\d|\d[eE]|-0/;

/** Parses JSON text without losing a digit (9007199254740993 and 1.0 come back as they were). */
export function decode(text: string): Json {
  return MAY_LOSE_DIGITS.test(text) ? (parse(text, undefined, exactNumber) as Json) : (JSON.parse(text) as Json);
}

export function encode(value: Json): string {
  return stringify(value) ?? 'null';
}

function exactNumber(text: string): number | LosslessNumber {
  const value = Number(text);
  return String(value) === text ? value : new LosslessNumber(text);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}

/** A deep copy without undefined members. */
export function clone<T extends Json>(value: T): T;
export function clone(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => clone(item));
  return isObject(value) ? mapValues(value, clone) : value;
}

export function mapValues(object: JsonObject, change: (value: Json, key: string) => Json | undefined): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(object)) {
    const value = object[key];
    const changed = value === undefined ? undefined : change(value, key);
    if (changed !== undefined) define(result, key, changed);
  }
  return result;
}

/** A plain assignment would lose a member called `__proto__`. */
function define(object: JsonObject, key: string, value: Json): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

export function omit(object: JsonObject, ...keys: string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** Equal as JSON values: the order of members does not matter, an undefined member counts as absent. */
export function equal(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) return equalLists(left, right);
  if (isObject(left) && isObject(right)) return equalObjects(left, right);
  return left instanceof LosslessNumber && right instanceof LosslessNumber && left.value === right.value;
}

function equalLists(left: readonly Json[], right: readonly Json[]): boolean {
  return left.length === right.length && left.every((item, position) => equal(item, right[position]));
}

function equalObjects(left: JsonObject, right: JsonObject): boolean {
  const hasAll = Object.keys(right).every((key) => right[key] === undefined || left[key] !== undefined);
  return hasAll && Object.keys(left).every((key) => equal(left[key], right[key]));
}

/** JSON text with sorted members: equal values have equal text. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return encode(value);
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => member(key, value[key]));
  return `{${members.join(',')}}`;
}

function member(key: string, value: Json | undefined): string[] {
  return value === undefined ? [] : [`${JSON.stringify(key)}:${canonical(value)}`];
}

export function at(value: Json | undefined, ...path: string[]): Json | undefined {
  let here = value;
  for (const key of path) here = isObject(here) ? here[key] : undefined;
  return here;
}

export function objectAt(value: Json | undefined, ...path: string[]): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

export function objectsAt(value: Json | undefined, ...path: string[]): JsonObject[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function textsAt(value: Json | undefined, ...path: string[]): string[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter((item): item is string => typeof item === 'string') : [];
}

export function textAt(value: Json | undefined, ...path: string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: Json | undefined, ...path: string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** Sets a member of a draft, making the objects on the way to it. */
export function put(draft: JsonObject, path: readonly string[], value: Json | undefined): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    setMember(draft, head, value);
    return;
  }
  const next = isObject(draft[head]) ? draft[head] : {};
  draft[head] = next;
  put(next, rest, value);
}

function setMember(draft: JsonObject, key: string, value: Json | undefined): void {
  if (value === undefined) delete draft[key];
  else draft[key] = value;
}

/** Fills the members a draft lacks. */
export function fill(draft: JsonObject, defaults: JsonObject): void {
  for (const [key, value] of Object.entries(defaults)) {
    if (draft[key] === undefined || draft[key] === null) setMember(draft, key, value);
  }
}
