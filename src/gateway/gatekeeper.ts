import { createHash, timingSafeEqual } from 'node:crypto';
import { refuse } from './refusal.ts';
import { ReplayMemory } from './replay-memory.ts';
import type { Sender } from './settings.ts';
import { matchingDigest, parseSignature, type Signature, type Signed, timestampWindow } from './signature.ts';
import { TokenBucket } from './token-bucket.ts';

export interface Knock extends Signed {
  readonly headers: Headers;
}

/** Takes as long as a known sender's; nobody knows it. */
const nobody: Pick<Sender, 'secrets'> = { secrets: ['no sender has this secret'] };

/** Knows who sends, and lets each do no more than its rate. Answers are the same for whatever is wrong with a secret. */
export class Gatekeeper {
  readonly #signing: ReadonlyMap<string, Sender>;
  readonly #bearing: readonly Sender[];
  readonly #buckets: ReadonlyMap<string, TokenBucket>;
  readonly #taken = new ReplayMemory(2 * timestampWindow * 1000);
  readonly #now: () => number;

  constructor(senders: readonly Sender[], now: () => number) {
    this.#now = now;
    this.#signing = new Map(senders.flatMap((sender) => (sender.auth === 'hmac' ? [[sender.name, sender]] : [])));
    this.#bearing = senders.filter(({ auth }) => auth === 'bearer');
    this.#buckets = new Map(senders.map(({ name, rate }) => [name, new TokenBucket(rate, now())]));
  }

  /** Signatures remembered. */
  get remembered(): number {
    return this.#taken.size;
  }

  /** Throws `Refusal`. */
  admit(knock: Knock): Sender {
    const token = /^Bearer +(\S+)$/i.exec(knock.headers.get('authorization') ?? '')?.[1];
    return token === undefined ? this.#admitSigned(knock) : this.#admitBearer(token);
  }

  #admitBearer(token: string): Sender {
    const given = sha256(token);
    const senders = this.#bearing.filter(({ secrets }) => isOneOf(given, secrets));
    const [sender] = senders;
    if (sender === undefined) return unknown('give a bearer token that belongs to a sender');
    this.#spend(sender);
    return sender;
  }

  #admitSigned(knock: Knock): Sender {
    const { headers } = knock;
    const signature = parseSignature(headers.get('x-belay-signature') ?? '');
    if (signature === null) return unknown('sign with "X-Belay-Signature: t=<seconds>,v1=<64 hex digits>"');
    const sender = this.#signing.get(headers.get('x-belay-sender') ?? '');
    const digest = matchingDigest(signature, (sender ?? nobody).secrets, knock);
    if (sender === undefined || digest === null) {
      return unknown(
        '"X-Belay-Sender" must be a sender, and v1 the HMAC-SHA256 of "<t>.<path>.<body>" with its secret',
      );
    }
    this.#rejectOld(signature);
    if (this.#taken.has(digest)) refuse(replayed);
    this.#spend(sender);
    this.#taken.add(digest, this.#now());
    return sender;
  }

  #rejectOld({ timestamp }: Signature): void {
    if (Math.abs(this.#now() / 1000 - Number(timestamp)) <= timestampWindow) return;
    unknown(`t must be within ${timestampWindow} s of this gateway's clock: sign anew`);
  }

  #spend({ name }: Sender): void {
    const wait = this.#buckets.get(name)?.take(this.#now()) ?? 0;
    if (wait === 0) return;
    refuse({
      status: 429,
      type: 'too-many',
      title: 'Too many requests of this sender',
      detail: `ask again after ${wait} s`,
      headers: { 'retry-after': String(wait) },
    });
  }
}

const replayed = {
  status: 401,
  type: 'replayed',
  title: 'This very request was taken before',
  detail: 'sign anew; the same idempotency key keeps a repeated report from counting twice',
} as const;

function unknown(detail: string): never {
  refuse({
    status: 401,
    type: 'not-authenticated',
    title: 'The sender is not known by what was sent',
    detail,
    headers: { 'www-authenticate': 'Bearer, Belay-Signature' },
  });
}

function isOneOf(given: Buffer, secrets: readonly string[]): boolean {
  // All are compared, so that the time tells nothing.
  return secrets.map((secret) => timingSafeEqual(given, sha256(secret))).includes(true);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
