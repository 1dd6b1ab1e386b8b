import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BelayClient, connect } from '../../src/client/index.ts';
import { createGateway, type GatewayServer, handsOf, type Sender, startServer } from '../../src/gateway/index.ts';
import { guardBadDeploy, resolveGuard } from '../support/bad-deploy.ts';
import { clusterNames, type Guard, useEngine } from '../support/engine.ts';
import { ci as anyone, secret, settings, signature, token } from '../support/gateway.ts';
import { ask, type HttpAnswer } from '../support/http.ts';
import { pollUntil } from '../support/poll.ts';
import type { SmallApp } from '../support/small-app.ts';
import { startWay } from '../support/way.ts';

const engine = useEngine();
const ci: Sender = { ...anyone, applications: ['test/*'], rate: { perMinute: 6000, burst: 1000 } };
const senders: Sender[] = [
  { ...ci, rights: ['report', 'rollback', 'read'] },
  { ...ci, name: 'reader', secrets: [`${secret}-reader`], rights: ['read'] },
  { ...ci, name: 'stranger', secrets: [`${secret}-stranger`], applications: ['production/*'] },
  { ...ci, name: 'slow', secrets: [`${secret}-slow`], rate: { perMinute: 1, burst: 1 } },
  { ...ci, name: 'alerts', auth: 'bearer', secrets: [token] },
];

let belay: BelayClient;
let server: GatewayServer;
const errors: unknown[] = [];

beforeAll(async () => {
  const { address, namespace } = engine.temporal;
  belay = await connect({ namespace, connection: { address } });
  const onError = (error: unknown) => errors.push(error);
  const gateway = createGateway({
    settings: { ...settings, senders },
    hands: handsOf(belay),
    now: Date.now,
    onAccess: () => {},
    onError,
  });
  server = await startServer(gateway, settings);
});

afterAll(async () => {
  await server?.stop();
  await belay?.close();
});

const pathOf = (app: Pick<SmallApp, 'name'>) => `/v1/applications/test/${app.name}/failures`;

let reports = 0;

/** Signed by `ci` now; each signature is good for one request. */
function report(app: Pick<SmallApp, 'name'>, failure: object, to: GatewayServer = server): Promise<HttpAnswer> {
  const body = JSON.stringify({ reason: 'checkout answers 500', ...failure });
  const path = pathOf(app);
  const headers = signature({ path, body, time: `${Math.floor(Date.now() / 1000)}.${reports++}` });
  return ask(`${to.url}${path}`, { body, headers });
}

/** Harmless by itself: only a report makes it a failure. */
async function changeSettings(app: SmallApp): Promise<void> {
  for (const cluster of clusterNames) await app.put(cluster, app.configMap('settings', { mode: 'wild' }));
}

const forLong = { bake: '1h', deadline: '1h' } as const;

async function guardDeployed(name: string, options: Parameters<typeof engine.request>[1] = forLong) {
  const guarded = await guardBadDeploy(engine, name, options, changeSettings);
  await guarded.guard.deployed();
  await guarded.guard.until('watching', ({ phase }) => phase === 'watching');
  return guarded;
}

const cancel = (guard: Guard) =>
  guard.signal('cancel', { guardId: guard.request.guardId, by: 'test', reason: 'seen enough' });

