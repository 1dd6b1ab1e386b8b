import { applyDefaults } from './defaults.ts';
import { clone, encode, type JsonObject, objectAt, omit, textAt } from './json.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import { nextManagedFields, type Writer } from './managed-fields.ts';
import { stamp } from './meta.ts';
import { normalized } from './normalize.ts';
import { prune } from './schema-pruning.ts';
import type { ClusterState } from './state.ts';
import { ApiError, badRequest } from './status-errors.ts';

/** Where a write goes. */
export interface Place {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: '' | 'status' | 'scale';
}

export interface WriteOptions {
  readonly manager: string;
  readonly dryRun: 'none' | 'all';
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
}

export function checkBody({ kind, namespace }: Place, body: JsonObject): void {
  const given = textAt(body, 'kind') ?? kind.kind;
  const version = textAt(body, 'apiVersion') ?? apiVersionOf(kind);
  if (given !== kind.kind || version !== apiVersionOf(kind)) {
    throw badRequest(`${given} in version "${version}" cannot be handled as a ${kind.kind}: unknown conversion`);
  }
  const own = textAt(body, 'metadata', 'namespace') ?? '';
  if (own !== '' && own !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** The body as the server understands it: typed, pruned, with defaults. */
export function decoded(kind: Kind, body: JsonObject, options: WriteOptions): JsonObject {
  const { object, dropped } = prune(normalized(kind, clone(body)), kind.custom?.schema);
  if (dropped.length > 0 && options.fieldValidation === 'Strict') throw strictError(kind, dropped);
  const { metadata, apiVersion: _version, kind: _kind, ...content } = object;
  const draft: JsonObject = { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata, ...content };
  applyDefaults(kind, draft);
  return draft;
}

function strictError(kind: Kind, dropped: readonly string[]): ApiError {
  const refused = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`;
  return badRequest(`${refused}: ${decodingError(dropped)}`);
}

const decodingError = (dropped: readonly string[]): string =>
  `strict decoding error: ${dropped.map((path) => `unknown field "${path}"`).join(', ')}`;

/** A strict patch is refused in another way than a strict body: 422, as an invalid value of `patch`. */
export function checkPatched(kind: Kind, body: JsonObject, { fieldValidation }: WriteOptions): void {
  const { dropped } = prune(normalized(kind, clone(body)), kind.custom?.schema);
  if (dropped.length === 0 || fieldValidation !== 'Strict') return;
  const message = `Invalid value: ${encode(encode(body))}: ${decodingError(dropped)}`;
  const cause = { reason: 'FieldValueInvalid', message, field: 'patch' };
  throw new ApiError(422, 'Invalid', ` "" is invalid: patch: ${message}`, { causes: [cause] });
}

interface Owning {
  readonly draft: JsonObject;
  readonly before: JsonObject;
  readonly entries: readonly JsonObject[];
  readonly writer: Writer;
}

export function own({ draft, before, entries, writer }: Owning): void {
  const metadata = omit(objectAt(draft, 'metadata'), 'managedFields');
  const next = nextManagedFields({ before, after: draft, entries, writer });
  draft.metadata = { ...metadata, ...(next.length === 0 ? {} : { managedFields: next }) };
}

export function writerOf(state: ClusterState, { kind, subresource }: Place, options: WriteOptions): Writer {
  return {
    manager: options.manager,
    apiVersion: apiVersionOf(kind),
    subresource,
    time: stamp(state.now()),
    schema: kind.custom === undefined ? 'builtIn' : 'custom',
  };
}
