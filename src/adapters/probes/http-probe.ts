import { once } from 'node:events';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { TLSSocket } from 'node:tls';
import { createContext, Script } from 'node:vm';
import type { ProbeAnswer } from '../../ports/probe.ts';
import type { ProbeCheck } from '../../schema/detect.ts';
import { bad, good, type Trust } from './trust.ts';

type HttpCheck = Extract<ProbeCheck, { kind: 'http' }>;

/** So much of a body is looked at; more is not read. */
const longestBody = 64 * 1024;
const mostRedirects = 5;
const userAgent = 'belay-probe';

interface Seen {
  readonly status: number;
  readonly body: string;
  /** Days until the server's certificate ends; `null` where there is none. */
  readonly certificateDays: number | null;
  readonly took: number;
}

/** Asks with a connection of its own, so that name, connection and certificate are tried each time. */
export async function probeHttp(check: HttpCheck, trust: Trust, signal: AbortSignal): Promise<ProbeAnswer> {
  const began = performance.now();
  const response = await follow(check, new URL(check.url), trust, signal);
  const certificateDays = daysLeft(response);
  const body = await read(response);
  return judge(check, { status: response.statusCode ?? 0, body, certificateDays, took: performance.now() - began });
}

async function follow(
  check: HttpCheck,
  url: URL,
  trust: Trust,
  signal: AbortSignal,
  left: number = check.followRedirects ? mostRedirects : 0,
): Promise<IncomingMessage> {
  const response = await ask(url, trust, signal);
  const next = nextOf(response, url);
  if (next === null || left === 0) return response;
  response.destroy();
  return await follow(check, next, trust, signal, left - 1);
}

function nextOf({ statusCode = 0, headers: { location } }: IncomingMessage, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined || !URL.canParse(location, from.href))
    return null;
  const next = new URL(location, from);
  return /^https?:$/.test(next.protocol) ? next : null;
}

async function ask(url: URL, { ca }: Trust, signal: AbortSignal): Promise<IncomingMessage> {
  const options = { agent: false, signal, headers: { 'user-agent': userAgent } } as const;
  const request =
    url.protocol === 'https:' ? requestHttps(url, { ...options, ...(ca ? { ca } : {}) }) : requestHttp(url, options);
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // What comes after it comes to the response as well.
  request.on('error', () => undefined);
  return response;
}

function daysLeft({ socket }: IncomingMessage): number | null {
  if (!(socket instanceof TLSSocket)) return null;
  const end = Date.parse(socket.getPeerCertificate().valid_to);
  return Math.floor((end - Date.now()) / (24 * 3_600_000));
}

async function read(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    // Leaving the loop closes the connection.
    if (size >= longestBody) break;
  }
  return Buffer.concat(parts).subarray(0, longestBody).toString('utf8');
}

function judge(check: HttpCheck, seen: Seen): ProbeAnswer {
  return (
    wrongStatus(check, seen) ?? wrongBody(check, seen) ?? tooLate(check, seen) ?? wrongCertificate(check, seen) ?? good
  );
}

function wrongStatus({ status: expected }: HttpCheck, { status }: Seen): ProbeAnswer | null {
  if (expected === null ? status >= 200 && status < 300 : status === expected) return null;
  return bad('WrongStatus', `answered ${status}, expected ${expected ?? '200 to 299'}`);
}

function wrongBody({ contains, matches }: HttpCheck, { body }: Seen): ProbeAnswer | null {
  if (contains !== null && !body.includes(contains))
    return bad('WrongBody', 'the body does not contain what it should');
  if (matches !== null && !isMatch(matches, body)) return bad('WrongBody', 'the body does not match');
  return null;
}

/** A pattern can take for ever on a text that was made for it: it gets this long, and counts as not matching then. */
const patternTime = 100;
const matching = new Script('new RegExp(pattern).test(text)');

function isMatch(pattern: string, text: string): boolean {
  try {
    return matching.runInContext(createContext({ pattern, text }), { timeout: patternTime }) === true;
  } catch {
    return false;
  }
}

function tooLate({ maxLatency }: HttpCheck, { took }: Seen): ProbeAnswer | null {
  if (maxLatency === null || took <= maxLatency) return null;
  return bad('TooSlow', `answered after ${Math.round(took)} ms, expected within ${maxLatency} ms`);
}

function wrongCertificate({ minCertificateDays }: HttpCheck, { certificateDays }: Seen): ProbeAnswer | null {
  if (minCertificateDays === null) return null;
  if (certificateDays === null) return bad('NoCertificate', 'the connection is not encrypted');
  if (certificateDays >= minCertificateDays) return null;
  return bad('CertificateEndsSoon', `the certificate ends in ${certificateDays} days, expected ${minCertificateDays}`);
}
