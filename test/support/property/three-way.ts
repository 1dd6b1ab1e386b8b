import { at, type Json, type JsonObject, textAt } from '../../../src/sandbox/index.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** Lists that a strategic merge takes together, by what it tells their items apart by; of those that graphs have. */
const keyed: Readonly<Record<string, string>> = { containers: 'name', env: 'name', ports: 'port' };

/** What `kubectl apply` creates. */
export function withLastApplied(manifest: JsonObject): JsonObject {
  const annotations = at(manifest, 'metadata', 'annotations') as JsonObject | undefined;
  const noted = { ...annotations, [annotation]: `${JSON.stringify(manifest)}\n` };
  return { ...manifest, metadata: { ...(manifest.metadata as JsonObject), annotations: noted } };
}

/** The patch that `kubectl apply` sends: the manifest, and what the last one had and this one has not. */
export function applyPatch(manifest: JsonObject, live: JsonObject, type: 'strategic' | 'merge'): JsonObject {
  const noted = textAt(live, 'metadata', 'annotations', annotation);
  const last = noted === undefined ? {} : (JSON.parse(noted) as JsonObject);
  const patch = type === 'strategic' ? strategic : merge;
  return patch(last, withLastApplied(manifest)) as JsonObject;
}

function isRecord(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merge(last: Json | undefined, next: Json): Json {
  if (!isRecord(next)) return next;
  return withNulls(last, next, (key) => merge(isRecord(last) ? last[key] : undefined, next[key] ?? null));
}

function withNulls(last: Json | undefined, next: JsonObject, inner: (key: string) => Json): JsonObject {
  const gone = isRecord(last) ? Object.keys(last).filter((key) => !(key in next)) : [];
  return Object.fromEntries([
    ...gone.map((key) => [key, null] as const),
    ...Object.keys(next).map((key) => [key, inner(key)] as const),
  ]);
}

function strategic(last: Json | undefined, next: Json, field = ''): Json {
  if (Array.isArray(next)) return strategicList(Array.isArray(last) ? last : [], next, keyed[field] ?? '');
  if (!isRecord(next)) return next;
  return withNulls(last, next, (key) => strategic(isRecord(last) ? last[key] : undefined, next[key] ?? null, key));
}

function strategicList(last: readonly Json[], next: readonly Json[], key: string): Json[] {
  if (key === '') return [...next];
  const before = new Map(last.map((item) => [JSON.stringify(at(item, key)), item]));
  const after = new Set(next.map((item) => JSON.stringify(at(item, key))));
  const gone = [...before].filter(([name]) => !after.has(name));
  return [
    ...next.map((item) => strategic(before.get(JSON.stringify(at(item, key))), item)),
    ...gone.map(([name]): Json => ({ [key]: JSON.parse(name ?? 'null') as Json, $patch: 'delete' })),
  ];
}
