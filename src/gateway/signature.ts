import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds that a signature is good for, before and after its time: clocks differ. */
export const timestampWindow = 300;

export interface Signed {
  /** Path of the request, without host and query. */
  readonly path: string;
  readonly body: Uint8Array;
}

export interface Signature {
  /** Seconds since 1970 as they were signed; with a fraction, so that the same may be said twice in a second. */
  readonly timestamp: string;
  /** Lower-case hex; several while the sender changes its secret. */
  readonly digests: readonly string[];
}

const form = /^t=(\d{1,12}(?:\.\d{1,9})?)((?:,v1=[0-9a-f]{64}){1,4})$/;

/** `t=1700000000,v1=<64 hex digits>`; `null` for anything else. */
export function parseSignature(header: string): Signature | null {
  const [, timestamp, digests] = form.exec(header.replaceAll(/\s/g, '')) ?? [];
  if (timestamp === undefined || digests === undefined) return null;
  return { timestamp, digests: digests.split(',v1=').slice(1) };
}

/** HMAC-SHA256 over `<timestamp>.<path>.<body>`: a report cannot be sent on to another application. */
function digestOf(secret: string, timestamp: string, { path, body }: Signed): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.${path}.`).update(body).digest();
}

/** The digest that one of the secrets explains. Takes as long for a wrong one as for a right one. */
export function matchingDigest(signature: Signature, secrets: readonly string[], signed: Signed): string | null {
  let matching: string | null = null;
  for (const secret of secrets) {
    const expected = digestOf(secret, signature.timestamp, signed);
    for (const digest of signature.digests) {
      if (timingSafeEqual(expected, Buffer.from(digest, 'hex'))) matching = digest;
    }
  }
  return matching;
}
