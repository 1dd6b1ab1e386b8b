import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DenyRule, USERS } from './access.ts';
import type { SandboxCluster } from './cluster.ts';
import type { Fault } from './faults.ts';
import { decode, encode, isObject, type Json, type JsonObject } from './json.ts';
import { readBody } from './listener.ts';
import type { StreamTrouble } from './streams.ts';

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
}

type Handler = (cluster: SandboxCluster, ask: Ask) => Promise<Json> | Json;

/** Undoes deny rules made over HTTP, by id. */
const denials = new Map<string, () => void>();

/**
 * The admin endpoint, for a sandbox in a process of its own. Needs the bearer token of any cluster's admin.
 * `?cluster=` picks another cluster than the port's own.
 */
const HANDLERS: Record<string, Handler> = {
  'GET audit': (cluster, { query }) => ({ entries: entriesSince(cluster, Number(query.get('since') ?? 0)) }),
  'GET faults': (cluster) => ({ faults: cluster.faults.report().map((report) => ({ ...report })) }),
  'POST faults': (cluster, { body }) => ({ id: cluster.faults.inject(body as unknown as Fault).id }),
  'DELETE faults': (cluster, { query }) => {
    const id = query.get('id');
    if (id === null) cluster.faults.clear();
    else cluster.faults.remove(id);
    return {};
  },
  'POST strike': (cluster, { body }) => ({
    struck: cluster.watches.strike(body.trouble as StreamTrouble, typeof body.path === 'string' ? body.path : ''),
  }),
  'POST refuse': async (cluster) => {
    await cluster.refuse();
    return {};
  },
  'POST restore': async (cluster) => {
    await cluster.restore();
    return {};
  },
  'POST compact': (cluster) => {
    cluster.compact();
    return {};
  },
  'POST deny': (cluster, { body }) => {
    const id = `deny-${denials.size + 1}`;
    denials.set(id, cluster.deny(denyRule(body)));
    return { id };
  },
  'DELETE deny': (_cluster, { query }) => {
    denials.get(query.get('id') ?? '')?.();
    return {};
  },
  'GET object': (cluster, { query }) => ({ object: cluster.read(query.get('path') ?? '') ?? null }),
};

function entriesSince(cluster: SandboxCluster, since: number): JsonObject[] {
  return cluster
    .audit()
    .filter((entry) => entry.seq > since)
    .map((entry) => ({ ...entry, faults: [...entry.faults] }));
}

function denyRule(body: JsonObject): Omit<DenyRule, 'cluster'> {
  const { user, verb, resource, namespace } = body;
  const known = USERS.find((candidate) => candidate === user);
  if (known === undefined) throw new Error(`no such user: ${String(user)}`);
  const rule = { user: known, verb: String(verb ?? '*'), resource: String(resource ?? '*') };
  return typeof namespace === 'string' ? { ...rule, namespace } : rule;
}

/** Answers `/sandbox/…` for a set of clusters. */
export async function answerControl(
  clusters: Readonly<Record<string, SandboxCluster>>,
  exchange: { request: IncomingMessage; response: ServerResponse; cluster: string },
): Promise<void> {
  const { request, response, cluster } = exchange;
  const ask = await readAsk(request);
  const isAdmin = Object.values(clusters).some(
    ({ tokens }) => request.headers.authorization === `Bearer ${tokens.admin}`,
  );
  const { status, body } = isAdmin ? await handled(clusters[ask.query.get('cluster') ?? cluster], ask) : refused();
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${encode(body)}\n`);
}

async function readAsk(request: IncomingMessage): Promise<Ask> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const text = await readBody(request);
  const body = text === '' ? {} : decode(text);
  return {
    method: request.method ?? 'GET',
    path: url.pathname.replace('/sandbox/', ''),
    query: url.searchParams,
    body: isObject(body) ? body : {},
  };
}

interface Result {
  readonly status: number;
  readonly body: Json;
}

const refused = (): Result => ({ status: 401, body: { error: 'the admin token of a cluster is needed' } });

async function handled(cluster: SandboxCluster | undefined, ask: Ask): Promise<Result> {
  const handler = HANDLERS[`${ask.method} ${ask.path}`];
  if (cluster === undefined || handler === undefined) return { status: 404, body: { error: 'no such thing here' } };
  try {
    return { status: 200, body: await handler(cluster, ask) };
  } catch (error) {
    return { status: 400, body: { error: (error as Error).message } };
  }
}
