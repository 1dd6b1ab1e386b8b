import type {
  JobSpec,
  MetricRule,
  MetricSpec,
  ProbeCheck,
  ProbeSpec,
  ResolvedSource,
  SourceSpec,
} from '../schema/detect.ts';
import type { ResolvedTarget } from '../schema/resolved-request.ts';
import type { Duration } from '../schema/words.ts';
import { milliseconds } from './durations.ts';

const sourceDefaults = {
  interval: '10s',
  window: '1m',
  baselineWindow: '10m',
  tolerance: 0,
  minSamples: 1,
  consecutive: 3,
  noData: 'hold',
  timeout: '5s',
  jobTimeout: '2m',
} as const;

/** Sources with every default filled in. `targets`: the guard's. */
export function resolveSources(sources: readonly SourceSpec[], targets: readonly ResolvedTarget[]): ResolvedSource[] {
  return sources.flatMap(({ name, metric, probe, job }): ResolvedSource[] => [
    ...(metric ? [resolveMetric(name, metric)] : []),
    ...(probe ? [resolveProbe(name, probe)] : []),
    ...(job ? [resolveJob(name, job, targets)] : []),
  ]);
}

type TimeSetting = 'interval' | 'window' | 'baselineWindow' | 'timeout' | 'jobTimeout';

function time(given: Duration | undefined, setting: TimeSetting): number {
  return milliseconds(given ?? sourceDefaults[setting]);
}

function resolveMetric(name: string, spec: MetricSpec): ResolvedSource {
  return {
    kind: 'metric',
    name,
    query: spec.query.replaceAll('$window', spec.window ?? sourceDefaults.window),
    interval: time(spec.interval, 'interval'),
    window: time(spec.window, 'window'),
    rule: ruleOf(spec),
    minSamples: spec.minSamples ?? sourceDefaults.minSamples,
    consecutive: spec.consecutive ?? sourceDefaults.consecutive,
    noData: spec.noData ?? sourceDefaults.noData,
  };
}

function ruleOf(spec: MetricSpec): MetricRule {
  const { max = null, min = null, atMost = null, atLeast = null, objective, maxBurn } = spec;
  if (objective !== undefined && maxBurn !== undefined) return { kind: 'burn', objective, maxBurn };
  if (max !== null || min !== null) return { kind: 'absolute', max, min };
  const baselineWindow = time(spec.baselineWindow, 'baselineWindow');
  return { kind: 'relative', atMost, atLeast, baselineWindow, tolerance: spec.tolerance ?? sourceDefaults.tolerance };
}

function resolveProbe(name: string, spec: ProbeSpec): ResolvedSource {
  return {
    kind: 'probe',
    name,
    check: checkOf(spec),
    interval: time(spec.interval, 'interval'),
    timeout: time(spec.timeout, 'timeout'),
    consecutive: spec.consecutive ?? sourceDefaults.consecutive,
  };
}

function checkOf({ http, tcp, grpc }: ProbeSpec): ProbeCheck {
  if (tcp) return { kind: 'tcp', address: tcp.address };
  if (grpc) return { kind: 'grpc', address: grpc.address, service: grpc.service ?? '', tls: grpc.tls ?? true };
  if (!http) throw new Error('a probe is one of three kinds');
  const { url, status = null, contains = null, matches = null, minCertificateDays = null } = http;
  const maxLatency = http.maxLatency === undefined ? null : milliseconds(http.maxLatency);
  const followRedirects = http.followRedirects ?? false;
  return { kind: 'http', url, status, contains, matches, maxLatency, minCertificateDays, followRedirects };
}

function resolveJob(name: string, { cluster, namespace, timeout, spec }: JobSpec, targets: readonly ResolvedTarget[]) {
  const target = targets.find(
    (one) => one.cluster === (cluster ?? one.cluster) && one.namespace === (namespace ?? one.namespace),
  );
  if (!target) throw new Error('a Job runs in one of the targets');
  return { kind: 'job', name, target: target.id, timeout: time(timeout, 'jobTimeout'), spec } as const;
}
