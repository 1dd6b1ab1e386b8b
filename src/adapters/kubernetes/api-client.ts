import { isPortError, PortError } from '../../ports/port-error.ts';
import type { Json } from '../../schema/json.ts';
import { type RawAnswer, TransportFailure } from './answer-reader.ts';
import type { ClusterConnection } from './connection.ts';
import { eventsOf } from './event-stream.ts';
import {
  answerError,
  type Effect,
  type FailureContext,
  isObjectMissing,
  messageOf,
  type Subject,
  transportError,
  unreadableError,
} from './failures.ts';
import { parseJson, printJson } from './json-text.ts';
import { createReadRetries } from './read-retries.ts';
import type { RequestBudget } from './request-budget.ts';
import { createTransport, type RawRequest, type RawStream, streamFailure } from './transport.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: Json;
  readonly contentType?: string;
  readonly accept?: string;
  readonly effect: Effect;
  /** Milliseconds; default: the client's for this effect. */
  readonly timeout?: number;
  /** See `WriteOptions`. */
  readonly sendBefore?: number;
  readonly subject: Subject;
}

export interface ApiAnswer {
  readonly body: Json;
  /** The `Date` header. */
  readonly date: string | undefined;
}

export interface ApiClient {
  readonly cluster: string;
  /** Throws `PortError` for anything but a 2xx with JSON. */
  call(request: ApiRequest): Promise<ApiAnswer>;
  /** As `call`, but `undefined` when the server says that the object of this name does not exist. */
  find(request: ApiRequest, sought: string): Promise<ApiAnswer | undefined>;
  /** As `call`, but of what is no JSON. */
  text(request: ApiRequest): Promise<string>;
  /**
   * The events of a watch as they come. It takes its place in the budget until it is answered, not for as long as it
   * goes on. Throws `PortError`, also for an error that the server sends as an event.
   */
  follow(request: ApiRequest, signal: AbortSignal): AsyncIterable<Json>;
  close(): Promise<void>;
}

export interface ApiClientOptions {
  readonly name: string;
  readonly connection: ClusterConnection;
  readonly budget: RequestBudget;
  readonly parallelism: number;
  readonly writeTimeout: number;
  readonly readTimeout: number;
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** Room for the server to notice its deadline and for the answer to travel. */
const DEADLINE_MARGIN = 1_000;

export function createApiClient(options: ApiClientOptions): ApiClient {
  const transport = createTransport(options.connection, options.parallelism);
  const withRetries = createReadRetries(options.pause);
  const contextOf = (request: ApiRequest) => failureContext(options, request);
  const timeoutOf = (request: ApiRequest) => request.timeout ?? defaultTimeout(options, request);

  async function attempt(request: ApiRequest): Promise<RawAnswer> {
    const credentials = await options.connection.credentials();
    const timeout = timeoutOf(request);
    const maySend = () => isInTime(options, request, timeout);
    if (!maySend()) throw tooLate(options, request);
    return transport.send({ ...rawRequest(request), timeout, maySend }, credentials);
  }

  async function exchange(request: ApiRequest): Promise<RawAnswer> {
    const once = () => options.budget.run(() => attempt(request));
    try {
      return await (request.effect === 'read' ? withRetries(once) : once());
    } catch (error) {
      if (error instanceof TransportFailure) throw transportError(contextOf(request), error);
      if (isPortError(error)) throw error;
      throw new PortError('unavailable', messageOf(contextOf(request), 'no credentials'), { reason: 'Credentials' });
    }
  }

  function successful(request: ApiRequest, answer: RawAnswer): RawAnswer {
    if (answer.status < 200 || answer.status > 299) throw answerError(contextOf(request), answer);
    return answer;
  }

  function accepted(request: ApiRequest, received: RawAnswer): ApiAnswer {
    const answer = successful(request, received);
    try {
      return { body: parseJson(answer.text), date: answer.headers.date };
    } catch {
      throw unreadableError(contextOf(request), answer);
    }
  }

  async function openStream(request: ApiRequest, signal: AbortSignal): Promise<RawStream> {
    const credentials = await options.connection.credentials();
    const asked = { ...rawRequest(request), timeout: timeoutOf(request), maySend: () => true };
    return transport.stream(asked, credentials, signal);
  }

  async function* follow(request: ApiRequest, signal: AbortSignal): AsyncGenerator<Json> {
    try {
      yield* eventsOf(contextOf(request), await options.budget.run(() => openStream(request, signal)));
    } catch (error) {
      if (signal.aborted) return;
      throw isPortError(error) ? error : transportError(contextOf(request), streamFailure(error));
    }
  }

  return {
    cluster: options.name,
    follow,
    call: async (request) => accepted(request, await exchange(request)),
    text: async (request) => successful(request, await exchange(request)).text,
    async find(request, sought) {
      const answer = await exchange(request);
      return isObjectMissing(contextOf(request), answer, sought) ? undefined : accepted(request, answer);
    },
    close: () => transport.close(),
  };
}

function defaultTimeout(options: ApiClientOptions, request: ApiRequest): number {
  return request.effect === 'read' ? options.readTimeout : options.writeTimeout;
}

function isInTime(options: ApiClientOptions, { sendBefore }: ApiRequest, timeout: number): boolean {
  return sendBefore === undefined || options.now() + timeout + DEADLINE_MARGIN < sendBefore;
}

function tooLate(options: ApiClientOptions, request: ApiRequest): PortError {
  const text = 'attempt deadline too near, nothing was sent';
  return new PortError('unavailable', messageOf(failureContext(options, request), text), { reason: 'DeadlineTooNear' });
}

function failureContext({ name, connection }: ApiClientOptions, { subject, effect }: ApiRequest): FailureContext {
  const { workspace } = connection;
  return { cluster: name, subject, effect, ...(workspace === undefined ? {} : { workspace }) };
}

function rawRequest(request: ApiRequest): Omit<RawRequest, 'timeout' | 'maySend'> {
  const { method, path, body, contentType = 'application/json', accept = 'application/json' } = request;
  const headers = { accept, 'user-agent': 'belay' };
  const withQuery = path + queryText(request.query ?? {});
  if (body === undefined) return { method, path: withQuery, headers };
  const typed = { ...headers, 'content-type': contentType };
  return { method, path: withQuery, headers: typed, body: printJson(body) };
}

function queryText(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
