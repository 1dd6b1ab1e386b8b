import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';

let cwd = '';

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'belay-metrics-'));
});

afterEach(() => rm(cwd, { recursive: true, force: true }));

async function load(prometheus: string, env: Record<string, string> = {}) {
  await writeFile(join(cwd, 'belay.yaml'), `metrics:\n  prometheus: ${prometheus}\n`);
  return await loadConfig({ env, cwd });
}

it('a provider of metrics has paths relative to the file, and may come from the environment', async () => {
  const { metrics } = await load('{ url: "https://prometheus.example/team", bearerTokenFile: token, ca: ca.pem }');
  expect(metrics.prometheus).toEqual({
    url: 'https://prometheus.example/team',
    bearerTokenFile: join(cwd, 'token'),
    ca: join(cwd, 'ca.pem'),
  });
  const env = { BELAY_PROMETHEUS_URL: 'http://127.0.0.1:9090', BELAY_PROMETHEUS_TOKEN: 'secret' };
  expect((await loadConfig({ env, cwd: tmpdir() })).metrics.prometheus).toEqual({
    url: 'http://127.0.0.1:9090',
    bearerToken: 'secret',
  });
});

it('is asked without encryption on this machine, or where that is allowed', async () => {
  for (const url of ['http://localhost:9090', 'http://[::1]:9090', 'http://127.0.0.1'])
    await expect(load(`{ url: "${url}" }`)).resolves.toBeDefined();
  await expect(load('{ url: "http://prometheus.monitoring", plaintext: allow }')).resolves.toBeDefined();
});

describe('refused, with place, field and fix, is', () => {
  it.each([
    [
      'a connection without encryption to another machine',
      '{ url: "http://prometheus.monitoring:9090" }',
      'belay.yaml:2:22 metrics.prometheus.url: prometheus.monitoring is not this machine and the connection would not be encrypted; use "https://", or "plaintext: allow" if the network is trusted',
    ],
    [
      'a password in the address',
      '{ url: "https://me:hunter2@prometheus.example" }',
      'must not carry a name or password; use "bearerToken"',
    ],
    [
      'a token twice',
      '{ url: "https://prometheus.example", bearerToken: a, bearerTokenFile: b }',
      'give "bearerToken" or "bearerTokenFile", not both',
    ],
    ['a token that is no text', '{ url: "https://p.example", bearerToken: 12345 }', 'is not allowed; must be text'],
  ])('%s', async (_, prometheus, message) => await expect(load(prometheus)).rejects.toThrow(message));

  it('and the password or token is not quoted', async () => {
    const said = async (prometheus: string) => await load(prometheus).catch((error: Error) => error.message);
    expect(await said('{ url: "https://p.example", bearerToken: 12345 }')).not.toContain('12345');
    expect(await said('{ url: "https://me:hunter2@prometheus.example" }')).not.toContain('hunter2');
  });
});
