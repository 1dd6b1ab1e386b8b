import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { type KubeconfigOptions, loadClusterConnections } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import { createKubernetesCluster } from '../../../src/adapters/kubernetes/kubernetes-cluster.ts';
import { makeCertificate } from './support/certificate.ts';
import { kubeconfig, makeFolder } from './support/kubeconfig-files.ts';
import { cleanUp, failureOf } from './support/rig.ts';

const SERVER = 'https://127.0.0.1:6443';

async function load(content: unknown, options: KubeconfigOptions = {}, context?: string) {
  const folder = await makeFolder();
  const file = await folder.write('config', content);
  const connections = await loadClusterConnections([{ name: 'prod', kubeconfig: file, context }], options);
  const connection = connections[0]?.connection;
  if (!connection) throw new Error('no connection');
  return { folder, file, connection };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a kubeconfig is refused', () => {
  it.each([
    ['insecure-skip-tls-verify', { server: SERVER, 'insecure-skip-tls-verify': true }, {}],
    ['proxy-url', { server: SERVER, 'proxy-url': 'http://10.0.0.1' }, {}],
    ['server', {}, {}],
    ['server', { server: 'ftp://127.0.0.1' }, {}],
    ['server', { server: 'https://me:hunter2@127.0.0.1' }, {}],
    ['server', { server: 'http://10.0.0.1:8080' }, {}],
    ['server', { server: 'http://127.0.0.1.example.com' }, {}],
    ['auth-provider', { server: SERVER }, { 'auth-provider': { name: 'gcp' } }],
    ['username', { server: SERVER }, { username: 'me', password: 'hunter2' }],
    ['as-groups', { server: SERVER }, { token: 'hunter2', 'as-groups': ['admins'] }],
    ['exec', { server: SERVER }, { exec: { command: '/bin/sh', args: ['-c', 'hunter2'] } }],
  ])('for %s, with the file, the context and the fix', async (field, cluster, user) => {
    const error = await failureOf(load(kubeconfig(cluster, user)));
    expect(error).toMatchObject({ kind: 'invalid', details: { fields: [field] } });
    expect(error.message).toMatch(
      new RegExp(`^cluster prod: kubeconfig /.*/config, context main: ${field} is refused: .+`),
    );
    expect(error.message).not.toContain('hunter2');
  });

  it('for a command, naming the setting that would allow it', async () => {
    const error = await failureOf(load(kubeconfig({ server: SERVER }, { exec: { command: '/usr/bin/aws' } })));
    expect(error.message).toContain('it runs the command "aws": add it to execAllowList');
  });

  it('for an unknown context, listing the known ones', async () => {
    const error = await failureOf(load(kubeconfig({ server: SERVER }, {}), {}, 'other'));
    expect(error).toMatchObject({ kind: 'invalid', details: { fields: ['context'] } });
    expect(error.message).toContain('it has no context other: set "context" to one of: main');
  });

  it('for a context whose user is missing', async () => {
    const error = await failureOf(load({ ...kubeconfig({ server: SERVER }, {}), users: [] }));
    expect(error.message).toContain('its user "me" is not in the file');
  });

  it('for being unreadable', async () => {
    const entry = { name: 'prod', kubeconfig: '/no/such/file' };
    expect((await failureOf(loadClusterConnections([entry]))).message).toContain(
      '/no/such/file cannot be read (ENOENT)',
    );
  });

  it('for not being YAML, without quoting it', async () => {
    const error = await failureOf(load('token: "hunter2\nusers: ['));
    expect(error.message).toContain('is not valid YAML');
    expect(`${error.message}${error.stack}`).not.toContain('hunter2');
  });
});

