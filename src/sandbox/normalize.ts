import { isObject, type Json, type JsonObject, mapValues } from './json.ts';
import type { Kind } from './kinds.ts';

/** Maps that the typed decoding of a built-in kind drops when they are empty. */
const DROPPED_WHEN_EMPTY = new Set([
  'labels',
  'annotations',
  'data',
  'binaryData',
  'stringData',
  'nodeSelector',
  'matchLabels',
  'limits',
  'requests',
]);

/** Lists that stay, even empty. */
const KEPT_WHEN_EMPTY = new Set(['rules']);

/**
 * What decoding into a typed object does to a body: nulls and empty optional members go.
 * A custom resource is decoded as it stands, apart from its metadata.
 */
export function normalized(kind: Kind, body: JsonObject): JsonObject {
  const metadata = isObject(body.metadata) ? (tidy(body.metadata) as JsonObject) : {};
  return kind.custom === undefined ? { ...(tidy(body) as JsonObject), metadata } : { ...body, metadata };
}

function tidy(value: Json): Json {
  if (Array.isArray(value)) return value.map(tidy);
  return isObject(value) ? mapValues(value, tidyMember) : value;
}

function tidyMember(value: Json, key: string): Json | undefined {
  if (key === 'managedFields') return value;
  if (value === null || isDropped(value, key)) return undefined;
  return DROPPED_WHEN_EMPTY.has(key) ? value : tidy(value);
}

function isDropped(value: Json, key: string): boolean {
  if (Array.isArray(value)) return value.length === 0 && !KEPT_WHEN_EMPTY.has(key);
  if (key === 'value') return value === '';
  return isObject(value) && Object.keys(value).length === 0 && DROPPED_WHEN_EMPTY.has(key);
}
