import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Agent, request as send } from 'undici';
import type { LabCluster } from '../../test/lab/lab.ts';

/** A request on its way from a tool to an API server. */
export interface Seen {
  readonly cluster: string;
  /** Changes one of the application's objects for good: no dry run, no lock, no record of the tool's own. */
  readonly isWrite: boolean;
  /** What an operator gives or takes rights for: reading or changing, and the plural of the kind (else the path). */
  readonly right: string;
}

/** What becomes of a request; `cut`: nothing is done, `lose`: it is done; in both cases the connection is dropped. */
export type Fate =
  | { readonly kind: 'pass' | 'cut' }
  | { readonly kind: 'lose'; readonly after?: () => Promise<void> }
  | { readonly kind: 'answer'; readonly status: 403 | 429 | 503; readonly retryAfter?: string };

export type Trouble = (seen: Seen) => Fate;

/** The n-th request, or the n-th write, over all clusters; watches do not count, they never end. */
export interface Moment {
  readonly aim: 'request' | 'write';
  readonly nth: number;
}

export interface Armed {
  /** So far, of both. */
  readonly counts: Readonly<Record<Moment['aim'], number>>;
  /** Back to normal, also where connections are refused. */
  disarm(): Promise<void>;
}

/** Between a tool and real API servers, as their admin: plain loopback on one side, TLS on the other. */
export interface TroubleProxy {
  /** Its text; contexts are named like the clusters. */
  readonly kubeconfig: string;
  /** At that moment `strike` says what becomes of this request and of all that follow. */
  arm(moment: Moment, strike: (struck: Seen) => Promise<Trouble>): Armed;
  /** No connection to that cluster until `disarm`. */
  refuse(cluster: string): void;
  close(): Promise<void>;
}

interface State {
  readonly moment: Moment;
  readonly counts: Record<Moment['aim'], number>;
  readonly strike: (struck: Seen) => Promise<Trouble>;
  trouble: Trouble;
}

export const calm: Trouble = () => ({ kind: 'pass' });

export async function startProxy(clusters: readonly LabCluster[]): Promise<TroubleProxy> {
  let state: State = {
    moment: { aim: 'request', nth: 0 },
    counts: { request: 0, write: 0 },
    strike: async () => calm,
    trouble: calm,
  };
  const doors = await Promise.all(clusters.map((cluster) => Door.open(cluster, (seen) => fateOf(state, seen))));
  return {
    kubeconfig: kubeconfigOf(doors),
    arm: (moment, strike) => {
      const own = { moment, counts: { request: 0, write: 0 }, strike, trouble: calm };
      state = own;
      return {
        counts: own.counts,
        disarm: async () => {
          state = { ...own, counts: { request: 0, write: 0 }, moment: { aim: 'request', nth: 0 }, trouble: calm };
          await Promise.all(doors.map((door) => door.reopen()));
        },
      };
    },
    refuse: (cluster) => doors.find(({ name }) => name === cluster)?.refuse(),
    close: async () => {
      await Promise.all(doors.map((door) => door.close()));
    },
  };
}

async function fateOf(state: State, seen: Seen): Promise<Fate> {
  const { counts, moment } = state;
  counts.request += 1;
  if (seen.isWrite) counts.write += 1;
  const isStruck = counts[moment.aim] === moment.nth && (moment.aim === 'request' || seen.isWrite);
  if (isStruck) state.trouble = await state.strike(seen);
  return state.trouble(seen);
}

/** One cluster's side of the proxy, at one port for good. */
class Door {
  readonly name: string;
  readonly port: number;
  readonly #server: Server;
  readonly #agent: Agent;

  private constructor(name: string, server: Server, agent: Agent) {
    this.name = name;
    this.#server = server;
    this.#agent = agent;
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(cluster: LabCluster, decide: (seen: Seen) => Promise<Fate>): Promise<Door> {
    const agent = new Agent({ connect: { ca: cluster.ca }, bodyTimeout: 0 });
    const server = createServer((request, response) => {
      answer({ cluster, agent, request, response }, decide).catch(() => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Door(cluster.name, server, agent);
  }

  refuse(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async reopen(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    if (this.#server.listening) this.refuse();
    await this.#agent.destroy();
  }
}

interface Exchange {
  readonly cluster: LabCluster;
  readonly agent: Agent;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(exchange: Exchange, decide: (seen: Seen) => Promise<Fate>): Promise<void> {
  const { cluster, request, response } = exchange;
  const body = await bytesOf(request);
  const isWatch = /[?&]watch=/.test(request.url ?? '');
  const fate = isWatch ? calm(seenAs(cluster, request, body)) : await decide(seenAs(cluster, request, body));
  switch (fate.kind) {
    case 'pass':
      return await passOn(exchange, body);
    case 'cut':
      return void response.destroy();
    case 'lose':
      await (await forward(exchange, body)).body.dump();
      await fate.after?.();
      return void response.destroy();
    case 'answer':
      return answerInstead(response, fate.status, fate.retryAfter);
  }
}

/** `configmaps` of `/api/v1/namespaces/shop/configmaps/settings`. */
const plural = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+)?\/([^/?]+)/;
const ofApplication = ['configmaps', 'secrets', 'services', 'deployments'];

function seenAs({ name }: LabCluster, { method = 'GET', url = '/' }: IncomingMessage, body: Buffer): Seen {
  const resource = plural.exec(url)?.[1] ?? url.split('?')[0] ?? '';
  const changes = method !== 'GET';
  const isDryRun = url.includes('dryRun=') || body.includes('"dryRun"');
  // Where Helm keeps its releases.
  const isRecord = url.includes('/sh.helm.release') || body.includes('sh.helm.release');
  const isWrite = changes && !isDryRun && !isRecord && ofApplication.includes(resource);
  return { cluster: name, isWrite, right: `${changes ? 'change' : 'read'} ${resource}` };
}

function forward({ cluster, agent, request }: Exchange, body: Buffer) {
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
  return send(`${cluster.url}${request.url}`, {
    method: request.method as 'GET',
    // A client sends no token over plain http.
    headers: { ...headers, authorization: `Bearer ${cluster.credentials('admin').token}` },
    dispatcher: agent,
    ...(body.length === 0 ? {} : { body }),
  });
}

async function passOn(exchange: Exchange, body: Buffer): Promise<void> {
  const { statusCode, headers, body: content } = await forward(exchange, body);
  const { connection: _connection, 'transfer-encoding': _encoding, ...own } = headers;
  exchange.response.writeHead(statusCode, own);
  await pipeline(content, exchange.response);
}

const reasons = { 403: 'Forbidden', 429: 'TooManyRequests', 503: 'ServiceUnavailable' } as const;

function answerInstead(response: ServerResponse, code: keyof typeof reasons, retryAfter: string | undefined): void {
  const said = { status: 'Failure', message: `trouble: ${reasons[code]}`, reason: reasons[code], code };
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, ...said };
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
  };
  response.writeHead(code, headers).end(JSON.stringify(body));
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function kubeconfigOf(doors: readonly Door[]): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: doors.map(({ name, port }) => ({ name, cluster: { server: `http://127.0.0.1:${port}` } })),
    users: [{ name: 'operator', user: { token: 'of-the-proxy' } }],
    contexts: doors.map(({ name }) => ({ name, context: { cluster: name, user: 'operator' } })),
    'current-context': doors[0]?.name ?? '',
  });
}
