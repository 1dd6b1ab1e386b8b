import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSourceActivities } from '../../activities/watch-sources.ts';
import { createPrometheusMetrics } from '../../src/adapters/prometheus-metrics.ts';
import type { SourceReport, WatchMetricsInput } from '../../src/schema/activities.ts';
import type { MetricRule, ResolvedMetric } from '../../src/schema/detect.ts';
import type { Verdict } from '../../src/schema/verdict.ts';
import { pollUntil } from '../support/poll.ts';
import { findPrometheus, type Prometheus, startPrometheus } from '../support/prometheus.ts';

const program = await findPrometheus();

/** What the application tells; requests and errors only ever grow. */
const app = { requests: 0, errors: 0, latency: 5, isShown: true };
const exporter = createServer((_, response) => {
  app.requests += 10;
  const lines = [`requests_total ${app.requests}`, `errors_total ${app.errors}`, `latency ${app.latency}`];
  response.end(app.isShown ? `${lines.join('\n')}\n` : '');
});

let prometheus: Prometheus;
let metrics: ReturnType<typeof createPrometheusMetrics>;

const absolute: MetricRule = { kind: 'absolute', max: 10, min: null };
const source = (options: Partial<ResolvedMetric> = {}): ResolvedMetric => ({
  kind: 'metric',
  name: 'latency',
  query: 'max(latency)',
  interval: 500,
  window: 0,
  rule: absolute,
  minSamples: 1,
  consecutive: 2,
  noData: 'hold',
  ...options,
});

async function watch(
  known: Verdict,
  options: Partial<ResolvedMetric> = {},
  input: Partial<WatchMetricsInput> = {},
): Promise<SourceReport> {
  const { watchMetrics } = createSourceActivities({
    metrics,
    probe: async () => ({ kind: 'good' }),
  } as unknown as Parameters<typeof createSourceActivities>[0]);
  const since = Date.now();
  const asked = {
    run: {},
    source: source(options),
    known,
    cursor: null,
    since,
    readyAt: since,
    baseline: null,
    ...input,
  };
  return await new MockActivityEnvironment().run(watchMetrics, asked as unknown as WatchMetricsInput);
}

async function current(query: string): Promise<number | undefined> {
  const now = Date.now();
  const samples = await metrics.valuesOf(query, { start: now, end: now, step: 1000 }).catch(() => []);
  return samples[0]?.value;
}

const showing = (what: string, query: string, test: (value: number | undefined) => boolean) =>
  pollUntil(what, () => current(query), test);

describe.skipIf(program === null)('a metric in a real Prometheus', () => {
  beforeAll(async () => {
    await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
    prometheus = await startPrometheus(program ?? '', `127.0.0.1:${(exporter.address() as AddressInfo).port}`);
    metrics = createPrometheusMetrics({ url: prometheus.url });
    await showing('a first value', 'max(latency)', (value) => value === 5);
  });

  afterAll(async () => {
    await metrics?.close();
    await prometheus?.remove();
    await new Promise((resolve) => exporter.close(resolve));
  });

  test('is healthy below its limit, and failing after two values above it', async () => {
    expect(await watch('progressing')).toMatchObject({ verdict: 'healthy' });
    app.latency = 50;
    expect(await watch('healthy')).toMatchObject({ verdict: 'progressing' });
    expect(await watch('progressing')).toMatchObject({
      verdict: 'failing',
      evidence: [{ object: 'latency', reason: 'AboveMaximum', message: '50, 50: must not be above 10' }],
    });
    app.latency = 5;
    await showing('calm', 'max(latency)', (value) => value === 5);
  });

  test('is compared with its mean before the deploy, which is measured once and stays', async () => {
    const rule: MetricRule = { kind: 'relative', atMost: 2, atLeast: null, baselineWindow: 1000, tolerance: 0 };
    const readyAt = Date.now();
    const first = await watch('progressing', { rule }, { readyAt });
    expect(first).toMatchObject({ verdict: 'healthy', baseline: 5 });
    app.latency = 12;
    await showing('more', 'max(latency)', (value) => value === 12);
    const next = await watch('healthy', { rule, consecutive: 1 }, { readyAt, baseline: 5 });
    expect(next).toMatchObject({ verdict: 'failing', baseline: 5 });
    expect(next.evidence[0]?.message).toBe('12: must not be above 10 (5 before the deploy)');
    app.latency = 5;
    await showing('calm', 'max(latency)', (value) => value === 5);
  });

  test('burns an error budget as fast as the share of errors says', async () => {
    const query = 'sum(rate(errors_total[2s])) / sum(rate(requests_total[2s]))';
    const burn = { query, rule: { kind: 'burn', objective: 0.99, maxBurn: 5 } } as const;
    expect(await watch('progressing', burn)).toMatchObject({ verdict: 'healthy' });
    const burning = setInterval(() => {
      app.errors += 10;
    }, 200);
    try {
      expect(await watch('progressing', { ...burn, consecutive: 1 }, { known: 'healthy' })).toMatchObject({
        verdict: 'failing',
        evidence: [{ reason: 'AboveMaximum' }],
      });
    } finally {
      clearInterval(burning);
    }
  });

  test('that is not there is no data, and no other series', async () => {
    expect(await watch('progressing', { query: 'nothing_of_this_name' })).toMatchObject({
      verdict: 'inconclusive',
      evidence: [{ reason: 'NoData' }],
    });
    expect(await watch('progressing', { query: 'nothing_of_this_name', noData: 'fail' })).toMatchObject({
      verdict: 'failing',
    });
    expect(await watch('progressing', { query: '0 / 0 * max(latency)' })).toMatchObject({ verdict: 'inconclusive' });
  });

  test('that goes away while it is watched is no data', async () => {
    expect(await watch('progressing')).toMatchObject({ verdict: 'healthy' });
    app.isShown = false;
    await showing('nothing', 'max(latency)', (value) => value === undefined);
    expect(await watch('healthy')).toMatchObject({ verdict: 'inconclusive', evidence: [{ reason: 'NoData' }] });
    app.isShown = true;
    await showing('something', 'max(latency)', (value) => value === 5);
  });

  test('cannot be judged by a query that is wrong, or that answers many series, and it is said', async () => {
    const wrong = await watch('progressing', { query: 'max(' });
    expect(wrong).toMatchObject({ verdict: 'inconclusive', evidence: [{ reason: 'CannotBeAsked' }] });
    expect(wrong.evidence[0]?.message).toMatch(/^the query is refused: .*parse error/);
    const many = await watch('progressing', { query: '{__name__=~"latency|up"}' });
    expect(many.evidence[0]?.message).toBe('the query answers 2 series; aggregate them to one, as with sum()');
  });

  test('is inconclusive while the provider is stopped, and judged again when it is back', async () => {
    await prometheus.stop();
    expect(await watch('healthy')).toMatchObject({
      verdict: 'inconclusive',
      evidence: [{ reason: 'ProviderUnavailable', message: 'the provider of metrics does not answer: ECONNREFUSED' }],
    });
    const back = watch('inconclusive');
    await prometheus.start();
    expect(await back).toMatchObject({ verdict: expect.stringMatching(/progressing|healthy/) });
    expect(await watch('progressing')).toMatchObject({ verdict: 'healthy' });
  });
});
