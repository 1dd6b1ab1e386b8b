import type { ExactNumber, Json, JsonObject } from '../../schema/json.ts';

const numberText = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** Exactly that shape: a custom resource may well have a field named `isLosslessNumber` among others. */
export function isExactNumber(value: Json | undefined): value is ExactNumber {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return false;
  const { isLosslessNumber, value: text } = value as Partial<ExactNumber>;
  return isLosslessNumber === true && typeof text === 'string' && numberText.test(text);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isRecord(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value) && !isExactNumber(value);
}

/** The value at a path of own keys and list indexes, `undefined` where the path ends early. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let here = value;
  for (const step of path) here = child(here, step);
  return here;
}

function child(value: Json | undefined, step: string | number): Json | undefined {
  if (isList(value)) return value[Number(step)];
  return isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** The record, or an empty one. */
export function asRecord(value: Json | undefined): JsonObject {
  return isRecord(value) ? value : {};
}

/** The list, or an empty one. */
export function asList(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

export function asText(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Exact numbers become JavaScript numbers here: for counting only, never for what is written back. */
export function asNumber(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return isExactNumber(value) ? Number(value.value) : undefined;
}

/** Sorted keys, list order kept, number text as it came. */
export function canonicalJson(value: Json): string {
  if (isExactNumber(value)) return value.value;
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  return `{${Object.entries(value).filter(isPresent).sort(byKey).map(printEntry).join(',')}}`;
}

function isPresent([, value]: [string, Json | undefined]): boolean {
  return value !== undefined;
}

/** UTF-16 code units, as RFC 8785 orders keys. */
function byKey([a]: [string, Json], [b]: [string, Json]): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function printEntry([key, value]: [string, Json]): string {
  return `${JSON.stringify(key)}:${canonicalJson(value)}`;
}
