import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  CONFIG_MAP,
  CONFIG_MAP_PATH,
  cleanUp,
  clusterAt,
  configMap,
  FENCE,
  failureOf,
  PROVE,
  startRig,
  WRITE,
} from './support/rig.ts';
import { cut, cutInBody, failure, hang, json, startScriptedServer } from './support/scripted-server.ts';

describe('answers to a write', () => {
  it.each([
    ['404 is notFound', failure(404, 'NotFound'), 'notFound'],
    ['409 for a moved object is conflict', failure(409, 'Conflict'), 'conflict'],
    ['409 for a taken name is conflict', failure(409, 'AlreadyExists'), 'conflict'],
    ['401 is denied', failure(401, 'Unauthorized'), 'denied'],
    ['403 is denied', failure(403, 'Forbidden'), 'denied'],
    ['400 is invalid', failure(400, 'BadRequest'), 'invalid'],
    ['405 is invalid', failure(405, 'MethodNotAllowed'), 'invalid'],
    ['413 is invalid', failure(413, 'RequestEntityTooLarge'), 'invalid'],
    ['415 is invalid', failure(415, 'UnsupportedMediaType'), 'invalid'],
    ['422 is invalid', failure(422, 'Invalid'), 'invalid'],
    ['429 is unavailable', failure(429, 'TooManyRequests'), 'unavailable'],
    ['503 from the API server is unavailable', failure(503, 'ServiceUnavailable'), 'unavailable'],
    ['503 with Retry-After is unavailable', json(503, 'later', { 'retry-after': '1' }), 'unavailable'],
    ['503 from something in between is unclear', json(503, 'error trying to reach service: EOF'), 'unclear'],
    ['502 is unclear', json(502, 'bad gateway'), 'unclear'],
    ['500 is unclear', failure(500, 'InternalError'), 'unclear'],
    ['504 is unclear', failure(504, 'Timeout'), 'unclear'],
    ['408 is unclear', json(408, 'too slow'), 'unclear'],
    ['a redirect is unclear', json(302, 'there', { location: '/elsewhere' }), 'unclear'],
    ['200 without JSON is unclear', json(200, '<html>'), 'unclear'],
    ['a connection cut after sending is unclear', cut, 'unclear'],
    ['a connection cut in the answer is unclear', cutInBody, 'unclear'],
  ])('%s, and it is sent once', async (_fact, reply, kind) => {
    const { server, cluster } = await startRig();
    server.on('PUT', CONFIG_MAP_PATH, reply);
    expect(await failureOf(cluster.replace(configMap(), FENCE, WRITE))).toMatchObject({ kind });
    expect(server.requests('PUT')).toHaveLength(1);
  });

  it.each([
    ['500', failure(500, 'InternalError')],
    ['a cut connection', cut],
    ['a lost backend', json(503, 'EOF')],
  ])('%s to a dry run is unavailable, for nothing can have changed', async (_name, reply) => {
    const { server, cluster } = await startRig();
    server.on('PUT', CONFIG_MAP_PATH, reply);
    expect(await failureOf(cluster.replace(configMap(), FENCE, PROVE))).toMatchObject({ kind: 'unavailable' });
    expect(server.requests('PUT')).toHaveLength(1);
  });

  it.each([
    ['a dry run', PROVE],
    ['a write', WRITE],
  ])('500 of a webhook that gave no answer to %s is unavailable: it comes before storage', async (_name, options) => {
    const { server, cluster } = await startRig();
    const message = 'Internal error occurred: failed calling webhook "judge.example.com": no endpoints available';
    server.on('PUT', CONFIG_MAP_PATH, failure(500, 'InternalError', { message }));
    expect(await failureOf(cluster.replace(configMap(), FENCE, options))).toMatchObject({
      kind: 'unavailable',
      details: { status: 500, reason: 'WebhookFailed' },
      message: expect.stringContaining('judge.example.com'),
    });
  });

  it('carry status, reason and field names into the error', async () => {
    const { server, cluster } = await startRig();
    const causes = [
      { reason: 'FieldValueInvalid', field: 'spec.selector', message: 'Invalid value: "x": field is immutable' },
    ];
    server.on('PUT', CONFIG_MAP_PATH, failure(422, 'Invalid', { details: { causes } }));
    const { details } = await failureOf(cluster.replace(configMap(), FENCE, WRITE));
    expect(details).toEqual({ status: 422, reason: 'Invalid', fields: ['spec.selector'] });
  });

  it('name the fields that strict validation does not know', async () => {
    const { server, cluster } = await startRig();
    const message = 'strict decoding error: unknown field "spec.foo", duplicate field "spec.bar"';
    server.on('PUT', CONFIG_MAP_PATH, failure(400, 'BadRequest', { message }));
    const { details } = await failureOf(cluster.replace(configMap(), FENCE, PROVE));
    expect(details.fields).toEqual(['spec.foo', 'spec.bar']);
  });
});

