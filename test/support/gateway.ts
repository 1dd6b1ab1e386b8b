import { createHmac } from 'node:crypto';
import type { ApplicationName, Failure, ReportAnswer } from '../../src/client/index.ts';
import {
  type Access,
  createGateway,
  type Gateway,
  type GatewaySettings,
  type Sender,
} from '../../src/gateway/index.ts';
import type { GatewayDocument } from './http.ts';

export const secret = 'a-secret-of-thirty-two-characters';
export const token = 'a-token-that-alertmanager-was-given';

/** Signs reports, about everything in `production`. */
export const ci: Sender = {
  name: 'ci',
  auth: 'hmac',
  secrets: [secret],
  rights: ['report'],
  applications: ['production/*'],
  onNoGuard: 'refuse',
  rate: { perMinute: 60, burst: 30 },
};

export const alerts: Sender = { ...ci, name: 'alerts', auth: 'bearer', secrets: [token] };

export const settings: GatewaySettings = {
  listen: { host: '127.0.0.1', port: 0 },
  tls: null,
  senders: [ci, alerts],
  alertmanager: { application: '{labels.environment}/{labels.application}' },
  cloudevents: { types: ['com.example.failed'], application: '{subject}', reason: '{data.why}' },
};

/** Seconds. */
export const noon = Date.parse('2026-01-31T12:00:00Z') / 1000;

export interface Ask {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export interface Heard {
  readonly name: ApplicationName;
  readonly failure: Failure;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly json: GatewayDocument;
}

export interface TestGateway {
  readonly gateway: Gateway;
  /** What was reported, and asked to be rolled back, behind the door. */
  readonly reported: Heard[];
  readonly rolledBack: ApplicationName[];
  readonly log: Access[];
  readonly errors: unknown[];
  readonly remembered: () => number;
  /** Seconds. */
  now: number;
  ask(request: Ask): Promise<Answered>;
  /** The same, signed by `ci` unless headers say otherwise. */
  sign(request: Ask & { readonly body: string }): Promise<Answered>;
}

export const failures = '/v1/applications/production/shop/failures';

/** The gateway without sockets and Temporal: `answer` is what the guard answers. */
export function testGateway(
  options: Partial<GatewaySettings> & { readonly answer?: () => ReportAnswer | Promise<ReportAnswer> } = {},
): TestGateway {
  const { answer = () => ({ kind: 'accepted', why: null }), ...changed } = options;
  const [reported, rolledBack, log, errors]: [Heard[], ApplicationName[], Access[], unknown[]] = [[], [], [], []];
  const test = { now: noon };
  const gateway = createGateway({
    settings: { ...settings, ...changed },
    now: () => test.now * 1000,
    onAccess: (access) => log.push(access),
    onError: (error) => errors.push(error),
    hands: {
      report: async (name, failure) => {
        reported.push({ name, failure });
        return answer();
      },
      rollBack: async (name) => void rolledBack.push(name),
      status: async () => ({ kind: 'none', workflowId: '' }),
      reachTemporal: async () => {},
    },
  });
  const { fetch, gatekeeper } = gateway;
  const ask = async ({ path = failures, method = 'POST', body, headers = {} }: Ask): Promise<Answered> => {
    const given = Object.entries({ 'content-type': 'application/json', ...headers });
    const response = await fetch(
      new Request(`http://gateway${path}`, {
        method,
        headers: given.filter((entry): entry is [string, string] => entry[1] !== undefined),
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      }),
    );
    return { status: response.status, headers: response.headers, json: (await response.json()) as GatewayDocument };
  };
  const sign: TestGateway['sign'] = ({ headers, ...request }) => {
    const signed = signature({ path: request.path ?? failures, body: request.body, time: test.now });
    return ask({ ...request, headers: { ...signed, ...headers } });
  };
  return Object.assign(test, {
    gateway,
    reported,
    rolledBack,
    log,
    errors,
    remembered: () => gatekeeper.remembered,
    ask,
    sign,
  });
}

/** As docs/gateway.md says, by other code than the gateway's. */
export function signature(of: {
  readonly path: string;
  readonly body: string;
  /** Seconds. */
  readonly time: number | string;
  readonly by?: string;
  readonly secret?: string;
}): Record<string, string> {
  const text = `${of.time}.${of.path}.${of.body}`;
  const digest = createHmac('sha256', of.secret ?? secret)
    .update(text)
    .digest('hex');
  return { 'x-belay-sender': of.by ?? 'ci', 'x-belay-signature': `t=${of.time},v1=${digest}` };
}

export const aReport = JSON.stringify({ reason: 'checkout answers 500' });
