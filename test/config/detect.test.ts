import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadGuardFile } from '../../src/config.ts';
import { resolveSources } from '../../src/domain/resolve-sources.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-detect-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const start = `application: shop
environment: production
targets: [{ cluster: eu, namespace: shop, scope: { selector: app=shop } }]
`;

async function load(rest: string) {
  const path = join(folder, 'guard.yaml');
  await writeFile(path, start + rest);
  return (await loadGuardFile(path, { shown: 'guard.yaml' })).spec;
}

const sources = async (...lines: string[]) =>
  resolveSources((await load(`detect:\n${lines.map((line) => `  - ${line}\n`).join('')}`)).detect ?? [], []);

it('a metric is resolved with every default, and its window is put into the query', async () => {
  expect(await sources('{ name: errors, metric: { query: "rate(e[$window])", max: 0.02, window: 2m } }')).toEqual([
    {
      kind: 'metric',
      name: 'errors',
      query: 'rate(e[2m])',
      interval: 10_000,
      window: 120_000,
      rule: { kind: 'absolute', max: 0.02, min: null },
      minSamples: 1,
      consecutive: 3,
      noData: 'hold',
    },
  ]);
});

it('each rule of a metric is resolved to its kind', async () => {
  const found = await sources(
    '{ name: a, metric: { query: q, min: 1, max: 2 } }',
    '{ name: b, metric: { query: q, atMost: 1.2, tolerance: 0.5 } }',
    '{ name: c, metric: { query: q, objective: 0.999, maxBurn: 14.4 } }',
  );
  expect(found.map((source) => source.kind === 'metric' && source.rule)).toEqual([
    { kind: 'absolute', min: 1, max: 2 },
    { kind: 'relative', atMost: 1.2, atLeast: null, baselineWindow: 600_000, tolerance: 0.5 },
    { kind: 'burn', objective: 0.999, maxBurn: 14.4 },
  ]);
});

it('each kind of probe is resolved with every default', async () => {
  const found = await sources(
    '{ name: front, probe: { http: { url: "https://shop.example", maxLatency: 800ms } } }',
    '{ name: db, probe: { tcp: { address: "db.shop:5432" }, interval: 1s, timeout: 500ms, consecutive: 5 } }',
    '{ name: cart, probe: { grpc: { address: "cart:9000" } } }',
  );
  expect(found).toMatchObject([
    { kind: 'probe', check: { kind: 'http', maxLatency: 800, followRedirects: false }, timeout: 5000, consecutive: 3 },
    { name: 'db', check: { kind: 'tcp' }, interval: 1000, timeout: 500, consecutive: 5 },
    { name: 'cart', check: { kind: 'grpc', service: '', tls: true } },
  ]);
});

it('the rule of the group may be a number of targets', async () => {
  expect((await load('verdict: all\n')).verdict).toBe('all');
  expect((await load('verdict: { quorum: 1 }\n')).verdict).toEqual({ quorum: 1 });
});

const metric = (rest: string) => `detect:\n  - { name: errors, metric: { query: q, ${rest} } }\n`;
const probe = (rest: string) => `detect:\n  - { name: front, probe: { ${rest} } }\n`;
const noRule = 'must have one rule: "max" and/or "min", "atMost" and/or "atLeast", or "objective" with "maxBurn"';

describe('refused, with place, field and fix, is', () => {
  it.each([
    [
      'a metric without a rule',
      metric('interval: 5s'),
      `guard.yaml:5:29 detect[0].metric: this is not allowed; ${noRule}`,
    ],
    ['a metric with two rules', metric('max: 1, atMost: 2'), noRule],
    ['a metric with three rules', metric('max: 1, atMost: 2, objective: 0.9, maxBurn: 1'), noRule],
    ['a budget without its rate', metric('objective: 0.9'), 'give "objective" and "maxBurn" together'],
    [
      'an objective of one',
      metric('objective: 1, maxBurn: 2'),
      'detect[0].metric.objective: 1 is not allowed; must be less than 1',
    ],
    [
      'a window before the deploy for a fixed limit',
      metric('max: 1, baselineWindow: 5m'),
      'without "atMost" or "atLeast": remove it',
    ],
    [
      'looking all the time',
      metric('max: 1, interval: 100ms'),
      'detect[0].metric.interval: "100ms" is not allowed; must be at least "500ms"',
    ],
    ['never waiting', metric('max: 1, interval: 0s'), 'must be at least "500ms"'],
    ['a probe of nothing', probe('interval: 5s'), 'must have exactly one of "http", "tcp" and "grpc"'],
    ['a password in an address', probe('http: { url: "https://me:pw@shop" }'), 'must not carry a name or password'],
    ['an address of another kind', probe('tcp: { address: "http://db:1" }'), 'must be "host:port"'],
    ['a pattern that is none', probe('http: { url: "http://a", matches: "(" }'), 'must be a regular expression'],
    ['a source of nothing', 'detect:\n  - { name: errors }\n', 'must have exactly one of "metric", "probe" and "job"'],
    [
      'a name twice',
      'detect:\n  - &a { name: a, probe: { tcp: { address: "a:1" } } }\n  - *a\n',
      'must name each source once',
    ],
    ['a key that is none', metric('max: 1, maximum: 2'), 'detect[0].metric.maximum: unknown key'],
    [
      'a rule of the group that is none',
      'verdict: most\n',
      'guard.yaml:4:10 verdict: "most" is not allowed; must be "any", "all" or { quorum: <number of targets> }',
    ],
    [
      'more targets than there are',
      'verdict: { quorum: 2 }\n',
      'guard.yaml:4:20 verdict.quorum: 2 is not allowed; must not be more than there are targets',
    ],
  ])('%s', async (_, rest, message) => await expect(load(rest)).rejects.toThrow(message));
});
