import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLoopback, loadConfig, temporalConnectionOptions } from '../../src/config.ts';

let cwd = '';

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'belay-config-'));
});

afterEach(() => rm(cwd, { recursive: true, force: true }));

async function load(text: string | undefined, env: Record<string, string> = {}) {
  if (text !== undefined) await writeFile(join(cwd, 'belay.yaml'), text);
  return loadConfig({ env, cwd });
}

async function problem(text: string | undefined, env: Record<string, string> = {}): Promise<string> {
  return load(text, env).then(
    () => 'none',
    (error: Error) => error.message,
  );
}

describe('configuration', () => {
  it('needs no file', async () => {
    expect(await load(undefined)).toEqual({
      file: null,
      temporal: { address: '127.0.0.1:7233', namespace: 'default' },
      store: `file:${cwd}/.belay/store`,
      encryption: { keyFile: `${cwd}/.belay/key` },
      clusters: {},
      metrics: {},
      probes: {},
    });
  });

  it('may be empty', async () => {
    expect(await load('')).toMatchObject({ temporal: { namespace: 'default' } });
  });

  it('takes paths relative to the file, and to the working folder when they come from the environment', async () => {
    const config = await load('store: file:data\nclusters: { eu: { kubeconfig: eu.yaml, qps: 50 } }\n', {
      BELAY_KEY_FILE: '../keys/one',
      BELAY_CLUSTER_AP_SOUTH_KUBECONFIG: 'ap.yaml',
      BELAY_CLUSTER_EU_BURST: '100',
      BELAY_CLUSTER_EU_WORKSPACE: 'root:org:team',
      BELAY_CLUSTER_EU_EXEC_ALLOW_LIST: 'aws, gke-gcloud-auth-plugin',
    });
    expect(config.store).toBe(`file:${cwd}/data`);
    expect(config.encryption.keyFile).toBe(join(cwd, '../keys/one'));
    expect(config.clusters).toEqual({
      eu: {
        kubeconfig: `${cwd}/eu.yaml`,
        qps: 50,
        burst: 100,
        workspace: 'root:org:team',
        execAllowList: ['aws', 'gke-gcloud-auth-plugin'],
      },
      'ap-south': { kubeconfig: `${cwd}/ap.yaml` },
    });
  });

  it('lets the environment win, our own variable over Temporal’s', async () => {
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:1', BELAY_TEMPORAL_ADDRESS: '127.0.0.1:2', TEMPORAL_NAMESPACE: 'env' };
    const { temporal } = await load('temporal: { address: "127.0.0.1:3", namespace: file }\n', env);
    expect(temporal).toEqual({ address: '127.0.0.1:2', namespace: 'env' });
  });

  it('keeps keys out of the file', async () => {
    expect(await problem('encryption:\n  keys: [a]\n')).toBe(
      'belay.yaml:2:3 encryption.keys: unknown key; set BELAY_ENCRYPTION_KEYS instead: keys do not belong in this file',
    );
    expect((await load('', { BELAY_ENCRYPTION_KEYS: 'k:abc' })).encryption.keys).toBe('k:abc');
  });

  it('is found by BELAY_CONFIG, and a named file must exist', async () => {
    await writeFile(join(cwd, 'other.yaml'), 'temporal: { namespace: other }\n');
    expect((await load(undefined, { BELAY_CONFIG: 'other.yaml' })).temporal.namespace).toBe('other');
    const missing = loadConfig({ file: 'nope.yaml', env: {}, cwd });
    await expect(missing).rejects.toThrow('nope.yaml: does not exist; check the path');
  });

  it.each([
    ['temporal:\n  adress: x:1\n', 'belay.yaml:2:3 temporal.adress: unknown key; did you mean "address"?'],
    [
      'temporal:\n  address: http://x\n',
      'belay.yaml:2:12 temporal.address: "http://x" is not allowed; must be "host:port", without "http://"',
    ],
    ['temporal: 5\n', 'belay.yaml:1:11 temporal: is number 5; must be a map of keys'],
    ['store: s3://bucket\n', 'belay.yaml:1:8 store: "s3://bucket" is not allowed; must be "file:<path>"'],
    ['clusters:\n  eu: {}\n', 'belay.yaml:2:7 clusters.eu.kubeconfig: is missing; add it'],
    [
      'clusters:\n  eu: { kubeconfig: x, kontext: y }\n',
      'belay.yaml:2:24 clusters.eu.kontext: unknown key; did you mean "context"?',
    ],
    ...[':root:org', 'root:Org', 'root::org', '*', 'root/org'].map((workspace) => [
      `clusters:\n  eu: { kubeconfig: x, workspace: "${workspace}" }\n`,
      `belay.yaml:2:35 clusters.eu.workspace: "${workspace}" is not allowed; must be a kcp workspace such as "root:org:team", or the name of a logical cluster`,
    ]),
    [
      'clusters:\n  eu: { kubeconfig: x, taskQueue: eu }\n',
      'belay.yaml:2:35 clusters.eu.taskQueue: a queue per cluster needs a store that all workers share, and "file:" is not; remove "taskQueue"',
    ],
    ['- a\n', 'belay.yaml:1:1: is a list; must be a map of keys'],
  ])('with a mistake is refused by place, field and fix: %j', async (text, expected) => {
    expect(await problem(text)).toBe(expected);
  });

  it('names the variable when the mistake is in the environment', async () => {
    expect(await problem(undefined, { BELAY_TEMPORAL_TLS: 'maybe' })).toBe(
      'environment variable BELAY_TEMPORAL_TLS temporal.tls: "maybe" is not allowed; must be true, false or a map of ca, clientCert, clientKey, serverName',
    );
    expect(await problem(undefined, { BELAY_CLUSTER_EU_KUBECONFIG: 'x', BELAY_CLUSTER_EU_QPS: 'fast' })).toBe(
      'environment variable BELAY_CLUSTER_EU_QPS clusters.eu.qps: is text ("fast"); must be a number',
    );
  });

  it('never quotes an API key', async () => {
    expect(await problem('temporal: { apiKey: 12345 }\n')).not.toContain('12345');
  });
});