describe('of a kubeconfig', () => {
  it('only the chosen context is looked at', async () => {
    const config = kubeconfig({ server: SERVER }, { token: 't-1' });
    config.clusters.push({ name: 'two', cluster: { server: 'http://10.0.0.1', 'insecure-skip-tls-verify': true } });
    config.users.push({ name: 'you', user: { exec: { command: 'rm' }, 'token-file': '/no/such/file' } });
    config.contexts.push({ name: 'side', context: { cluster: 'two', user: 'you' } });
    const { connection } = await load(config);
    expect(await connection.credentials()).toEqual({ headers: { authorization: 'Bearer t-1' } });
  });

  it('a chosen context wins over the current one', async () => {
    const config = kubeconfig({ server: SERVER }, { token: 't-1' });
    config.users.push({ name: 'you', user: { token: 't-2' } });
    config.contexts.push({ name: 'side', context: { cluster: 'one', user: 'you' } });
    const { connection } = await load(config, {}, 'side');
    expect((await connection.credentials()).headers.authorization).toBe('Bearer t-2');
  });

  it('authority, server name and impersonated user are taken over', async () => {
    const cluster = { server: SERVER, 'certificate-authority-data': base64('CA'), 'tls-server-name': 'api.prod' };
    const { connection } = await load(kubeconfig(cluster, { token: 't-1', as: 'deployer' }));
    expect(connection).toMatchObject({ server: SERVER, ca: Buffer.from('CA'), serverName: 'api.prod' });
    expect((await connection.credentials()).headers['impersonate-user']).toBe('deployer');
  });

  it('relative paths start at its own folder', async () => {
    const folder = await makeFolder();
    await folder.write('ca.crt', 'CA');
    await folder.write('me.crt', 'CERT');
    await folder.write('me.key', 'KEY');
    const user = { 'client-certificate': 'me.crt', 'client-key': 'me.key' };
    const file = await folder.write('config', kubeconfig({ server: SERVER, 'certificate-authority': 'ca.crt' }, user));
    const [loaded] = await loadClusterConnections([{ name: 'prod', kubeconfig: file }]);
    expect(loaded?.connection.ca).toEqual(Buffer.from('CA'));
    const expected = { headers: {}, cert: Buffer.from('CERT'), key: Buffer.from('KEY') };
    expect(await loaded?.connection.credentials()).toEqual(expected);
  });

  it('plain http is allowed on loopback, with its token', async () => {
    const { connection } = await load(kubeconfig({ server: 'http://127.0.0.1:8080' }, { token: 't-1' }));
    expect(connection.server).toBe('http://127.0.0.1:8080');
    expect((await connection.credentials()).headers.authorization).toBe('Bearer t-1');
  });

  it('a kcp workspace becomes part of the server path', async () => {
    const folder = await makeFolder();
    const file = await folder.write('config', kubeconfig({ server: SERVER }, { token: 't-1' }));
    const entry = { name: 'prod', kubeconfig: file, workspace: 'root:org:team' };
    const [loaded] = await loadClusterConnections([entry]);
    expect(loaded?.connection).toMatchObject({
      server: `${SERVER}/clusters/root:org:team`,
      workspace: 'root:org:team',
    });
  });

  it.each([
    ['/clusters/root:org', 'root:org'],
    ['/clusters/1zeu7kx0/', '1zeu7kx0'],
    ['/k8s/clusters/c-m-abc', undefined],
    ['', undefined],
  ])('a server that ends in %j is the workspace %j', async (path, workspace) => {
    const { connection } = await load(kubeconfig({ server: `${SERVER}${path}` }, { token: 't-1' }));
    expect(connection.workspace).toBe(workspace);
  });

  it('a server that ends in a workspace is refused another one', async () => {
    const folder = await makeFolder();
    const file = await folder.write('config', kubeconfig({ server: `${SERVER}/clusters/root:org` }, {}));
    const entry = { name: 'prod', kubeconfig: file, workspace: 'root:org:team' };
    const error = await failureOf(loadClusterConnections([entry]));
    expect(error).toMatchObject({ kind: 'invalid', details: { fields: ['workspace'] } });
    expect(error.message).toMatch(/workspace is refused: its server ends in \/clusters\/root:org already: remove one/);
  });
});

describe('a token file', () => {
  it('is read again after 60 seconds, and kept when it cannot be', async () => {
    let time = 0;
    const folder = await makeFolder();
    const token = await folder.write('token', 'first\n');
    const file = await folder.write('config', kubeconfig({ server: SERVER }, { tokenFile: 'token', token: 'ignored' }));
    const [loaded] = await loadClusterConnections([{ name: 'prod', kubeconfig: file }], { now: () => time });
    const bearer = async () => (await loaded?.connection.credentials())?.headers.authorization;
    expect(await bearer()).toBe('Bearer first');
    await writeFile(token, 'second\n');
    time = 59_999;
    expect(await bearer()).toBe('Bearer first');
    time = 60_000;
    expect(await bearer()).toBe('Bearer second');
    await writeFile(token, '');
    time = 120_000;
    expect(await bearer()).toBe('Bearer second');
  });

  it('that is missing from the start is unavailable', async () => {
    const { connection } = await load(kubeconfig({ server: SERVER }, { tokenFile: 'none' }));
    expect(await failureOf(connection.credentials())).toMatchObject({ kind: 'unavailable' });
  });
});

