import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '../../../../src/schema/json.ts';
import { CORE_RESOURCES, GROUPS } from './discovery-fixture.ts';

/** One request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Missing where nothing was sent. */
  readonly json: Json | undefined;
}

export type Reply = (response: ServerResponse, seen: Seen) => void;

/** Answers what a test tells it to, in order; discovery answers by itself unless told otherwise. */
export interface ScriptedServer {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** The last reply of a list repeats. */
  on(method: string, path: string, ...replies: Reply[]): void;
  requests(method: string, path?: string): readonly Seen[];
  connections(): number;
  close(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const scripts = new Map<string, Reply[]>([
    ['GET /api', [json(200, CORE_RESOURCES)]],
    ['GET /apis', [json(200, GROUPS)]],
  ]);
  let connections = 0;

  const server = createServer(async (request, response) => {
    const one = await read(request);
    seen.push(one);
    const key = `${one.method} ${one.path}`;
    const replies = scripts.get(key) ?? [json(404, '404 page not found')];
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    reply?.(response, one);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    on: (method, path, ...replies) => void scripts.set(`${method} ${path}`, [...replies]),
    requests: (method, path) => seen.filter((one) => one.method === method && (path ?? one.path) === one.path),
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  return (response) => void response.writeHead(status, { 'content-type': type, ...headers }).end(text);
}

export function failure(code: number, reason: string, more: Record<string, unknown> = {}): Reply {
  return json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code, message: reason, ...more });
}

/** Reads the request and never answers. */
export const hang: Reply = () => {};
/** Reads the request and cuts the connection. */
export const cut: Reply = (response) => void response.socket?.destroy();
/** Cuts the connection in the middle of a 200. */
export const cutInBody: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"kind":', () => response.socket?.destroy());
};

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(request.url ?? '/', 'http://localhost');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    text,
    json: text === '' ? undefined : JSON.parse(text),
  };
}
