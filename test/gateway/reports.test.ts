import { describe, expect, test } from 'vitest';
import type { ReportAnswer } from '../../src/client/index.ts';
import { alerts, aReport, ci, testGateway, token } from '../support/gateway.ts';

const bearer = { authorization: `Bearer ${token}` };
const ended = (closedAt: Date | null): ReportAnswer => ({
  kind: 'ended',
  outcome: 'kept',
  reason: 'healthy',
  closedAt,
});

test.each<[ReportAnswer, number, object]>([
  [{ kind: 'accepted', why: null }, 202, { answer: 'accepted' }],
  [
    { kind: 'kept', why: 'deadline' },
    202,
    { answer: 'accepted', detail: expect.stringContaining('Temporal keeps it') },
  ],
  [{ kind: 'duplicate', why: 'seen' }, 200, { answer: 'duplicate' }],
  [{ kind: 'ignored', why: 'it names guard a' }, 409, { answer: 'not this deploy', detail: 'it names guard a' }],
  [{ kind: 'noGuard' }, 404, { answer: 'no guard', type: 'urn:belay:problem:no-guard' }],
  [ended(new Date()), 409, { answer: 'ended', outcome: 'kept', detail: 'healthy' }],
])('what the guard answers is what the sender is told: %j', async (answer, status, document) => {
  const gateway = testGateway({ answer: () => answer });
  const told = await gateway.sign({ body: aReport });
  expect([told.status, told.json]).toMatchObject([status, document]);
  expect(gateway.rolledBack).toEqual([]);
});

test('Temporal that does not answer is said to be so, and to be asked again', async () => {
  const gateway = testGateway({
    answer: () => {
      throw new Error('14 UNAVAILABLE: 10.0.0.7 refused');
    },
  });
  const { status, headers, json } = await gateway.sign({ body: aReport });
  expect([status, headers.get('retry-after')]).toEqual([503, '5']);
  expect(JSON.stringify(json)).not.toContain('10.0.0.7');
});

describe('an idempotency key', () => {
  const keyOf = async (body: object, header?: string, by = {}) => {
    const gateway = testGateway();
    const headers = { ...by, ...(header === undefined ? {} : { 'idempotency-key': header }) };
    const text = JSON.stringify({ reason: 'errors', ...body });
    const { status } =
      'authorization' in by ? await gateway.ask({ body: text, headers }) : await gateway.sign({ body: text, headers });
    return gateway.reported[0]?.failure.key ?? status;
  };

  test('may be in the header or in the body, and must be one', async () => {
    expect(await keyOf({ key: 'k' })).toBe(await keyOf({}, 'k'));
    expect(await keyOf({ key: 'k' }, 'k')).toBe(await keyOf({}, 'k'));
    expect(await keyOf({ key: 'k' }, 'other')).toBe(400);
  });

  test('that is left out makes each report one of its own', async () => {
    expect(await keyOf({})).not.toBe(await keyOf({}));
  });

  test('of one sender is not that of another', async () => {
    expect(await keyOf({ key: 'k' })).not.toBe(await keyOf({ key: 'k' }, undefined, bearer));
  });
});

test.each<[object, string]>([
  [{ reason: '' }, 'reason: must not be empty'],
  [{ reason: 5 }, 'reason'],
  [{ reason: 'x'.repeat(2001) }, 'reason: must have at most 2000 characters'],
  [{ observedAt: 'yesterday', reason: 'x' }, 'observedAt: must be a time such as'],
  [{ guardID: 'secret-value', reason: 'x' }, 'guardID'],
  [['reason'], 'expected object'],
])('a body that is wrong names the field and quotes nothing: %j', async (body, detail) => {
  const gateway = testGateway();
  const { status, json } = await gateway.sign({ body: JSON.stringify(body) });
  expect([status, json.detail]).toEqual([400, expect.stringContaining(detail)]);
  expect(JSON.stringify(json)).not.toMatch(/yesterday|secret-value/);
  expect(gateway.reported).toEqual([]);
});

