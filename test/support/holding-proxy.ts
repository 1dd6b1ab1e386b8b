import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request as send } from 'undici';
import { type JsonObject, objectAt, objectsAt, textAt } from '../../src/sandbox/index.ts';
import { isWatch, passStream } from './pass-stream.ts';

/** What becomes of requests of one method whose path and query match. */
export interface Rule {
  readonly method: string;
  readonly path: RegExp;
  /** `hold`: passed on when it is let go, even if nobody waits for the answer any more. `refuse`: answered 403. */
  readonly does: 'hold' | 'refuse';
}

export interface RuleHandle {
  /** Requests that were held by it so far. */
  readonly held: number;
  /** It holds for no further request; those that are held stay so. */
  end(): void;
  /** Lets go what is held; what the server has said to them, one by one. */
  release(): Promise<number[]>;
}

/** Between the engine and real API servers: plain loopback on one side, TLS on the other. */
export interface HoldingProxy {
  /** The kubeconfig with every server replaced by this proxy. */
  through(kubeconfig: string): Promise<string>;
  rule(rule: Rule): RuleHandle;
  close(): Promise<void>;
}

interface Held {
  readonly rule: Rule;
  readonly go: () => void;
  readonly answered: Promise<number>;
}

interface State {
  readonly rules: Set<Rule>;
  readonly held: Held[];
  readonly closing: (() => Promise<unknown>)[];
}

export function createHoldingProxy(): HoldingProxy {
  const state: State = { rules: new Set(), held: [], closing: [] };
  return {
    through: async (kubeconfig) => {
      const config = JSON.parse(kubeconfig) as JsonObject;
      const entries = await Promise.all(
        objectsAt(config, 'clusters').map(async (entry) => ({ ...entry, cluster: await standIn(state, entry) })),
      );
      return JSON.stringify({ ...config, clusters: entries });
    },
    rule: (rule) => {
      state.rules.add(rule);
      const own = () => state.held.filter((held) => held.rule === rule);
      return {
        get held() {
          return own().length;
        },
        end: () => void state.rules.delete(rule),
        release: async () => {
          for (const { go } of own()) go();
          return await Promise.all(own().map(({ answered }) => answered));
        },
      };
    },
    close: async () => {
      for (const { go } of state.held) go();
      for (const close of state.closing) await close();
    },
  };
}

async function standIn(state: State, entry: JsonObject): Promise<JsonObject> {
  const ca = Buffer.from(textAt(entry, 'cluster', 'certificate-authority-data') ?? '', 'base64').toString();
  const to = { url: textAt(objectAt(entry, 'cluster'), 'server') ?? '', agent: new Agent({ connect: { ca } }) };
  const server = createServer((request, response) => {
    answer(state, to, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await to.agent.close();
  });
  return { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

interface Upstream {
  readonly url: string;
  readonly agent: Agent;
}

async function answer(state: State, to: Upstream, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const body = await textOf(request);
  const rule = [...state.rules].find((one) => one.method === method && one.path.test(url));
  if (rule?.does === 'refuse') return refuse(response);
  const pass = () => passOn(to, request, body, response);
  await (rule ? hold(state, rule, pass) : pass());
}

function hold(state: State, rule: Rule, pass: () => Promise<number>): Promise<number> {
  let go = () => {};
  const released = new Promise<void>((resolve) => {
    go = resolve;
  });
  const answered = released.then(pass);
  state.held.push({ rule, go, answered });
  return answered;
}

function refuse(response: ServerResponse): void {
  const said = { status: 'Failure', message: 'the write is forbidden', reason: 'Forbidden', code: 403 };
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, ...said };
  response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function passOn(
  { url, agent }: Upstream,
  { method, url: path, headers }: IncomingMessage,
  body: string,
  response: ServerResponse,
): Promise<number> {
  const { host: _host, connection: _connection, 'content-length': _length, ...own } = headers;
  const answered = await send(`${url}${path}`, {
    method: method as 'GET',
    headers: own,
    dispatcher: agent,
    ...(body === '' ? {} : { body }),
  });
  if (isWatch(path ?? '')) {
    void passStream(answered, response);
    return answered.statusCode;
  }
  const text = await answered.body.text();
  const { 'content-type': type, date } = answered.headers;
  response.writeHead(answered.statusCode, { 'content-type': String(type), date: String(date) }).end(text);
  return answered.statusCode;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
