import type { IncomingMessage, ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request as send } from 'undici';
import { deliver, isDryRun } from '../../src/sandbox/exchange.ts';
import { after, before } from '../../src/sandbox/fault-effects.ts';
import { Faults, type Incoming } from '../../src/sandbox/faults.ts';
import { type Certificate, Listener, readBody } from '../../src/sandbox/listener.ts';
import type { LabCluster } from '../lab/lab.ts';
import type { Front } from './ground.ts';

/** Stands between the engine and a real API server, with its certificate and the faults that a sandbox has in itself. */
export interface LabFront extends Front {
  readonly url: string;
  /** What the server has answered. */
  readonly answered: readonly (Incoming & { readonly status: number })[];
  close(): Promise<void>;
}

type Answer = Parameters<typeof after>[1];

export async function openLabFront(cluster: LabCluster, other: LabCluster): Promise<LabFront> {
  const agent = new Agent({ connect: { ca: cluster.ca } });
  const faults = new Faults(cluster.name);
  const listener = new Listener();
  const answered: (Incoming & { status: number })[] = [];
  let refusedBefore = 0;
  const show = async ({ ca, key }: LabCluster) => {
    await listener.close();
    listener.certificate = { cert: ca, key: await key() } satisfies Certificate;
    await listener.open();
  };
  listener.handler = (request, response) => {
    answer(request, response).catch(() => response.destroy());
  };
  async function answer(http: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(http);
    const request = incomingOf(cluster.name, http, body);
    const effects = faults.take(request);
    const host = { request, deadline: undefined, sleep: delay, refuse: () => void listener.close() };
    const instead = await before(effects, host);
    if (instead) return void deliver(response, instead);
    // Also when nobody waits for the answer any more: what is on its way arrives.
    const { status, said } = await passOn(`${cluster.url}${request.path}`, { http, body, agent });
    answered.push({ ...request, status });
    deliver(response, await after(effects, said, host));
  }
  await show(cluster);
  return {
    get url() {
      return listener.url;
    },
    answered,
    inject: (fault) => faults.inject(fault),
    refuse: () => listener.close(),
    restore: () => show(cluster),
    changeCertificate: () => {
      refusedBefore = listener.refusedHandshakes;
      return show(other);
    },
    turnedAway: () => listener.refusedHandshakes - refusedBefore,
    close: async () => {
      await listener.close();
      await agent.destroy();
    },
  };
}

function incomingOf(cluster: string, { method = 'GET', url = '/', headers }: IncomingMessage, body: string): Incoming {
  const query = new URL(url, 'https://front').searchParams;
  const dryRun = isDryRun({ query, body });
  return { cluster, method, path: url, user: 'engine', userAgent: headers['user-agent'] ?? '', dryRun };
}

interface Passed {
  readonly http: IncomingMessage;
  readonly body: string;
  readonly agent: Agent;
}

async function passOn(url: string, { http, body, agent }: Passed): Promise<{ status: number; said: Answer }> {
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = http.headers;
  const answered = await send(url, {
    method: http.method as 'GET',
    headers: { ...headers, 'accept-encoding': 'identity' },
    dispatcher: agent,
    bodyTimeout: 0,
    ...(body === '' ? {} : { body }),
  });
  const { statusCode: status, body: stream } = answered;
  if (status === 200 && /[?&]watch=(1|true)/.test(url)) return { status, said: { kind: 'watch', open: lines(stream) } };
  const kept = ['date', 'retry-after', 'warning'].flatMap((name) => {
    const value = answered.headers[name];
    return value === undefined ? [] : [[name, String(value)]];
  });
  const contentType = String(answered.headers['content-type']);
  const text = await stream.text();
  return { status, said: { kind: 'text', status, body: text, contentType, headers: Object.fromEntries(kept) } };
}

function lines(stream: Awaited<ReturnType<typeof send>>['body']): Extract<Answer, { kind: 'watch' }>['open'] {
  return ({ line, end }) => {
    stream.on('error', end);
    createInterface({ input: stream }).on('line', line).on('close', end);
    return () => void stream.destroy();
  };
}
