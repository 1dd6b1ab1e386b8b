import { describe, expect, test } from 'vitest';
import {
  type Ask,
  alerts,
  aReport,
  ci,
  failures,
  noon,
  secret,
  signature,
  testGateway,
  token,
} from '../support/gateway.ts';

const ofCi = { path: failures, body: aReport, time: noon };

test('a signed report is accepted, told to the guard as its sender’s, and logged without its content', async () => {
  const gateway = testGateway();
  const { status, json } = await gateway.sign({ body: aReport });
  expect([status, json]).toMatchObject([202, { answer: 'accepted', application: 'production/shop' }]);
  expect(gateway.reported).toMatchObject([
    {
      name: { environment: 'production', application: 'shop' },
      failure: { source: 'ci', reason: 'checkout answers 500', observedAt: '2026-01-31T12:00:00.000Z' },
    },
  ]);
  expect(gateway.log).toEqual([
    { method: 'POST', path: failures, sender: 'ci', status: 202, answer: 'accepted', took: 0 },
  ]);
});

const other = 'another-secret-of-some-length';
const strangers: Record<string, Record<string, string | undefined>> = {
  'no signature': {},
  'a signature of another secret': signature({ ...ofCi, secret: other }),
  'a signature of another body': signature({ ...ofCi, body: '{}' }),
  'a signature for another application': signature({ ...ofCi, path: failures.replace('shop', 'cart') }),
  'an unknown sender': signature({ ...ofCi, by: 'somebody' }),
  'the name of a bearer': signature({ ...ofCi, by: 'alerts', secret: token }),
  'a signature that is none': { 'x-belay-sender': 'ci', 'x-belay-signature': `t=${noon},v1=abc` },
  'a signature and no sender': { ...signature(ofCi), 'x-belay-sender': undefined },
  'a time that is too old': signature({ ...ofCi, time: noon - 301 }),
  'a time that is not yet': signature({ ...ofCi, time: noon + 301 }),
  'the secret of a signer as a token': { authorization: `Bearer ${secret}` },
  'a wrong token': { authorization: `Bearer ${other}` },
};

test.each(Object.entries(strangers))('%s is not let in, and learns nothing', async (_, headers) => {
  const gateway = testGateway();
  const { status, json, headers: answered } = await gateway.ask({ body: aReport, headers });
  expect([status, json.type]).toEqual([401, 'urn:belay:problem:not-authenticated']);
  expect(answered.get('content-type')).toBe('application/problem+json');
  expect(JSON.stringify(json)).not.toMatch(new RegExp(`${secret}|${token}|${other}|shop|somebody`));
  expect(gateway.reported).toEqual([]);
});

test('clocks may differ by five minutes', async () => {
  const gateway = testGateway();
  for (const time of [noon - 300, noon + 300]) {
    const { status } = await gateway.ask({ body: aReport, headers: signature({ ...ofCi, time }) });
    expect(status).toBe(202);
  }
});

test('of two secrets both count, and of two digests one is enough', async () => {
  const gateway = testGateway({ senders: [{ ...ci, secrets: [other, secret] }] });
  const [before, after] = [signature(ofCi), signature({ ...ofCi, secret: other })];
  expect((await gateway.ask({ body: aReport, headers: before })).status).toBe(202);
  expect((await gateway.ask({ body: aReport, headers: after })).status).toBe(202);
  const both = signature({ ...ofCi, time: noon + 1, secret: 'a secret that is long gone' });
  const digest = signature({ ...ofCi, time: noon + 1 })['x-belay-signature']?.split(',')[1];
  const headers = { ...both, 'x-belay-signature': `${both['x-belay-signature']},${digest}` };
  expect((await gateway.ask({ body: aReport, headers })).status).toBe(202);
});

test('the same may be said twice in a second, by a fraction of it', async () => {
  const gateway = testGateway();
  for (const time of [`${noon}.1`, `${noon}.2`]) {
    expect((await gateway.ask({ body: aReport, headers: signature({ ...ofCi, time }) })).status).toBe(202);
  }
});

test('the same request again is refused as replayed, until its time is over, and then for that', async () => {
  const gateway = testGateway();
  const headers = signature(ofCi);
  const again = async () => (await gateway.ask({ body: aReport, headers })).json.type;
  expect((await gateway.ask({ body: aReport, headers })).status).toBe(202);
  expect(await again()).toBe('urn:belay:problem:replayed');
  gateway.now += 299;
  expect(await again()).toBe('urn:belay:problem:replayed');
  gateway.now += 2;
  expect(await again()).toBe('urn:belay:problem:not-authenticated');
  expect(gateway.reported).toHaveLength(1);
});

test('a sender has its rate, is told how long to wait, and takes nothing from another', async () => {
  const gateway = testGateway({ senders: [{ ...ci, rate: { perMinute: 30, burst: 2 } }, alerts] });
  const send = async (key: string) => {
    const { status, headers } = await gateway.sign({ body: JSON.stringify({ reason: 'again', key }) });
    return [status, headers.get('retry-after')];
  };
  expect([await send('a'), await send('b'), await send('c')]).toEqual([
    [202, null],
    [202, null],
    [429, '2'],
  ]);
  const bearer = { authorization: `Bearer ${token}` };
  expect((await gateway.ask({ body: aReport, headers: bearer })).status).toBe(202);
  gateway.now += 2;
  expect(await send('c')).toEqual([202, null]);
});

