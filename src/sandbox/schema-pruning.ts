import { isObject, type Json, type JsonObject, objectAt } from './json.ts';

export interface Pruned {
  readonly object: JsonObject;
  /** Paths of the members that the schema does not know. */
  readonly dropped: readonly string[];
}

/** Drops what a custom resource's schema does not name, as the server does on every write. */
export function prune(object: JsonObject, schema: JsonObject | undefined): Pruned {
  if (schema === undefined) return { object, dropped: [] };
  const dropped: string[] = [];
  const { apiVersion, kind, metadata, ...content } = object;
  const kept = pruneObject(content, schema, { path: [], dropped });
  return { object: { apiVersion, kind, metadata, ...kept }, dropped };
}

interface Position {
  readonly path: readonly string[];
  readonly dropped: string[];
}

function pruneValue(value: Json, schema: JsonObject, position: Position): Json {
  if (Array.isArray(value)) return value.map((item) => pruneValue(item, objectAt(schema, 'items'), position));
  return isObject(value) ? pruneObject(value, schema, position) : value;
}

function pruneObject(value: JsonObject, schema: JsonObject, position: Position): JsonObject {
  const entries = Object.entries(value).flatMap(([key, item]) => pruneMember([key, item ?? null], schema, position));
  return Object.fromEntries(entries);
}

function pruneMember([key, item]: [string, Json], schema: JsonObject, position: Position): [string, Json][] {
  const path = [...position.path, key];
  const known = objectAt(schema, 'properties')[key] ?? schema.additionalProperties;
  if (isObject(known)) return [[key, pruneValue(item, known, { ...position, path })]];
  if (known === true || schema['x-kubernetes-preserve-unknown-fields'] === true) return [[key, item]];
  position.dropped.push(path.join('.'));
  return [];
}