describe.concurrent('a signed report', () => {
  test('rolls a guarded application back, and is told afterwards how that ended', async ({ expect }) => {
    const { app, guard, before } = await guardDeployed('report');
    expect(await report(app, {})).toMatchObject({ status: 202, json: { answer: 'accepted' } });
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
    const late = await report(app, {});
    expect(late).toMatchObject({ status: 409, json: { answer: 'ended', outcome: 'restored' } });
  });

  test('counts once by its key, and not at all when it is older than the deploy', async ({ expect }) => {
    const early = new Date().toISOString();
    const { app, guard } = await guardDeployed('keys', { ...forLong, onFailure: 'hold' });
    const old = await report(app, { observedAt: early });
    expect(old).toMatchObject({ status: 409, json: { answer: 'not this deploy' } });
    const other = await report(app, { guardId: 'another', observedAt: new Date().toISOString() });
    expect(other).toMatchObject({ status: 409, json: { answer: 'not this deploy', detail: 'it names guard another' } });
    expect((await guard.status()).phase).toBe('watching');
    const answers = await Promise.all(Array.from({ length: 5 }, () => report(app, { key: 'the one' })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 202]);
    expect(await report(app, { key: 'the one' })).toMatchObject({ status: 200, json: { answer: 'duplicate' } });
    const more = await report(app, { key: 'more' });
    expect(more.json).toMatchObject({ answer: 'accepted', detail: expect.stringContaining('failed already: ci:') });
    await guard.until('held', ({ phase }) => phase === 'waiting(hold)');
    await resolveGuard(engine, guard, 'accept');
    expect(await guard.result()).toMatchObject({ outcome: 'held' });
  });

  test('with no guard open starts nothing, unless a rollback is asked for by whoever may', async ({ expect }) => {
    const { app, guard } = await guardDeployed('kept', { bake: '1s', deadline: '1h' });
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
    const kept = await app.content();
    const unkept = await engine.start(engine.request(app.name, forLong));
    await unkept.ready();
    await app.put('us', app.configMap('settings', { mode: 'broken' }));
    await cancel(unkept);
    expect(await unkept.result()).toMatchObject({ outcome: 'cancelled' });
    const observedAt = new Date().toISOString();
    expect(await report(app, { observedAt })).toMatchObject({ json: { answer: 'ended', outcome: 'cancelled' } });
    const asked = await report(app, { observedAt, onNoGuard: 'rollback' });
    expect(asked).toMatchObject({ status: 202, json: { answer: 'rollback' } });
    const run = engine.temporal.client.workflow.getHandle(guard.workflowId);
    expect(await run.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(kept);
    const again = await report(app, { observedAt, onNoGuard: 'rollback' });
    expect(again).toMatchObject({ status: 409, json: { answer: 'ended', outcome: 'restored' } });
  });

  test('is answered 503 while Temporal is away, and counts when it is sent again with its key', async ({ expect }) => {
    const { app, guard } = await guardDeployed('away', { ...forLong, onFailure: 'hold' });
    const { address, namespace } = engine.temporal;
    const way = await startWay(address);
    const through = await connect({ namespace, connection: { address: way.address } });
    const hands = handsOf(through);
    const gateway = createGateway({
      settings: { ...settings, senders },
      hands,
      now: Date.now,
      onAccess: () => {},
      onError: (error) => errors.push(error),
    });
    const started = await startServer(gateway, settings);
    try {
      const send = () => report(app, { key: 'away' }, started);
      way.cut();
      const unheard = await send();
      expect([unheard.status, unheard.headers['retry-after'], unheard.json.type]).toEqual([
        503,
        '5',
        'urn:belay:problem:unavailable',
      ]);
      expect((await ask(`${started.url}/readyz`, { method: 'GET' })).status).toBe(503);
      expect((await guard.status()).failure).toBeNull();
      way.mend();
      const { status } = await pollUntil('it is heard', send, (answer) => answer.status !== 503);
      expect(status).toBe(202);
    } finally {
      await started.stop();
      await through.close();
      await way.close();
    }
    await guard.until('held', ({ phase }) => phase === 'waiting(hold)');
    await resolveGuard(engine, guard, 'accept');
  });
});

describe('whoever may not, or does not know how', () => {
  let app: SmallApp;
  let guard: Guard;
  const runs = async () => {
    const found = [];
    for await (const { runId, status } of engine.temporal.client.workflow.list({
      query: `WorkflowId = '${guard.workflowId}'`,
    }))
      found.push({ runId, status: status.name });
    return found;
  };
  const count = async () => (await engine.temporal.client.workflow.count()).count;

  beforeAll(async () => {
    ({ app, guard } = await guardDeployed('hostile'));
    await pollUntil('visible', runs, ({ length }) => length === 1);
  });

  afterAll(async () => {
    await cancel(guard);
    await guard.result();
  });

  const now = () => Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ reason: 'hostile' });
  const big = Array.from({ length: 160 }, () => new Uint8Array(65_536).fill(32));
  type Of = Partial<Parameters<typeof signature>[0]>;
  const signed = (of: Of = {}) => signature({ path: pathOf(app), body, time: now(), ...of });

  const wrong: Record<string, [status: number, () => Promise<HttpAnswer>]> = {
    'a wrong signature': [401, () => send({ headers: signed({ secret: 'not the one' }) })],
    'an old timestamp': [401, () => send({ headers: signed({ time: now() - 301 }) })],
    'ten megabytes with a length': [
      413,
      () => send({ headers: { ...signed(), 'content-length': String(160 * 65_536) }, body: big }),
    ],
    'ten megabytes in chunks': [413, () => send({ headers: signed(), body: big })],
    'another charset': [
      415,
      () => send({ headers: { ...signed(), 'content-type': 'application/json; charset=iso-8859-1' } }),
    ],
    'an unknown application': [404, () => report({ name: `nobody-knows-${randomUUID()}` }, {})],
    'a name that is none': [400, () => report({ name: 'No%20Name' }, {})],
    'no right to report': [403, () => send({ headers: signed({ by: 'reader', secret: `${secret}-reader` }) })],
    'no right to roll back': [
      403,
      () => send({ body: rollback, headers: signed({ by: 'slow', secret: `${secret}-slow`, body: rollback }) }),
    ],
    'another sender’s application': [
      403,
      () => send({ headers: signed({ by: 'stranger', secret: `${secret}-stranger` }) }),
    ],
    'more than its rate': [429, () => send({ headers: signed({ by: 'slow', secret: `${secret}-slow` }) })],
    'an unknown field': [400, () => report(app, { reasn: 'x' })],
    'a wrong bearer token': [401, () => send({ headers: { authorization: 'Bearer nope' } })],
  };
  const rollback = JSON.stringify({ reason: 'hostile', onNoGuard: 'rollback' });
  const send = ({ headers, body: given }: { headers: Record<string, string>; body?: string | Uint8Array[] }) =>
    ask(`${server.url}${pathOf(app)}`, { headers, body: given ?? body });

  test.each(Object.entries(wrong))('%s: told so, and nothing is started or changed', async (_, [status, attempt]) => {
    const before = { runs: await runs(), count: await count() };
    const answer = await attempt();
    expect([answer.status, answer.json.status, answer.headers['content-type']]).toEqual([
      status,
      status,
      'application/problem+json',
    ]);
    expect({ runs: await runs(), count: await count() }).toEqual(before);
    expect((await guard.status()).failure).toBeNull();
  });

  test('a replayed request: refused, and the guard has heard it once', async ({ expect }) => {
    const failure = JSON.stringify({ reason: 'of another', guardId: 'another' });
    const headers = signed({ body: failure });
    expect((await send({ headers, body: failure })).status).toBe(409);
    const heard = (await guard.status()).timeline.length;
    expect(await send({ headers, body: failure })).toMatchObject({
      status: 401,
      json: { type: 'urn:belay:problem:replayed' },
    });
    expect((await guard.status()).timeline).toHaveLength(heard);
  });

  test('the status shows what it may, to whom it may', async ({ expect }) => {
    const path = `/v1/applications/test/${app.name}`;
    const get = (by: string, of: string) =>
      ask(`${server.url}${path}`, {
        method: 'GET',
        headers: signature({ path, body: '', time: now(), by, secret: of }),
      });
    expect(await get('reader', `${secret}-reader`)).toMatchObject({
      status: 200,
      json: { state: 'open', phase: 'watching' },
    });
    expect((await get('stranger', `${secret}-stranger`)).status).toBe(403);
    expect((await ask(`${server.url}/readyz`, { method: 'GET' })).status).toBe(200);
  });

  test('nothing of all this was unexpected', ({ expect }) => {
    expect(errors).toEqual([]);
  });
});
