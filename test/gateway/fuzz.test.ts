import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alerts, ci, failures, noon, signature, testGateway, token } from '../support/gateway.ts';

/** Milliseconds; `BELAY_FUZZ=60000` for longer. */
const time = Number(process.env.BELAY_FUZZ ?? 2000);

const fast = { perMinute: 6000, burst: 1_000_000 };
const senders = [
  { ...ci, rate: fast },
  { ...alerts, rate: fast },
];

const word = fc.constantFrom('reason', 'key', 'observedAt', 'alerts', 'labels', 'status', 'type', '__proto__', 'data');
const value: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.string({ unit: 'binary' }),
    fc.constantFrom('firing', '1.0', '4', 'com.example.failed', 'production/shop', '2026-01-31T10:00:00Z'),
    fc.double(),
    fc.constantFrom(null, true),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(word, fc.string()), tie('node'), { maxKeys: 5 }),
  ),
})).node;

const alert = fc.record(
  {
    status: fc.oneof(fc.constantFrom('firing', 'resolved'), value),
    labels: fc.oneof(fc.dictionary(fc.constantFrom('environment', 'application', 'alertname'), fc.string()), value),
    startsAt: fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      value,
    ),
    fingerprint: fc.oneof(fc.string(), value),
  },
  { requiredKeys: [] },
);
const document = fc.oneof(
  value,
  fc.record(
    { reason: fc.oneof(fc.string({ unit: 'binary' }), value), key: value, observedAt: value },
    { requiredKeys: [] },
  ),
  fc.record({ version: fc.constant('4'), alerts: fc.array(alert, { maxLength: 4 }) }),
  fc.record({
    specversion: fc.constant('1.0'),
    id: fc.string(),
    source: fc.string(),
    type: value,
    subject: value,
    time: value,
  }),
);
const body = fc.oneof(
  { weight: 5, arbitrary: document.map((one) => new TextEncoder().encode(JSON.stringify(one) ?? '')) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2000 }) },
);
const path = fc.oneof(
  fc.constantFrom(failures, '/v1/alertmanager', '/v1/cloudevents', '/openapi.json', '/readyz'),
  fc.webPath().map((part) => `/v1/applications/production${part}/failures`),
  fc.webPath().map((part) => `/v1${part}`),
);
const header = fc.string({ unit: fc.constantFrom(...'abct=,;/ %1"\u00e9.-v') }).map((text) => text.trim());
const headers = fc.record(
  {
    'content-type': fc.oneof(fc.constantFrom('application/json', 'application/cloudevents+json'), header),
    'content-length': header,
    'idempotency-key': header,
    'x-belay-signature': header,
    'x-belay-sender': header,
    'ce-specversion': fc.constant('1.0'),
    'ce-type': header,
    'content-encoding': header,
  },
  { requiredKeys: ['content-type'] },
);

test(
  'whatever is sent, the answer is a document and never "internal", and nothing but well-formed reports goes on',
  async () => {
    const gateway = testGateway({ senders });
    const method = fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE');
    const who = fc.constantFrom('bearer', 'signed', 'nobody');
    let nth = 0;
    await fc.assert(
      fc.asyncProperty(path, method, headers, body, who, async (to, how, given, bytes, by) => {
        nth += 1;
        const text = Buffer.from(bytes).toString();
        const at = `${noon}.${nth}`;
        const known = {
          bearer: { authorization: `Bearer ${token}` },
          signed: signature({ path: new URL(to, 'http://gateway').pathname, body: text, time: at }),
          nobody: {},
        }[by];
        const sent = how === 'GET' ? {} : { body: new Uint8Array(bytes) };
        const answer = await gateway.ask({ path: to, method: how, headers: { ...given, ...known }, ...sent });
        expect(answer.status).not.toBe(500);
        expect(answer.json).toBeTypeOf('object');
      }),
      { numRuns: 1_000_000, interruptAfterTimeLimit: time, markInterruptAsFailure: false },
    );
    expect(gateway.errors).toEqual([]);
    for (const { name, failure } of gateway.reported) {
      expect(name.environment).toBe('production');
      expect(name.application).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      expect(failure.reason).not.toMatch(/\p{Cc}/u);
      expect(failure.observedAt).toMatch(/^[-+\d]+-\d\d-\d\dT[\d:.]+Z$/);
    }
    expect(new Set(gateway.log.map(({ status }) => status)).size).toBeGreaterThan(4);
  },
  time + 30_000,
);
