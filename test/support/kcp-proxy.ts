import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request as send } from 'undici';
import { annotate, discoveryOfKcp, isHidden, withoutName } from './kcp-content.ts';
import { isWatch, passStream } from './pass-stream.ts';

/** One API server that stands in for a logical cluster. */
export interface Workspace {
  /** Never given to another one, unlike a path. */
  readonly logicalCluster: string;
  readonly url: string;
  readonly token: string;
  /** Whom the token's user acts as. */
  readonly impersonate?: string | undefined;
  /** PEM; of a server with TLS. */
  readonly ca?: string;
}

/** What kcp says of a workspace instead of answering. */
export type Trouble = 'wrong shard' | 'moving' | 'closed';

export interface Seen {
  /** As in the path; empty for a request outside `/clusters/`. */
  readonly workspace: string;
  readonly method: string;
  readonly path: string;
}

/**
 * Looks like kcp's front door: `/clusters/<path or logical cluster>/…` leads to one API server each, without what kcp
 * does not serve. A stand-in over loopback: no kcp is behind it.
 */
export interface KcpProxy {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** One context, `kcp`. */
  kubeconfig(): string;
  /** A path may be pointed at another workspace; `null`: it leads nowhere. */
  point(path: string, workspace: Workspace | null): void;
  /** The next `times` requests with that method are answered so; tells how many still are to be. */
  trouble(path: string, method: string, trouble: Trouble, times: number): { readonly left: number };
  close(): Promise<void>;
}

interface Planned {
  readonly path: string;
  readonly method: string;
  readonly trouble: Trouble;
  left: number;
}

interface State {
  readonly paths: Map<string, Workspace>;
  readonly planned: Planned[];
  readonly seen: Seen[];
  readonly agents: Map<string, Agent>;
}

export async function startKcpProxy(): Promise<KcpProxy> {
  const state: State = { paths: new Map(), planned: [], seen: [], agents: new Map() };
  const server = createServer((request, response) => {
    answer(state, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    seen: state.seen,
    kubeconfig: () => kubeconfigOf(url),
    point(path, workspace) {
      if (workspace === null) state.paths.delete(path);
      else state.paths.set(path, workspace);
    },
    trouble(path, method, trouble, times) {
      const planned = { path, method, trouble, left: times };
      state.planned.push(planned);
      return planned;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([...state.agents.values()].map((agent) => agent.close()));
    },
  };
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'kcp',
    contexts: [{ name: 'kcp', context: { cluster: 'kcp', user: 'somebody' } }],
    clusters: [{ name: 'kcp', cluster: { server } }],
    users: [{ name: 'somebody', user: { token: 'of-the-proxy' } }],
  });
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://proxy');
  const [, named = '', path = ''] = /^\/clusters\/([^/]+)(\/.*)$/.exec(pathname) ?? [];
  const method = request.method ?? 'GET';
  state.seen.push({ workspace: named, method, path: path || pathname });
  const planned = state.planned.find((one) => one.path === named && one.method === method && one.left > 0);
  if (planned) planned.left -= 1;
  const workspace = state.paths.get(named) ?? byName(state, named);
  if (planned) return refuse(response, planned.trouble, path);
  if (!workspace) return lost(response, named, path);
  await pass(state, workspace, { request, response, path, search });
}

function byName({ paths }: State, name: string): Workspace | undefined {
  return [...paths.values()].find(({ logicalCluster }) => logicalCluster === name);
}

/** A path is looked up among Workspaces; a name is only ever "not yours to see". */
function lost(response: ServerResponse, named: string, path: string): void {
  const details = { name: named, group: 'tenancy.kcp.io', kind: 'workspaces' };
  if (named.includes(':')) status(response, 404, 'NotFound', `workspaces.tenancy.kcp.io "${named}" not found`, details);
  else refuse(response, 'closed', path);
}

function refuse(response: ServerResponse, trouble: Trouble, path: string): void {
  const plain = { 'content-type': 'text/plain', 'retry-after': '1' };
  const denied = `forbidden: User "somebody" cannot get path "${path}": access denied`;
  if (trouble === 'closed') status(response, 403, 'Forbidden', denied);
  else if (trouble === 'moving') response.writeHead(503, plain).end('Not available.\n');
  else response.writeHead(429, plain).end('Not found on this shard\n');
}

function status(response: ServerResponse, code: number, reason: string, message: string, details = {}): void {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly search: string;
}

async function pass(state: State, workspace: Workspace, exchange: Exchange): Promise<void> {
  const { response, path, search } = exchange;
  if (path === '/apis/core.kcp.io/v1alpha1/logicalclusters/cluster') return tellName(response, workspace);
  if (isHidden(path)) return void response.writeHead(404).end('404 page not found\n');
  const answered = await ask(state, workspace, exchange);
  if (isWatch(search)) return passStream(answered, response);
  const text = await answered.body.text();
  const isDiscovery = path === '/api' || path === '/apis';
  const told = isDiscovery ? discoveryOfKcp(text) : annotate(text, workspace.logicalCluster);
  const headers = { 'content-type': String(answered.headers['content-type'] ?? 'application/json') };
  response.writeHead(answered.statusCode, headers).end(told);
}

async function ask(state: State, workspace: Workspace, { request, path, search }: Exchange) {
  const { accept, 'content-type': type = '' } = request.headers;
  const body = withoutName(await textOf(request));
  return await send(`${workspace.url}${path}${search}`, {
    method: request.method as 'GET',
    headers: {
      ...identityIn(workspace),
      'user-agent': request.headers['user-agent'] ?? '',
      ...(accept === undefined ? {} : { accept }),
      ...(type === '' ? {} : { 'content-type': type }),
    },
    ...(body === '' ? {} : { body }),
    ...(workspace.ca === undefined ? {} : { dispatcher: agentOf(state, workspace.ca) }),
  });
}

function identityIn({ token, impersonate }: Workspace): Record<string, string> {
  const acting = impersonate === undefined ? {} : { 'impersonate-user': impersonate };
  return { authorization: `Bearer ${token}`, ...acting };
}

function tellName(response: ServerResponse, { logicalCluster }: Workspace): void {
  const metadata = { name: 'cluster', annotations: { 'kcp.io/cluster': logicalCluster } };
  const body = { apiVersion: 'core.kcp.io/v1alpha1', kind: 'LogicalCluster', metadata };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function agentOf({ agents }: State, ca: string): Agent {
  const agent = agents.get(ca) ?? new Agent({ connect: { ca } });
  agents.set(ca, agent);
  return agent;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
