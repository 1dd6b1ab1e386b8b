import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuditEnd, AuditLog } from './audit.ts';
import { type After, after, before, type Effects, type FaultHost } from './fault-effects.ts';
import type { Faults, Incoming } from './faults.ts';
import { type Answer, type ApiServer, answerRequest, json } from './handle.ts';
import { decode, textAt } from './json.ts';
import { readBody } from './listener.ts';
import type { ApiRequest } from './request-body.ts';
import { managerOf } from './request-options.ts';
import { badRequest, unauthorized } from './status-errors.ts';
import { Streams } from './streams.ts';
import { isWatch, parseTarget, type Target, verbOf } from './target.ts';
import type { Timers } from './timers.ts';
import type { WatchSink } from './watch.ts';

/** What one exchange of request and answer needs. */
export interface Exchange {
  readonly api: ApiServer;
  readonly faults: Faults;
  readonly log: AuditLog;
  readonly timers: Timers;
  readonly streams: Streams;
  refuse(ms: number | undefined): void;
}

/** Carries one HTTP request from its first byte to its audit entry. */
export async function exchange(host: Exchange, http: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = await readRequest(host.api, http);
  const incoming = incomingOf(host, request, http);
  const faults = host.faults.take(incoming);
  const finish = host.log.begin(auditStart(request, http), host.api.state.now());
  const end = await carryOut(host, request, { response, faults, incoming });
  finish({ ...end, faults: faults.map(({ id }) => id) });
}

async function readRequest({ access }: ApiServer, http: IncomingMessage): Promise<ApiRequest> {
  const url = new URL(http.url ?? '/', 'http://sandbox');
  return {
    method: http.method ?? 'GET',
    target: parseTarget(url.pathname),
    query: url.searchParams,
    accept: http.headers.accept ?? '',
    contentType: http.headers['content-type'] ?? '',
    userAgent: http.headers['user-agent'] ?? '',
    user: access.identify(http.headers.authorization) ?? '',
    body: await readBody(http),
  };
}

/** In the query, or in the body of a DELETE. */
export const isDryRun = ({ query, body }: Pick<ApiRequest, 'query' | 'body'>): boolean =>
  query.has('dryRun') || /"dryRun":\s*\[\s*"All"/.test(body);

function incomingOf(host: Exchange, request: ApiRequest, http: IncomingMessage): Incoming {
  return {
    cluster: host.api.state.name,
    method: request.method,
    path: http.url ?? '/',
    user: request.user,
    userAgent: request.userAgent,
    dryRun: isDryRun(request),
  };
}

const NO_RESOURCE = { group: '', resource: '', subresource: '', namespace: '', name: '' };

function auditStart(request: ApiRequest, http: IncomingMessage) {
  const { method, target, query, user, userAgent } = request;
  const { group, resource, subresource, namespace, name: named } = target.at === 'resource' ? target : NO_RESOURCE;
  const name = method === 'POST' && named === '' ? nameInBody(request) : named;
  return {
    user,
    userAgent,
    verb: verbOf(method, target, query),
    method,
    path: http.url ?? '/',
    group,
    resource,
    subresource,
    namespace,
    name,
    dryRun: isDryRun(request),
    fieldManager: managerOf(query, userAgent),
  };
}

/** Whoever creates an object names it in the body, if at all. */
function nameInBody({ body }: ApiRequest): string {
  try {
    return textAt(decode(body), 'metadata', 'name') ?? '';
  } catch {
    return '';
  }
}

interface Delivery {
  readonly response: ServerResponse;
  readonly faults: Effects;
  readonly incoming: Incoming;
}

async function carryOut(
  host: Exchange,
  request: ApiRequest,
  { response, faults, incoming }: Delivery,
): Promise<Omit<AuditEnd, 'faults'>> {
  const faultHost: FaultHost = {
    request: incoming,
    deadline: durationOf(request.query.get('timeout')),
    sleep: (ms) => host.timers.sleep(ms),
    refuse: (ms) => host.refuse(ms),
  };
  const instead = await before(faults, faultHost);
  if (host.timers.isStopped) return { status: 0, outcome: 'dropped' };
  const openSink = () => host.streams.add(incoming.path, response);
  if (instead) return deliver(response, instead, openSink);
  const answer = answerAs(host.api, request);
  return {
    ...deliver(response, await after(faults, answer, faultHost), openSink),
    status: answer.kind === 'watch' ? 200 : answer.status,
  };
}

const PUBLIC: readonly Target['at'][] = ['health', 'version'];

function answerAs(api: ApiServer, request: ApiRequest): Answer {
  const isKnown = request.user !== '' || PUBLIC.includes(request.target.at);
  if (!isKnown) return json(401, unauthorized().status);
  const timeout = request.query.get('timeout') ?? '';
  return isWatch(request.query) || DURATION.test(timeout)
    ? answerRequest(api, request)
    : json(400, badRequest(`${BAD_TIMEOUT} - time: invalid duration ${JSON.stringify(timeout)}`).status);
}

const BAD_TIMEOUT = 'invalid timeout specified in the request URL';
/** As Go writes them, or nothing. */
const DURATION = /^([-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+))?$/;

/** What is delivered, or not; a watch writes where `openSink` says. */
export function deliver(
  response: ServerResponse,
  result: After,
  openSink: () => WatchSink = () => new Streams().add('', response),
): Omit<AuditEnd, 'faults'> {
  if (result.go === 'silence') return { status: 0, outcome: 'unanswered' };
  if (result.go === 'drop' || response.destroyed) {
    response.socket?.destroy();
    return { status: 0, outcome: 'dropped' };
  }
  return { status: send(response, result.answer, openSink), outcome: 'answered' };
}

function send(response: ServerResponse, answer: Answer, openSink: () => WatchSink): number {
  if (answer.kind === 'watch') {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    response.once('close', answer.open(openSink()));
    return 200;
  }
  const headers = {
    'Content-Type': answer.contentType,
    'Content-Length': Buffer.byteLength(answer.body),
    ...answer.headers,
  };
  response.writeHead(answer.status, headers).end(answer.body);
  return answer.status;
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000 };

/** A Go duration of one unit: `2s`, `500ms`. */
function durationOf(text: string | null): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text ?? '');
  return found === null ? undefined : Number(found[1]) * (UNIT_MS[found[2] ?? ''] ?? 1);
}