describe('a connection to another machine', () => {
  const remote = { BELAY_TEMPORAL_ADDRESS: 'temporal.example:7233' };

  it('must be encrypted', async () => {
    expect(await problem(undefined, remote)).toBe(
      'environment variable BELAY_TEMPORAL_ADDRESS temporal.address: temporal.example:7233 is not this machine and the connection would not be encrypted; set temporal.tls or temporal.apiKey, or "plaintext: allow" if the network is trusted',
    );
    expect(await problem(undefined, { ...remote, BELAY_TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: 'k' })).toMatch(
      'would not be encrypted',
    );
  });

  it.each([
    { BELAY_TEMPORAL_TLS: 'true' },
    { TEMPORAL_API_KEY: 'k' },
    { BELAY_TEMPORAL_PLAINTEXT: 'allow' },
    { BELAY_TEMPORAL_TLS_CA: 'ca.pem' },
  ])('is taken with %j', async (env) => {
    expect(await problem(undefined, { ...remote, ...env } as Record<string, string>)).toBe('none');
  });

  it('turns TLS on with an API key, and hands certificates over', async () => {
    const byKey = await load(undefined, { ...remote, TEMPORAL_API_KEY: 'k' });
    expect(await temporalConnectionOptions(byKey.temporal)).toEqual({
      address: 'temporal.example:7233',
      tls: true,
      apiKey: 'k',
    });
    await writeFile(join(cwd, 'ca.pem'), 'PEM');
    const byCa = await load(undefined, { ...remote, BELAY_TEMPORAL_TLS: 'true', BELAY_TEMPORAL_TLS_CA: 'ca.pem' });
    const options = await temporalConnectionOptions(byCa.temporal);
    expect(options.tls).toEqual({ serverRootCACertificate: Buffer.from('PEM') });
  });
});

it.each([
  ['localhost:7233', true],
  ['127.1.2.3:7233', true],
  ['[::1]:7233', true],
  ['127.0.0.1.evil.example:7233', false],
  ['10.0.0.1:7233', false],
])('%s is on this machine: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
