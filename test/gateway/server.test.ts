import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { ReportAnswer } from '../../src/client/index.ts';
import { type GatewayServer, startServer } from '../../src/gateway/index.ts';
import { aReport, failures, settings, testGateway, token } from '../support/gateway.ts';
import { ask } from '../support/http.ts';
import { pollUntil } from '../support/poll.ts';

let server: GatewayServer | undefined;

afterEach(() => server?.stop());

const bearer = { authorization: `Bearer ${token}` };
const isUp = async ({ url }: GatewayServer) => (await ask(`${url}/healthz`, { method: 'GET' })).status;

/** Writes these bytes to a connection of its own, and answers all that comes back until it is closed. */
async function talk({ url }: GatewayServer, bytes: Uint8Array | string, then: 'end' | 'wait'): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.on('error', () => undefined);
  socket.write(bytes);
  if (then === 'end') socket.end();
  await once(socket, 'close');
  return text;
}

test('what is under way when it stops is answered, and nothing new is taken', async () => {
  let release = (_: ReportAnswer) => {};
  const guard = new Promise<ReportAnswer>((resolve) => {
    release = resolve;
  });
  const { gateway, reported } = testGateway({ answer: () => guard });
  const started = await startServer(gateway, settings);
  const answer = ask(`${started.url}${failures}`, { body: aReport, headers: bearer });
  await pollUntil(
    'it is under way',
    async () => reported.length,
    (count) => count === 1,
  );
  const stopped = started.stop();
  await expect(isUp(started)).rejects.toThrow(/ECONNREFUSED/);
  release({ kind: 'accepted', why: null });
  expect((await answer).status).toBe(202);
  await stopped;
});

test('a body that does not come is waited for no longer than the timeout', async () => {
  server = await startServer(testGateway().gateway, settings, {
    requestTimeout: 300,
    headersTimeout: 200,
    connectionsCheckingInterval: 50,
  });
  const head = `POST ${failures} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: 100\r\n`;
  expect(await talk(server, `${head}\r\n{"reason":`, 'wait')).toMatch(/^HTTP\/1.1 408 /);
  expect(await talk(server, head, 'wait')).toMatch(/^HTTP\/1.1 408 /);
  expect(await isUp(server)).toBe(200);
});

test('bytes that are no HTTP, or HTTP bent out of shape, do not bring it down', async () => {
  const { gateway, errors, reported } = testGateway();
  server = await startServer(gateway, settings);
  const good = `POST ${failures} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{"reason":"something"}`;
  for (let round = 0; round < 200; round++) {
    const bytes = Buffer.from(good);
    const garbage = randomBytes(1 + (round % 7));
    garbage.copy(bytes, (round * 13) % (bytes.length - 8));
    const answer = await talk(server, round % 10 === 0 ? randomBytes(200) : bytes, 'end');
    expect(answer).not.toMatch(/^HTTP\/1.1 (2|500)/);
  }
  expect(await isUp(server)).toBe(200);
  expect([errors, reported]).toEqual([[], []]);
});

test('with a certificate it speaks TLS, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'belay-tls-'));
  try {
    const [keyFile, certFile] = [join(folder, 'key'), join(folder, 'cert')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    execFileSync('openssl', [...make, ...subject, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
    const [key, cert] = [readFileSync(keyFile, 'utf8'), readFileSync(certFile, 'utf8')];
    const started = await startServer(testGateway().gateway, { ...settings, tls: { key, cert } });
    server = started;
    const status = await new Promise((resolve, reject) => {
      const asked = request(`${started.url}/healthz`, { ca: cert }, (answer) => resolve(answer.resume().statusCode));
      asked.on('error', reject).end();
    });
    expect([started.url.startsWith('https:'), status]).toEqual([true, 200]);
    await expect(ask(`${started.url.replace('https', 'http')}/healthz`, { method: 'GET' })).rejects.toThrow();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
