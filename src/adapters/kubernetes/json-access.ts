import type { Json, JsonObject } from '../../schema/json.ts';

/** Reads from JSON of unknown shape: what is not there, or not of that type, is empty. */
export function objectAt(value: Json | undefined, key: string): JsonObject {
  return asObject(asObject(value)[key]);
}

export function listAt(value: Json | undefined, key: string): readonly Json[] {
  const found = asObject(value)[key];
  return Array.isArray(found) ? found : [];
}

export function textAt(value: Json | undefined, key: string): string | undefined {
  const found = asObject(value)[key];
  return typeof found === 'string' ? found : undefined;
}

export function textsAt(value: Json | undefined, key: string): readonly string[] {
  return listAt(value, key).filter((entry) => typeof entry === 'string');
}

export function asObject(value: Json | undefined): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : {};
}
