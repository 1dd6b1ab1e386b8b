import { decode, encode, isObject, type Json, type JsonObject } from './json.ts';

export interface RequestOptions {
  readonly user?: 'admin' | 'engine' | 'deployer';
  readonly accept?: string;
  /** For PATCH the default is JSON patch for a list, merge patch for an object. */
  readonly contentType?: string;
  readonly userAgent?: string;
  readonly signal?: AbortSignal;
}

export interface SandboxResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed answer; `{}` if it is not a JSON object. */
  readonly body: JsonObject;
}

/** Sends one request the way a plain HTTP client would. */
export async function sendRequest(
  url: string,
  ask: { method: string; token: string; body: Json | string | undefined; options: RequestOptions },
): Promise<SandboxResponse> {
  const { method, token, body, options } = ask;
  const response = await fetch(url, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: options.accept ?? 'application/json',
      'User-Agent': options.userAgent ?? 'sandbox-test/1.0',
      ...(body === undefined ? {} : { 'Content-Type': options.contentType ?? contentType(method, body) }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : encode(body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function contentType(method: string, body: Json | string): string {
  if (method !== 'PATCH') return 'application/json';
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}

function parsed(text: string): JsonObject {
  if (!text.startsWith('{')) return {};
  const value = decode(text);
  return isObject(value) ? value : {};
}
