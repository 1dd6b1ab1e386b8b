import { type RawAnswer, TransportFailure } from './answer-reader.ts';

const TRIES = 3;
const FIRST_PAUSE = 100;
/** A server that asks for longer is answered by the caller's own retry, which does not hold a slot. */
const LONGEST_PAUSE = 5_000;
const AGAIN = new Set([429, 500, 502, 503, 504]);

/** Tries a read again after "try again" answers and lost connections, with `Retry-After` honoured and jitter. */
export function createReadRetries(pause: (milliseconds: number) => Promise<void>) {
  return async (once: () => Promise<RawAnswer>): Promise<RawAnswer> => {
    for (let tried = 1; tried < TRIES; tried += 1) {
      const outcome = await once().catch(failureOnly);
      const wait = pauseAfter(outcome, tried);
      if (wait === undefined) return settled(outcome);
      await pause(wait);
    }
    return once();
  };
}

type Outcome = RawAnswer | TransportFailure;

function failureOnly(error: unknown): TransportFailure {
  if (error instanceof TransportFailure) return error;
  throw error;
}

function settled(outcome: Outcome): RawAnswer {
  if (outcome instanceof TransportFailure) throw outcome;
  return outcome;
}

/** `undefined`: it is final. A timeout is: the caller has waited long enough. */
function pauseAfter(outcome: Outcome, tried: number): number | undefined {
  const jittered = FIRST_PAUSE * 2 ** (tried - 1) * (0.5 + Math.random());
  if (outcome instanceof TransportFailure) return outcome.code === 'TIMEOUT' ? undefined : jittered;
  if (!AGAIN.has(outcome.status)) return undefined;
  const asked = Number(outcome.headers['retry-after'] ?? 0) * 1_000;
  if (!(asked <= LONGEST_PAUSE)) return undefined;
  return Math.max(asked, 0) + jittered;
}
