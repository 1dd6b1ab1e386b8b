import type { WriteOptions } from './draft.ts';
import { isObject, type Json, type JsonObject, numberAt, textAt } from './json.ts';
import type { Propagation, RemoveOptions } from './remove.ts';
import { ApiError } from './status-errors.ts';

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

/** The options that a write takes from its query and its User-Agent. */
export function writeOptions(query: URLSearchParams, userAgent: string, kind: OptionsKind): WriteOptions {
  const validation = query.get('fieldValidation');
  return {
    manager: managerOf(query, userAgent),
    dryRun: dryRunOf(query.getAll('dryRun'), kind),
    fieldValidation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
  };
}

/** Without `fieldManager` the manager is the User-Agent up to its first slash. */
export function managerOf(query: URLSearchParams, userAgent: string): string {
  return query.get('fieldManager') || (userAgent.split('/')[0] ?? '') || 'unknown';
}

function dryRunOf(values: readonly string[], kind: OptionsKind): 'none' | 'all' {
  const given = values.filter((value) => value !== '');
  if (given.length === 0) return 'none';
  if (given.every((value) => value === 'All')) return 'all';
  throw unsupported(kind, 'dryRun', `Unsupported value: ${JSON.stringify(given)}: supported values: "All"`);
}

function unsupported(kind: OptionsKind, field: string, message: string): ApiError {
  return new ApiError(422, 'Invalid', `${kind}.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'meta.k8s.io',
    kind,
    causes: [{ reason: 'FieldValueNotSupported', message, field }],
  });
}

/** DELETE takes its options from the body, else from the query. */
export function removeOptions(query: URLSearchParams, body: Json | undefined): RemoveOptions {
  const options = isObject(body) ? body : {};
  const given = (key: string) => textAt(options, key) ?? query.get(key) ?? undefined;
  const dryRuns = Array.isArray(options.dryRun) ? options.dryRun.map(String) : query.getAll('dryRun');
  return {
    dryRun: dryRunOf(dryRuns, 'DeleteOptions'),
    ...propagationOf(given('propagationPolicy'), options, query),
    ...preconditionsOf(options),
    ...gracePeriodOf(options, query),
  };
}

function propagationOf(
  policy: string | undefined,
  options: JsonObject,
  query: URLSearchParams,
): { propagation?: Propagation } {
  const orphans = options.orphanDependents === true || query.get('orphanDependents') === 'true';
  if (policy === undefined || policy === '') return orphans ? { propagation: 'Orphan' } : {};
  if (policy === 'Background' || policy === 'Foreground' || policy === 'Orphan') return { propagation: policy };
  const message = `Unsupported value: "${policy}": supported values: "Foreground", "Background", "Orphan", "nil"`;
  throw unsupported('DeleteOptions', 'propagationPolicy', message);
}

function preconditionsOf(options: JsonObject): { uid?: string; resourceVersion?: string } {
  const uid = textAt(options, 'preconditions', 'uid');
  const resourceVersion = textAt(options, 'preconditions', 'resourceVersion');
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

function gracePeriodOf(options: JsonObject, query: URLSearchParams): { gracePeriod?: number } {
  const seconds = numberAt(options, 'gracePeriodSeconds') ?? Number(query.get('gracePeriodSeconds') ?? Number.NaN);
  return Number.isNaN(seconds) ? {} : { gracePeriod: seconds };
}
