import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { createSourceActivities } from '../../activities/watch-sources.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { PortError } from '../../src/ports/port-error.ts';
import type { ProbeAnswer } from '../../src/ports/probe.ts';
import type { SourceReport, WatchMetricsInput, WatchSourceInput } from '../../src/schema/activities.ts';
import type { ResolvedProbe } from '../../src/schema/detect.ts';
import type { Verdict } from '../../src/schema/verdict.ts';

type Deps = Parameters<typeof createSourceActivities>[0];

afterEach(() => {
  vi.useRealTimers();
});

const often = { interval: 500, consecutive: 3 };

function watchMetrics(metrics: Metrics, known: Verdict): Promise<SourceReport> {
  const { watchMetrics: watch } = createSourceActivities({ metrics } as unknown as Deps);
  const rule = { kind: 'absolute', max: 10, min: null };
  const source = {
    kind: 'metric',
    name: 'errors',
    query: 'q',
    window: 0,
    rule,
    minSamples: 1,
    noData: 'hold',
    ...often,
  };
  const since = Date.now();
  const input = { run: {}, source, known, cursor: null, since, readyAt: since, baseline: null };
  return new MockActivityEnvironment().run(watch, input as unknown as WatchMetricsInput);
}

const unavailable = () => new PortError('unavailable', 'the provider of metrics does not answer: ECONNRESET');

test('one request without an answer, long after the last one, is not yet silence', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const steps = [5, null, 50];
  const metrics: Metrics = {
    valuesOf: async (_, { start, end }) => {
      const value = steps.shift();
      if (value === null || value === undefined) throw unavailable();
      // In the pause before the next look, as long as a usual one.
      if (steps.length === 2) setTimeout(() => vi.advanceTimersByTime(10_000), 100);
      return [{ at: start === end ? start : end, value }];
    },
  };
  expect(await watchMetrics(metrics, 'healthy')).toMatchObject({ verdict: 'progressing' });
  expect(steps).toEqual([]);
});

test('a provider that goes on not answering is silent after five seconds', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  let asked = 0;
  const metrics: Metrics = {
    valuesOf: async () => {
      asked += 1;
      vi.advanceTimersByTime(2000);
      throw unavailable();
    },
  };
  const report = await watchMetrics(metrics, 'healthy');
  expect(report).toMatchObject({ verdict: 'inconclusive', evidence: [{ reason: 'ProviderUnavailable' }] });
  expect(asked).toBe(3);
});

test('a row of bad answers goes on behind the report of its first, one look per interval', async () => {
  const bad: ProbeAnswer = { kind: 'bad', reason: 'WrongStatus', message: 'answered 503' };
  const answers: ProbeAnswer[] = [{ kind: 'good' }, bad, bad, bad];
  const times: number[] = [];
  const probe = async () => {
    times.push(performance.now());
    return answers.shift() ?? bad;
  };
  const { watchProbe } = createSourceActivities({ probe } as unknown as Deps);
  const source = { kind: 'probe', name: 'front', check: { kind: 'tcp', address: 'a:1' }, timeout: 500, ...often };
  const seen: string[] = [];
  let cursor: string | null = null;
  for (let known: Verdict = 'progressing'; known !== 'failing' && seen.length < 5; ) {
    const input = { run: {}, source, known, cursor, since: 0 } as unknown as WatchSourceInput<ResolvedProbe>;
    const report: SourceReport = await new MockActivityEnvironment().run(watchProbe, input);
    known = report.verdict;
    cursor = report.cursor;
    seen.push(known);
  }
  expect(seen).toEqual(['healthy', 'progressing', 'failing']);
  expect(times).toHaveLength(4);
  for (const [index, time] of times.slice(1).entries()) expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(490);
});