describe('a write that is not sent', () => {
  it('is unavailable when the connection is refused', async () => {
    const { server, cluster } = await startRig({ parallelism: 1 });
    await cluster.discover();
    await server.close();
    // The kept connection is used up by a read: a write on it would rightly be unclear.
    await failureOf(cluster.get(CONFIG_MAP));
    const error = await failureOf(cluster.replace(configMap(), FENCE, WRITE));
    expect(error).toMatchObject({ kind: 'unavailable', details: { reason: 'ECONNREFUSED' } });
  });

  it('is unavailable when the host has no address', async () => {
    const cluster = clusterAt('http://no-such-host.invalid:6443', { pause: async () => {} });
    expect(await failureOf(cluster.identity())).toMatchObject({ kind: 'unavailable' });
  });

  it('is unavailable when its attempt ends before its timeout and a second more', async () => {
    const { server, cluster } = await startRig({ now: () => 10_000 });
    const late = { ...WRITE, sendBefore: 13_000 };
    const error = await failureOf(cluster.replace(configMap(), FENCE, late));
    expect(error).toMatchObject({ kind: 'unavailable', details: { reason: 'DeadlineTooNear' } });
    expect(error.message).toContain('attempt deadline too near');
    expect(server.requests('PUT')).toHaveLength(0);
  });

  it('does not happen when the attempt has a millisecond to spare', async () => {
    const { server, cluster } = await startRig({ now: () => 10_000 });
    server.on('PUT', CONFIG_MAP_PATH, json(200, configMap()));
    await cluster.replace(configMap(), FENCE, { ...WRITE, sendBefore: 13_001 });
    expect(server.requests('PUT')).toHaveLength(1);
  });

  it('is not sent when its time runs out between the last look at the clock and the socket', async () => {
    const server = await startScriptedServer();
    cleanUp(() => server.close());
    let looksLeft = Number.POSITIVE_INFINITY;
    // One look after the credentials; the process stands still before the next one.
    const credentials = async () => {
      looksLeft = 1;
      return { headers: {} };
    };
    const now = () => (looksLeft-- > 0 ? 10_000 : 20_000);
    const cluster = clusterAt(server.url, { connection: { server: server.url, credentials }, now });
    const error = await failureOf(cluster.replace(configMap(), FENCE, { ...WRITE, sendBefore: 15_000 }));
    expect(error).toMatchObject({ kind: 'unavailable', details: { reason: 'NOT_SENT' } });
    expect(server.requests('PUT')).toHaveLength(0);
  });

  it('looks at the clock after it has waited for its turn', async () => {
    let time = 0;
    const { server, cluster } = await startRig({
      qps: 1,
      burst: 3,
      now: () => time,
      pause: async (milliseconds) => {
        time += milliseconds;
      },
    });
    server.on('PUT', CONFIG_MAP_PATH, json(200, configMap()));
    await cluster.replace(configMap(), FENCE, { ...WRITE, sendBefore: 3_500 });
    const error = await failureOf(cluster.replace(configMap(), FENCE, { ...WRITE, sendBefore: 3_500 }));
    expect(error.details.reason).toBe('DeadlineTooNear');
    expect(server.requests('PUT')).toHaveLength(1);
  });
});

describe('a server that never answers', () => {
  it('leaves a write unclear, and its connection is closed', async () => {
    const { server, cluster } = await startRig({ requestTimeout: 50 });
    let isClosed: Promise<unknown> = Promise.resolve();
    server.on('PUT', CONFIG_MAP_PATH, (response) => {
      isClosed = new Promise((resolve) => response.socket?.once('close', resolve));
    });
    const error = await failureOf(cluster.replace(configMap(), FENCE, WRITE));
    expect(error).toMatchObject({ kind: 'unclear', details: { reason: 'TIMEOUT' } });
    await isClosed;
  });

  it('leaves a read unavailable after one timeout', async () => {
    const { server, cluster } = await startRig({ readTimeout: 50 });
    server.on('GET', CONFIG_MAP_PATH, hang);
    expect(await failureOf(cluster.get(CONFIG_MAP))).toMatchObject({ kind: 'unavailable' });
    expect(server.requests('GET', CONFIG_MAP_PATH)).toHaveLength(1);
  });

  it('is unavailable when it does not even finish the TLS handshake, and gets nothing later', async () => {
    let received = 0;
    const sockets: { destroy(): void }[] = [];
    const silent = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', () => {
        received += 1;
      });
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const cluster = clusterAt(`https://127.0.0.1:${port}`, { readTimeout: 50, pause: async () => {} });
    expect(await failureOf(cluster.identity())).toMatchObject({ kind: 'unavailable' });
    expect(received).toBe(1);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});