describe('an exec command', () => {
  async function loadScript(script: string) {
    const folder = await makeFolder();
    const command = await folder.write('give-token', `#!/bin/sh\n${script}\n`);
    await chmod(command, 0o755);
    const file = await folder.write('config', kubeconfig({ server: SERVER }, { exec: { command } }));
    const [loaded] = await loadClusterConnections([{ name: 'prod', kubeconfig: file }], {
      execAllowList: ['give-token'],
    });
    return async () => loaded?.connection.credentials();
  }

  it('that is on the list gives the token', async () => {
    const credentials = await loadScript(`echo '{"status":{"token":"t-9"}}'`);
    expect(await credentials()).toEqual({ headers: { authorization: 'Bearer t-9' } });
  });

  it('that fails is unavailable, and its output is not repeated', async () => {
    const credentials = await loadScript('echo hunter2 >&2; exit 1');
    const error = await failureOf(credentials());
    expect(error).toMatchObject({ kind: 'unavailable', details: { reason: 'Credentials' } });
    expect(`${error.message}${error.stack}${String(error.cause)}`).not.toContain('hunter2');
  });
});

describe('in-cluster', () => {
  const root = 'var/run/secrets/kubernetes.io/serviceaccount';
  const entry = { name: 'prod', kubeconfig: 'in-cluster' };

  it('uses the pod service account', async () => {
    const folder = await makeFolder();
    await mkdir(`${folder.path}/${root}`, { recursive: true });
    await folder.write(`${root}/ca.crt`, 'CA');
    await folder.write(`${root}/token`, 't-1');
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.96.0.1');
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443');
    cleanUp(async () => vi.unstubAllEnvs());
    const [loaded] = await loadClusterConnections([entry], { inClusterRoot: `${folder.path}/` });
    expect(loaded?.connection).toMatchObject({ server: 'https://10.96.0.1:443', ca: Buffer.from('CA') });
    expect(await loaded?.connection.credentials()).toEqual({ headers: { authorization: 'Bearer t-1' } });
  });

  it('is refused outside a pod', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '');
    cleanUp(async () => vi.unstubAllEnvs());
    expect((await failureOf(loadClusterConnections([entry]))).message).toContain('run in a pod');
  });
});

describe('TLS', () => {
  async function startTlsServer() {
    const own = makeCertificate();
    const me = makeCertificate();
    const callers: unknown[] = [];
    const server = createServer(
      { ...own, requestCert: true, ca: me.cert, rejectUnauthorized: false },
      (request, response) => {
        callers.push((request.socket as TLSSocket).getPeerCertificate().raw);
        response.end('{"metadata":{"uid":"k-1"}}');
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUp(async () => void server.close());
    return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, own, me, callers };
  }

  async function connect(cluster: Record<string, unknown>, user: Record<string, unknown> = {}) {
    const { connection } = await load(kubeconfig(cluster, user));
    const client = createKubernetesCluster({ name: 'prod', connection, pause: async () => {} });
    cleanUp(() => client.close());
    return client;
  }

  it('shows the client certificate to a server of the given authority', async () => {
    const { url, own, me, callers } = await startTlsServer();
    const user = { 'client-certificate-data': base64(me.cert), 'client-key-data': base64(me.key) };
    const cluster = await connect({ server: url, 'certificate-authority-data': base64(own.cert) }, user);
    expect((await cluster.identity()).uid).toBe('k-1');
    expect(callers).toEqual([new X509Certificate(me.cert).raw]);
  });

  it('shows a renewed client certificate as soon as there is one', async () => {
    const { url, own, callers } = await startTlsServer();
    const folder = await makeFolder();
    const first = makeCertificate();
    const second = makeCertificate();
    await folder.write('me.crt', first.cert);
    await folder.write('me.key', first.key);
    const user = { 'client-certificate': 'me.crt', 'client-key': 'me.key' };
    const cluster = kubeconfig({ server: url, 'certificate-authority-data': base64(own.cert) }, user);
    const entry = { name: 'prod', kubeconfig: await folder.write('config', cluster) };
    let time = 0;
    const [loaded] = await loadClusterConnections([entry], { now: () => time });
    if (!loaded) throw new Error('nothing was loaded');
    const client = createKubernetesCluster(loaded);
    cleanUp(() => client.close());
    await client.identity();
    await folder.write('me.crt', second.cert);
    await folder.write('me.key', second.key);
    time = 10_000;
    await client.identity();
    expect(callers).toEqual([first, second].map(({ cert }) => new X509Certificate(cert).raw));
  });

  it('sends nothing to a server of another authority, even where Node is told not to check', async () => {
    const { url, me, callers } = await startTlsServer();
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    cleanUp(async () => vi.unstubAllEnvs());
    const cluster = await connect({ server: url, 'certificate-authority-data': base64(me.cert) }, { token: 't-1' });
    expect(await failureOf(cluster.identity())).toMatchObject({ kind: 'unavailable' });
    expect(callers).toEqual([]);
  });
});