test('a reason is one line that steers no terminal, and is cut', async () => {
  const gateway = testGateway();
  await gateway.sign({ body: JSON.stringify({ reason: `\u001b[2Jgone\r\n\u202ereversed ${'x'.repeat(1000)}\ud800` }) });
  const reason = gateway.reported[0]?.failure.reason ?? '';
  expect(reason).toMatch(/^\[2Jgone reversed x+$/);
  expect(reason.length).toBeLessThanOrEqual(500);
});

describe('with no guard open', () => {
  const may = { ...ci, rights: ['report', 'rollback'] as const, onNoGuard: 'rollback' as const };
  const before = new Date('2026-01-31T11:00:00Z');
  const after = new Date('2026-01-31T13:00:00Z');
  const none: ReportAnswer = { kind: 'noGuard' };
  const ask = async (answer: ReportAnswer, sender: typeof ci, body: object = {}) => {
    const gateway = testGateway({ senders: [sender], answer: () => answer });
    const { status, json } = await gateway.sign({ body: JSON.stringify({ reason: 'errors', ...body }) });
    return [status, json.answer ?? json.type, gateway.rolledBack.length];
  };

  test('a rollback is begun by whoever may and asks for it, by entry or by request', async () => {
    expect(await ask(none, may)).toEqual([202, 'rollback', 1]);
    expect(await ask(ended(before), may)).toEqual([202, 'rollback', 1]);
    expect(await ask(none, { ...may, onNoGuard: 'refuse' }, { onNoGuard: 'rollback' })).toEqual([202, 'rollback', 1]);
  });

  test('nothing is begun when the request says so, a guard is named, or the end came after what was seen', async () => {
    expect(await ask(none, may, { onNoGuard: 'refuse' })).toEqual([404, 'no guard', 0]);
    expect(await ask(none, may, { guardId: 'a' })).toEqual([404, 'no guard', 0]);
    expect(await ask(ended(after), may)).toEqual([409, 'ended', 0]);
    expect(await ask({ kind: 'accepted', why: null }, may)).toEqual([202, 'accepted', 0]);
  });

  test('nothing is begun by a sender without the right, and nothing reported either', async () => {
    expect(await ask(none, ci, { onNoGuard: 'rollback' })).toEqual([403, 'urn:belay:problem:forbidden', 0]);
  });
});

describe('Alertmanager', () => {
  const alert = (application: string | undefined, more: object = {}) => ({
    status: 'firing',
    labels: {
      alertname: 'ErrorRate',
      severity: 'page',
      environment: 'production',
      ...(application ? { application } : {}),
    },
    annotations: { summary: 'many errors' },
    startsAt: '2026-01-31T11:59:00.123456789Z',
    endsAt: '0001-01-01T00:00:00Z',
    fingerprint: 'c0ffee',
    ...more,
  });
  const post = async (list: object[], options: Parameters<typeof testGateway>[0] = {}) => {
    const gateway = testGateway(options);
    const body = JSON.stringify({ version: '4', status: 'firing', receiver: 'belay', alerts: list });
    return { gateway, ...(await gateway.ask({ path: '/v1/alertmanager', body, headers: bearer })) };
  };

  test('each firing alert of a group is reported, with its start and a key that it keeps', async () => {
    const { gateway, status, json } = await post([alert('shop'), alert('cart', { fingerprint: 'beef' })]);
    expect([status, json.answers]).toMatchObject([
      200,
      [{ application: 'production/shop', answer: 'accepted' }, { application: 'production/cart' }],
    ]);
    const [shop, cart] = gateway.reported.map(({ failure }) => failure);
    expect(shop).toMatchObject({ source: 'alerts', reason: 'ErrorRate: many errors', severity: 'page' });
    expect(shop?.observedAt).toBe('2026-01-31T11:59:00.123Z');
    expect(shop?.key).not.toBe(cart?.key);
    const again = await post([alert('shop')]);
    expect(again.gateway.reported[0]?.failure.key).toBe(shop?.key);
  });

  test('a resolved alert reports no failure', async () => {
    const { gateway, status, json } = await post([alert('shop', { status: 'resolved' })]);
    expect([status, json.answers?.[0]?.answer, gateway.reported]).toEqual([200, 'resolved', []]);
  });

  test('one alert that says too little, or is not the sender’s, keeps no other from being reported', async () => {
    const sender = { ...alerts, applications: ['production/shop'] };
    const unlabelled = await post([alert(undefined), alert('shop')], { senders: [sender] });
    expect([unlabelled.status, unlabelled.json.answers?.[0]?.detail]).toEqual([
      422,
      expect.stringContaining('"labels.application"'),
    ]);
    const foreign = await post([alert('cart'), alert('shop'), alert(undefined)], { senders: [sender] });
    expect(foreign.status).toBe(403);
    for (const { gateway } of [unlabelled, foreign]) {
      expect(gateway.reported.map(({ name }) => name.application)).toEqual(['shop']);
    }
  });

  test('is asked to send again when Temporal does not answer', async () => {
    const answer = () => {
      throw new Error('down');
    };
    const { status, headers } = await post([alert('shop'), alert(undefined)], { answer });
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
  });
});

describe('a CloudEvent', () => {
  const event = {
    specversion: '1.0',
    id: '1',
    source: '/monitor',
    type: 'com.example.failed',
    subject: 'production/shop',
    time: '2026-01-31T11:59:30Z',
    data: { why: 'it burns' },
  };
  const path = '/v1/cloudevents';
  const structured = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
  const binary = {
    ...Object.fromEntries(
      Object.entries(event).flatMap(([name, value]) => (typeof value === 'string' ? [[`ce-${name}`, value]] : [])),
    ),
    ...bearer,
  };

  test('is reported the same in both forms', async () => {
    const [one, two] = [testGateway(), testGateway()];
    const first = await one.ask({ path, body: JSON.stringify(event), headers: { ...structured, ...bearer } });
    const second = await two.ask({ path, body: JSON.stringify(event.data), headers: binary });
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(one.reported).toEqual(two.reported);
    expect(one.reported).toMatchObject([
      { name: { application: 'shop' }, failure: { reason: 'it burns', observedAt: '2026-01-31T11:59:30.000Z' } },
    ]);
  });

  test('may be signed in its structured form only: a signature covers no headers', async () => {
    const gateway = testGateway();
    const signed = await gateway.sign({ path, body: JSON.stringify(event), headers: structured });
    const { authorization: _, ...unsigned } = binary;
    const headers = await gateway.sign({ path, body: JSON.stringify(event.data), headers: unsigned });
    expect([signed.status, headers.status]).toEqual([202, 415]);
    expect(gateway.reported).toHaveLength(1);
  });

  test.each([
    ['of another type is ignored', { ...event, type: 'com.example.fine' }, 200],
    ['without the place of its application is refused', { ...event, subject: undefined }, 422],
    ['whose application is no name is refused', { ...event, subject: 'Production/Shop/x' }, 422],
    ['of another version is refused', { ...event, specversion: '0.3' }, 400],
    ['of another application is refused', { ...event, subject: 'staging/shop' }, 403],
  ])('%s', async (_, given, status) => {
    const gateway = testGateway();
    const answer = await gateway.ask({ path, body: JSON.stringify(given), headers: { ...structured, ...bearer } });
    expect([answer.status, gateway.reported]).toEqual([status, []]);
  });
});
