import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { type Json, type JsonObject, objectAt, objectsAt, textAt } from '../../src/sandbox/index.ts';
import { pollUntil } from '../support/poll.ts';
import { createPaths, type Paths } from './api-paths.ts';
import { type Access, credentialsOf, type Identity } from './identities.ts';

export interface Answer {
  readonly status: number;
  /** The parsed body; a failure's is a Kubernetes Status. */
  readonly body: JsonObject;
  readonly text: string;
}

export interface RequestOptions {
  /** Default `application/json`, for PATCH `application/merge-patch+json`. */
  readonly contentType?: string;
  readonly userAgent?: string;
}

/** A small client of its own, sharing nothing with the engine's. All but `request` throw on any answer but success. */
export interface LabClient {
  /** One request by path; every status is an answer. A text body is sent as it is. */
  request(method: string, path: string, body?: Json, options?: RequestOptions): Promise<Answer>;
  /** Undefined for 404. */
  read(path: string): Promise<JsonObject | undefined>;
  get(path: string): Promise<JsonObject>;
  list(path: string): Promise<JsonObject[]>;
  patch(path: string, change: Json, options?: RequestOptions): Promise<JsonObject>;
  remove(path: string, options?: JsonObject): Promise<JsonObject>;
  /** POSTs an object to where its kind belongs. */
  create(object: JsonObject): Promise<JsonObject>;
  /** PUTs an object over the one of its name. */
  replace(object: JsonObject): Promise<JsonObject>;
  /** Server-side apply. */
  apply(object: JsonObject, options?: { readonly manager?: string; readonly force?: boolean }): Promise<JsonObject>;
  /** The path of an object by its apiVersion, kind, namespace and name. */
  pathOf(object: JsonObject): Promise<string>;
  /** Polls until `test` holds for what is at `path` (undefined: nothing); a failure shows the last object seen. */
  until(
    what: string,
    path: string,
    test: (object: JsonObject | undefined) => boolean,
    limit?: number,
  ): Promise<JsonObject | undefined>;
  /** Answers one line of a watch after the other, until `signal` aborts or the server ends it. */
  watch(path: string, signal: AbortSignal): AsyncGenerator<JsonObject, void, void>;
  close(): Promise<void>;
}

export function createLabClient(access: Access, identity: Identity): LabClient {
  const agent = new Agent({ connect: { ca: access.ca }, connections: 32 });
  const { token, impersonate } = credentialsOf(access, identity);
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    ...(impersonate === undefined ? {} : { 'impersonate-user': impersonate }),
  };
  const send: LabClient['request'] = async (method, path, body, options = {}) => {
    const response = await request(`${access.url}${path}`, {
      method: method as 'GET',
      dispatcher: agent,
      headers: {
        ...headers,
        'user-agent': options.userAgent ?? `lab-${identity}`,
        ...(body === undefined ? {} : { 'content-type': options.contentType ?? contentTypeOf(method) }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.body.text();
    return { status: response.statusCode, text, body: parseBody(text) };
  };
  const watch: LabClient['watch'] = async function* (path, signal) {
    const response = await request(`${access.url}${path}`, { dispatcher: agent, headers, signal, bodyTimeout: 0 });
    if (response.statusCode !== 200)
      throw new Error(`GET ${path}: ${response.statusCode} ${await response.body.text()}`);
    for await (const line of linesOf(response.body)) yield JSON.parse(line) as JsonObject;
  };
  return { ...createVerbs(send), watch, close: () => agent.destroy() };
}

/** A server answers 429 for a moment after a definition is established: its storage is being set up. */
function patiently(send: LabClient['request']): LabClient['request'] {
  return async (...input) => {
    for (let tries = 1; ; tries++) {
      const answer = await send(...input);
      if (answer.status !== 429 || tries === 50) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
}

function createVerbs(plain: LabClient['request']): Omit<LabClient, 'watch' | 'close'> {
  const send = patiently(plain);
  const must = async (...input: Parameters<LabClient['request']>): Promise<JsonObject> => {
    const answer = await send(...input);
    if (answer.status < 300) return answer.body;
    throw new Error(`${input[0]} ${input[1]}: ${answer.status} ${textAt(answer.body, 'message') ?? answer.text}`);
  };
  const get = (path: string) => must('GET', path);
  const read: LabClient['read'] = async (path) => {
    const answer = await send('GET', path);
    if (answer.status === 404) return undefined;
    return answer.status < 300 ? answer.body : get(path);
  };
  const paths: Paths = createPaths(get);
  return {
    request: plain,
    read,
    get,
    list: async (path) => objectsAt(await get(path), 'items'),
    patch: (path, change, options) => must('PATCH', path, change, options),
    remove: (path, options) => must('DELETE', path, options),
    create: async (object) => must('POST', await paths.ofCollection(object), object),
    replace: async (object) => must('PUT', await paths.ofObject(object), object),
    apply: async (object, { manager = 'lab', force = false } = {}) =>
      must('PATCH', `${await paths.ofObject(object)}?fieldManager=${manager}&force=${force}`, object, {
        contentType: 'application/apply-patch+yaml',
      }),
    pathOf: paths.ofObject,
    until: (what, path, test, limit) => pollUntil(what, () => read(path), test, limit),
  };
}

function contentTypeOf(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}

function parseBody(text: string): JsonObject {
  try {
    return objectAt({ body: JSON.parse(text) as Json }, 'body');
  } catch {
    return {};
  }
}

async function* linesOf(stream: Readable): AsyncGenerator<string, void, void> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}
