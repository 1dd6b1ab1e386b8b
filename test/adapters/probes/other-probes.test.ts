import { createServer } from 'node:net';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { createProbe } from '../../../src/adapters/probes/probe.ts';
import { makeCertificate } from '../../support/certificates.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const probe = createProbe();

describe('a TCP probe', () => {
  test('is content when somebody accepts, and says when nobody does', async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const found = server.address();
    const address = `127.0.0.1:${typeof found === 'object' ? found?.port : ''}`;
    expect(await probe({ kind: 'tcp', address }, 2000)).toEqual({ kind: 'good' });
    await new Promise((resolve) => server.close(resolve));
    expect(await probe({ kind: 'tcp', address }, 2000)).toMatchObject({ kind: 'bad', reason: 'ConnectionRefused' });
  });
});

/** The health service, as bytes: field 1 of its request is a service's name, field 1 of its answer a number. */
const health = {
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: ({ service }: { service: string }) => Buffer.from(service),
    requestDeserialize: (bytes: Buffer) => ({ service: bytes.subarray(2).toString() }),
    responseSerialize: (serving: number) => Buffer.from(serving === 0 ? [] : [0x08, serving]),
    responseDeserialize: (bytes: Buffer) => bytes[1] ?? 0,
  },
} as const;

const services: Readonly<Record<string, number>> = { '': 1, shop: 1, cart: 2, moody: 0 };

async function serveGrpc(credentials: ServerCredentials): Promise<string> {
  const server = new Server();
  server.addService(health, {
    check: (call: { request: { service: string } }, answer: (error: object | null, value?: number) => void) => {
      const serving = services[call.request.service];
      if (call.request.service === 'silent') return;
      if (serving === undefined) answer({ code: status.NOT_FOUND });
      else answer(null, serving);
    },
  });
  closing.push(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return `127.0.0.1:${port}`;
}

describe('a gRPC probe', () => {
  const grpc = (address: string, service: string, tls = false) => ({ kind: 'grpc', address, service, tls }) as const;

  test('asks the health service for a service, or for the server', async () => {
    const address = await serveGrpc(ServerCredentials.createInsecure());
    const ask = (service: string, timeout = 2000) => probe(grpc(address, service), timeout);
    expect(await ask('')).toEqual({ kind: 'good' });
    expect(await ask('shop')).toEqual({ kind: 'good' });
    expect(await ask('cart')).toEqual({ kind: 'bad', reason: 'NotServing', message: 'NOT_SERVING' });
    expect(await ask('moody')).toEqual({ kind: 'bad', reason: 'NotServing', message: 'UNKNOWN' });
    expect(await ask('nobody')).toMatchObject({ kind: 'bad', reason: 'NoSuchService' });
    expect(await ask('silent', 200)).toMatchObject({ kind: 'bad', reason: 'Timeout' });
  });

  test('speaks TLS to whom it trusts, and to nobody else', async () => {
    const { cert, key } = await makeCertificate(10);
    const pair = [{ cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }];
    const address = await serveGrpc(ServerCredentials.createSsl(null, pair));
    expect(await createProbe({ ca: cert })(grpc(address, 'shop', true), 2000)).toEqual({ kind: 'good' });
    expect(await probe(grpc(address, 'shop', true), 2000)).toMatchObject({ kind: 'bad' });
    expect(await probe(grpc(address, 'shop', false), 2000)).toMatchObject({ kind: 'bad' });
  });

  test('says when nobody listens', async () => {
    expect(await probe(grpc('127.0.0.1:1', ''), 2000)).toMatchObject({ kind: 'bad', reason: 'Unavailable' });
  });
});
