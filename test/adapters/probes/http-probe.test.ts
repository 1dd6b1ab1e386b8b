import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createProbe } from '../../../src/adapters/probes/probe.ts';
import type { ProbeCheck } from '../../../src/schema/detect.ts';
import { makeCertificate } from '../../support/certificates.ts';

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

async function serve(listener: RequestListener, server: Server = createServer()): Promise<string> {
  servers.push(server.on('request', listener));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type HttpCheck = Extract<ProbeCheck, { kind: 'http' }>;

const http = (url: string, options: Partial<HttpCheck> = {}): HttpCheck => ({
  kind: 'http',
  url,
  status: null,
  contains: null,
  matches: null,
  maxLatency: null,
  minCertificateDays: null,
  followRedirects: false,
  ...options,
});

const probe = createProbe();
const good = { kind: 'good' };

describe('an HTTP probe', () => {
  test('takes any status from 200 to 299, or exactly the one that is expected', async () => {
    const address = await serve((request, response) => response.writeHead(Number(request.url?.slice(1))).end());
    const ask = (status: number, expected: number | null = null) =>
      probe(http(`http://${address}/${status}`, { status: expected }), 2000);
    expect(await ask(204)).toEqual(good);
    expect(await ask(503)).toEqual({
      kind: 'bad',
      reason: 'WrongStatus',
      message: 'answered 503, expected 200 to 299',
    });
    expect(await ask(503, 503)).toEqual(good);
    expect(await ask(200, 503)).toMatchObject({ reason: 'WrongStatus' });
  });

  test('looks into the body, and never tells of it', async () => {
    const address = await serve((_, response) => response.end('status: ready, password: hunter2'));
    const ask = (options: Partial<HttpCheck>) => probe(http(`http://${address}`, options), 2000);
    expect(await ask({ contains: 'ready' })).toEqual(good);
    expect(await ask({ matches: '^status: (ready|fine)' })).toEqual(good);
    for (const options of [{ contains: 'gone' }, { matches: 'gone$' }]) {
      const answer = await ask(options);
      expect(answer).toMatchObject({ kind: 'bad', reason: 'WrongBody' });
      expect(JSON.stringify(answer)).not.toMatch(/hunter2|ready/);
    }
  });

  test('reads 64 KiB of a body that never ends, and no more', async () => {
    let sent = 0;
    const address = await serve((_, response) => {
      const part = Buffer.alloc(16 * 1024, 'x');
      const go = () => {
        while (!response.destroyed) {
          sent += part.length;
          if (!response.write(part)) return void response.once('drain', go);
        }
      };
      go();
    });
    expect(await probe(http(`http://${address}`, { contains: 'xx' }), 5000)).toEqual(good);
    expect(await probe(http(`http://${address}`, { contains: 'y' }), 5000)).toMatchObject({ reason: 'WrongBody' });
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  test('gives up a pattern that takes for ever', async () => {
    const address = await serve((_, response) => response.end(`${'a'.repeat(50)}!`));
    const answer = await probe(http(`http://${address}`, { matches: '^(a+)+$' }), 5000);
    expect(answer).toMatchObject({ kind: 'bad', reason: 'WrongBody' });
  });

  test('follows redirects only when it is told to, and not for ever', async () => {
    const address = await serve((request, response) => {
      if (request.url === '/here') response.end('here');
      else response.writeHead(302, { location: request.url === '/start' ? '/here' : '/loop' }).end();
    });
    const ask = (path: string, followRedirects: boolean) =>
      probe(http(`http://${address}${path}`, { followRedirects }), 2000);
    expect(await ask('/start', false)).toMatchObject({
      reason: 'WrongStatus',
      message: expect.stringContaining('302'),
    });
    expect(await ask('/start', true)).toEqual(good);
    expect(await ask('/loop', true)).toMatchObject({ reason: 'WrongStatus' });
  });

  test('takes an answer that is late for bad, and none at all for bad in time', async () => {
    const address = await serve((request, response) => {
      if (request.url === '/late') setTimeout(() => response.end('late'), 60);
    });
    expect(await probe(http(`http://${address}/late`, { maxLatency: 30 }), 2000)).toMatchObject({ reason: 'TooSlow' });
    expect(await probe(http(`http://${address}/late`, { maxLatency: 2000 }), 2000)).toEqual(good);
    const never = await probe(http(`http://${address}/never`), 100);
    expect(never).toEqual({ kind: 'bad', reason: 'Timeout', message: 'no answer within 100 ms' });
  });

  test('says in one word that nobody listens, or that there is no such host', async () => {
    const address = await serve(() => undefined);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    expect(await probe(http(`http://${address}`), 2000)).toMatchObject({ kind: 'bad', reason: 'ConnectionRefused' });
  });

  test('takes an answer that is no HTTP, and one that is cut off, for bad', async () => {
    const address = await serve((request) => {
      if (request.url === '/nonsense') request.socket.end('nonsense\r\n\r\n');
      else request.socket.destroy();
    });
    expect(await probe(http(`http://${address}/nonsense`), 2000)).toMatchObject({ kind: 'bad', reason: 'NoAnswer' });
    expect(await probe(http(`http://${address}/cut`), 2000)).toMatchObject({ kind: 'bad', reason: 'ConnectionReset' });
  });

  test('does not call bad what it could not ask for', async () => {
    const { kind } = await probe(http('http://127.0.0.1:99999'), 2000);
    expect(kind).toBe('unknown');
  });

  test('says when a certificate ends soon, and trusts nobody it is not told to trust', async () => {
    const certificate = await makeCertificate(10);
    const address = await serve((_, response) => response.end('ok'), createTlsServer(certificate));
    const ask = (days: number, trusting = createProbe({ ca: certificate.cert })) =>
      trusting(http(`https://${address}`, { minCertificateDays: days }), 2000);
    expect(await ask(9)).toEqual(good);
    expect(await ask(30)).toMatchObject({ kind: 'bad', reason: 'CertificateEndsSoon' });
    expect(await ask(9, probe)).toMatchObject({ kind: 'bad', reason: 'CertificateRefused' });
  });

  test('misses a certificate where the connection is not encrypted', async () => {
    const address = await serve((_, response) => response.end('ok'));
    expect(await probe(http(`http://${address}`, { minCertificateDays: 1 }), 2000)).toMatchObject({
      reason: 'NoCertificate',
    });
  });
});