test('a storm is remembered within bounds: what the rate lets in, for ten minutes', async () => {
  const gateway = testGateway({ senders: [{ ...ci, rate: { perMinute: 60, burst: 10 } }] });
  for (let round = 0; round < 1400; round++) {
    gateway.now += 0.5;
    const time = Math.floor(gateway.now);
    const body = JSON.stringify({ reason: `storm ${round}` });
    await gateway.ask({ body, headers: signature({ path: failures, body, time }) });
  }
  expect(gateway.reported.length).toBeGreaterThan(700);
  expect(gateway.reported.length).toBeLessThanOrEqual(720);
  expect(gateway.remembered()).toBeLessThanOrEqual(611);
});

test('replays do not use up the rate of the sender whose request was overheard', async () => {
  const gateway = testGateway({ senders: [{ ...ci, rate: { perMinute: 1, burst: 2 } }] });
  const headers = signature(ofCi);
  for (let round = 0; round < 10; round++) await gateway.ask({ body: aReport, headers });
  expect((await gateway.sign({ body: JSON.stringify({ reason: 'real' }) })).status).toBe(202);
});

describe('a body', () => {
  const endless = () =>
    new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)) });

  test.each<[string, Ask, number]>([
    ['that says it is too long', { body: aReport, headers: { 'content-length': '262145' } }, 413],
    ['that never ends', { body: endless() }, 413],
    ['in another charset', { body: aReport, headers: { 'content-type': 'application/json; charset=utf-16' } }, 415],
    ['of another type', { body: aReport, headers: { 'content-type': 'text/plain' } }, 415],
    ['of no type', { body: new Uint8Array([123, 125]), headers: { 'content-type': undefined } }, 415],
    ['that is compressed', { body: aReport, headers: { 'content-encoding': 'gzip' } }, 415],
  ])('%s is refused before anything else is looked at', async (_, request, expected) => {
    const gateway = testGateway();
    const { status, json } = await gateway.ask(request);
    expect([status, json.status]).toEqual([expected, expected]);
    expect(gateway.reported).toEqual([]);
  });

  test.each([
    ['is not UTF-8', new Uint8Array([123, 34, 255, 34, 125]), 415],
    ['is not JSON', new TextEncoder().encode('{"reason":'), 400],
    ['is empty', new Uint8Array(), 400],
  ])('that %s is refused', async (_, body, expected) => {
    const gateway = testGateway();
    const { status } = await gateway.ask({ body, headers: { authorization: `Bearer ${token}` } });
    expect(status).toBe(expected);
    expect(gateway.reported).toEqual([]);
  });
});

describe('a sender', () => {
  test.each([
    ['without the right to report', { ...ci, rights: ['read'] as const }, 'needs the right "report"'],
    ['of other applications', { ...ci, applications: ['staging/*'] }, 'must name production/shop'],
    ['of applications that begin alike', { ...ci, applications: ['production/sho'] }, 'must name production/shop'],
    ['of applications that go on', { ...ci, applications: ['*/hop', 'production/*-x'] }, 'must name production/shop'],
  ])('%s is told which right it lacks', async (_, sender, detail) => {
    const gateway = testGateway({ senders: [sender] });
    const { status, json } = await gateway.sign({ body: aReport });
    expect([status, json.detail]).toEqual([403, expect.stringContaining(detail)]);
    expect(gateway.reported).toEqual([]);
  });

  test.each(['*/*', 'production/*', '*/shop', 'prod*/sh*p'])('may report what "%s" names', async (pattern) => {
    const gateway = testGateway({ senders: [{ ...ci, applications: [pattern] }] });
    expect((await gateway.sign({ body: aReport })).status).toBe(202);
  });
});

test('what is not there, or asked for in another way, is said so', async () => {
  const gateway = testGateway({ alertmanager: null });
  expect((await gateway.ask({ path: '/v1/applications', method: 'GET' })).status).toBe(404);
  expect((await gateway.ask({ path: '/v1/alertmanager', body: '{}' })).status).toBe(404);
  const wrong = await gateway.ask({ method: 'PUT', body: aReport });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
});

test('the document of the interface names what is offered, and no secret', async () => {
  const { json } = await testGateway({ cloudevents: null }).ask({ path: '/openapi.json', method: 'GET' });
  expect(Object.keys(json.paths ?? {})).toEqual([
    '/v1/applications/{environment}/{application}/failures',
    '/v1/applications/{environment}/{application}',
    '/v1/alertmanager',
    '/healthz',
    '/readyz',
  ]);
  expect(json.components?.schemas.Failure?.properties).toHaveProperty('observedAt');
  expect(JSON.stringify(json)).not.toMatch(new RegExp(`${secret}|${token}`));
});
