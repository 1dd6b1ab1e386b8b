import { decode, isObject, type Json, type JsonObject } from './json.ts';
import type { Kind } from './kinds.ts';
import { jsonPatch, mergePatch } from './patch.ts';
import { badRequest, unsupportedMediaType } from './status-errors.ts';
import type { Target } from './target.ts';
import type { Change } from './update-object.ts';

export interface ApiRequest {
  readonly method: string;
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly contentType: string;
  readonly userAgent: string;
  readonly user: string;
  readonly body: string;
}

/** The object that a request brings. */
export function bodyObject(request: ApiRequest, kind: Kind): JsonObject {
  const body = parsed(request, kind);
  if (!isObject(body)) throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind})`);
  return body;
}

const JSON_TYPES = new Set(['', 'application/json']);

function parsed(request: ApiRequest, kind: Kind): Json {
  if (!JSON_TYPES.has(mediaType(request))) throw unsupportedMediaType('application/json');
  return decodeBody(
    request.body,
    `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind`,
  );
}

export function decodeBody(body: string, complaint: string): Json {
  try {
    return decode(body);
  } catch (error) {
    throw badRequest(`${complaint}; json parse error: ${(error as Error).message}`);
  }
}

const mediaType = (request: ApiRequest): string => (request.contentType.split(';')[0] ?? '').trim();

/** What a PATCH does to the object it finds. */
export function patchOf(request: ApiRequest): Change {
  const type = mediaType(request);
  const isMerge = type === 'application/merge-patch+json';
  if (!isMerge && type !== 'application/json-patch+json') {
    throw unsupportedMediaType('application/json-patch+json, application/merge-patch+json');
  }
  const patch = decodeBody(request.body, 'error decoding patch');
  return { by: 'patch', apply: (live) => (isMerge ? (mergePatch(live, patch) as JsonObject) : jsonPatch(live, patch)) };
}