describe('answers to a read', () => {
  it.each([
    ['500', failure(500, 'InternalError')],
    ['504', failure(504, 'Timeout')],
    ['a cut connection', cut],
    ['a connection cut in the answer', cutInBody],
  ])('%s is tried three times, then unavailable', async (_name, reply) => {
    const { server, cluster, pauses } = await startRig();
    server.on('GET', CONFIG_MAP_PATH, reply);
    expect(await failureOf(cluster.get(CONFIG_MAP))).toMatchObject({ kind: 'unavailable' });
    expect(server.requests('GET', CONFIG_MAP_PATH)).toHaveLength(3);
    expect(pauses).toHaveLength(2);
  });

  it('429 is tried again after what the server asks for', async () => {
    const { server, cluster, pauses } = await startRig();
    server.on('GET', CONFIG_MAP_PATH, json(429, 'later', { 'retry-after': '2' }), json(200, configMap()));
    expect(await cluster.get(CONFIG_MAP)).toMatchObject({ kind: 'ConfigMap' });
    expect(pauses).toHaveLength(1);
    expect(pauses[0]).toBeGreaterThan(2_000);
    expect(pauses[0]).toBeLessThan(2_200);
  });

  it('429 with a long wait is left to the caller', async () => {
    const { server, cluster, pauses } = await startRig();
    server.on('GET', CONFIG_MAP_PATH, json(429, 'later', { 'retry-after': '60' }));
    expect(await failureOf(cluster.get(CONFIG_MAP))).toMatchObject({ kind: 'unavailable', details: { status: 429 } });
    expect(pauses).toEqual([]);
  });
});

describe('error messages', () => {
  const secret = { ...configMap(), kind: 'Secret', data: { password: 'aHVudGVyMg==' } };
  const secretPath = '/api/v1/namespaces/shop/secrets/web';

  it('repeat of a Secret only reason and field names', async () => {
    const { server, cluster } = await startRig();
    const details = { causes: [{ field: 'data[password]', message: 'Invalid value: "hunter2"' }] };
    server.on('PUT', secretPath, failure(422, 'Invalid', { message: 'Secret is invalid: "hunter2"', details }));
    const error = await failureOf(cluster.replace(secret, FENCE, WRITE));
    expect(error.message).toBe('cluster test: cannot replace Secret shop/web: HTTP 422: Invalid: data[password]');
    expect(JSON.stringify([error.details, error.stack])).not.toContain('hunter2');
  });

  it('repeat no rejected values of any other kind', async () => {
    const { server, cluster } = await startRig();
    const causes = [
      { field: 'spec.a', reason: 'FieldValueInvalid', message: 'Invalid value: "hunter2": field is immutable' },
      { field: 'spec.b', reason: 'FieldValueDuplicate', message: 'Duplicate value: "hunter2"' },
      { field: 'spec.c', reason: 'FieldValueForbidden', message: 'Forbidden: may not be set' },
    ];
    const message = 'ConfigMap "web" is invalid: spec.a: Invalid value: "hunter2"';
    server.on('PUT', CONFIG_MAP_PATH, failure(422, 'Invalid', { message, details: { causes } }));
    const error = await failureOf(cluster.replace(configMap(), FENCE, WRITE));
    expect(error.message).toContain(
      'spec.a: field is immutable; spec.b: FieldValueDuplicate; spec.c: Forbidden: may not be set',
    );
    expect(error.message).not.toContain('hunter2');
  });

  it('are cut at 300 characters of what the server said', async () => {
    const { server, cluster } = await startRig();
    server.on('PUT', CONFIG_MAP_PATH, failure(403, 'Forbidden', { message: 'x'.repeat(5_000) }));
    expect((await failureOf(cluster.replace(configMap(), FENCE, WRITE))).message.length).toBeLessThan(400);
  });

  it('do not repeat a body that is not JSON', async () => {
    const { server, cluster } = await startRig();
    server.on('PUT', CONFIG_MAP_PATH, json(200, '{"data": hunter2'));
    expect((await failureOf(cluster.replace(configMap(), FENCE, WRITE))).message).not.toContain('hunter2');
  });
});
