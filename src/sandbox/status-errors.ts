import type { JsonObject } from './json.ts';

/** The part of a kind that error messages name. */
export interface NamedKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
}

export interface Cause {
  readonly reason:
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueRequired'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate';
  readonly message: string;
  readonly field: string;
}

/** An error answer: carries the `Status` object that the client will read. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: JsonObject;

  constructor(code: number, reason: string, message: string, details?: JsonObject) {
    super(message);
    this.code = code;
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** `deployments.apps`, or `configmaps` for the core group. */
function qualified(resource: string, group: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function details(kind: NamedKind, name: string, more: JsonObject = {}): JsonObject {
  return {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
    ...more,
  };
}

export function notFound(kind: NamedKind, name: string): ApiError {
  const message = `${qualified(kind.plural, kind.group)} "${name}" not found`;
  return new ApiError(404, 'NotFound', message, details(kind, name));
}

/** The answer for a path that nothing serves. */
export function noSuchPath(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(kind: NamedKind, name: string): ApiError {
  const message = `${qualified(kind.plural, kind.group)} "${name}" already exists`;
  return new ApiError(409, 'AlreadyExists', message, details(kind, name));
}

export function conflict(kind: NamedKind, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(kind.plural, kind.group)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, details(kind, name));
}

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function invalid(kind: NamedKind, name: string, causes: readonly Cause[]): ApiError {
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const message = `${qualified(kind.kind, kind.group)} "${name}" is invalid: ${list}`;
  return new ApiError(422, 'Invalid', message, {
    ...details(kind, name),
    kind: kind.kind,
    causes: causes.map((cause) => ({ ...cause })),
  });
}

export function forbidden(kind: NamedKind, name: string, why: string, more: JsonObject = {}): ApiError {
  const subject = name === '' ? qualified(kind.plural, kind.group) : `${qualified(kind.plural, kind.group)} "${name}"`;
  return new ApiError(403, 'Forbidden', `${subject} is forbidden: ${why}`, details(kind, name, more));
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized');
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

export function unsupportedMediaType(accepted: string): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  return new ApiError(415, 'UnsupportedMediaType', message, {});
}

export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

/** The reason Kubernetes gives with a status code, for faults that name only the code. */
export function usualReason(code: number): string {
  const reasons: Record<number, string> = {
    400: 'BadRequest',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'NotFound',
    409: 'Conflict',
    410: 'Expired',
    422: 'Invalid',
    429: 'TooManyRequests',
    500: 'InternalError',
    503: 'ServiceUnavailable',
    504: 'Timeout',
  };
  return reasons[code] ?? '';
}
