import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSourceActivities } from '../../activities/watch-sources.ts';
import { createPrometheusMetrics } from '../../src/adapters/prometheus-metrics.ts';
import type { SourceReport, WatchMetricsInput } from '../../src/schema/activities.ts';
import type { MetricRule, ResolvedMetric } from '../../src/schema/detect.ts';
import type { Verdict } from '../../src/schema/verdict.ts';
import { pollUntil } from '../support/poll.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';

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

/** Asks on with each answer, as the workflow does, until it is the verdict that is waited for. */
async function watchUntil(
  verdict: Verdict,
  options: Partial<ResolvedMetric> = {},
  input: Partial<WatchMetricsInput> = {},
): Promise<SourceReport> {
  const since = Date.now();
  let report: SourceReport = { verdict: 'progressing', evidence: [], cursor: '' };
  for (let asked = 0; asked < 20; asked++) {
    const baseline = report.baseline ?? null;
    report = await watch(report.verdict, options, { since, readyAt: since, baseline, ...input });
    if (report.verdict === verdict) return report;
  }
  throw new Error(`never ${verdict}; last seen: ${JSON.stringify(report)}`);
}

async function current(query: string): Promise<number | undefined> {
  const now = Date.now();
  const samples = await metrics.valuesOf(query, { start: now, end: now, step: 1000 }).catch(() => []);
  return samples[0]?.value;
}

const showing = (what: string, query: string, test: (value: number | undefined) => boolean) =>
  pollUntil(what, () => current(query), test);

describe('a metric in a real Prometheus', () => {
  beforeAll(async () => {
    await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
    prometheus = await startPrometheus(`127.0.0.1:${(exporter.address() as AddressInfo).port}`);
    metrics = createPrometheusMetrics({ url: prometheus.url });
    await showing('a first value', 'max(latency)', (value) => value === 5);
  });

  afterAll(async () => {
    await metrics?.close();
    await prometheus?.remove();
    await new Promise((resolve) => exporter.close(resolve));
  });

  afterEach(async () => {
    Object.assign(app, { latency: 5, isShown: true });
    await showing('calm for a while', 'max(max_over_time(latency[1s]))', (value) => value === 5);
  });

  test('is healthy below its limit, and failing after two values above it', async () => {
    const since = Date.now();
    expect(await watch('progressing', {}, { since })).toMatchObject({ verdict: 'healthy' });
    app.latency = 50;
    expect(await watch('healthy', {}, { since })).toMatchObject({ verdict: 'progressing' });
    expect(await watch('progressing', {}, { since })).toMatchObject({
      verdict: 'failing',
      evidence: [{ object: 'latency', reason: 'AboveMaximum', message: '50, 50: must not be above 10' }],
    });
  });

  test('is compared with its mean before the deploy, which is measured once and stays', async () => {
    const rule: MetricRule = { kind: 'relative', atMost: 2, atLeast: null, baselineWindow: 500, tolerance: 0 };
    const { baseline } = await watchUntil('healthy', { rule });
    expect(baseline).toBe(5);
    app.latency = 12;
    // What was before "ready" is another thing by now; it is not asked for again.
    await showing('more', 'max(latency)', (value) => value === 12);
    const next = await watchUntil('failing', { rule }, { baseline: 5, readyAt: Date.now() + 60_000 });
    expect(next.baseline).toBe(5);
    expect(next.evidence[0]?.message).toBe('12, 12: must not be above 10 (5 before the deploy)');
  });

  test('burns an error budget as fast as the share of errors says', async () => {
    const query = 'sum(rate(errors_total[3s])) / sum(rate(requests_total[3s]))';
    const burn = { query, rule: { kind: 'burn', objective: 0.99, maxBurn: 5 } } as const;
    await watchUntil('healthy', burn);
    const burning = setInterval(() => {
      app.errors += 10;
    }, 100);
    try {
      const { evidence } = await watchUntil('failing', burn);
      expect(evidence[0]?.message).toMatch(/must not be above 0.05 \(5 times the budget of objective 0.99\)$/);
    } finally {
      clearInterval(burning);
    }
  });

  test('that is not there, or no number, is no data', async () => {
    for (const query of ['nothing_of_this_name', '0 / 0 * max(latency)']) {
      const { evidence } = await watchUntil('inconclusive', { query });
      expect(evidence).toMatchObject([{ reason: 'NoData' }]);
    }
    await watchUntil('failing', { query: 'nothing_of_this_name', noData: 'fail' });
    await watchUntil('healthy', { query: 'nothing_of_this_name', noData: 'pass' });
  });

  test('that goes away while it is watched is no data', async () => {
    const since = Date.now();
    await watchUntil('healthy', {}, { since });
    app.isShown = false;
    expect(await watchUntil('inconclusive', {}, { since })).toMatchObject({ evidence: [{ reason: 'NoData' }] });
  });

  test('cannot be judged by a query that is wrong, or that answers many series, and it is said', async () => {
    const wrong = await watchUntil('inconclusive', { query: 'max(' });
    expect(wrong.evidence[0]).toMatchObject({ reason: 'CannotBeAsked' });
    expect(wrong.evidence[0]?.message).toMatch(/^the query is refused: .*parse error/);
    const many = await watchUntil('inconclusive', { query: '{__name__=~"requests_total|up"}' });
    expect(many.evidence[0]?.message).toBe('the query answers 2 series; aggregate them to one, as with sum()');
  });

  test('is inconclusive while the provider is stopped, and judged again when it is back', async () => {
    const since = Date.now();
    await watchUntil('healthy', {}, { since });
    await prometheus.stop();
    const { evidence } = await watchUntil('inconclusive', {}, { since });
    expect(evidence[0]).toMatchObject({ reason: 'ProviderUnavailable' });
    expect(evidence[0]?.message).toMatch(/^the provider of metrics does not answer: /);
    const back = watchUntil('healthy', {}, { since });
    await prometheus.start();
    await back;
  });
});
