import { setTimeout as delay } from 'node:timers/promises';
import { ClientError } from './client-error.ts';
import { grpcReason, isTransient } from './grpc-errors.ts';

export interface Patience {
  /** Milliseconds without any answer from Temporal. */
  readonly giveUpAfter: number;
  /** Gives up at once. */
  readonly signal?: AbortSignal | undefined;
  /** Told once per outage. */
  readonly onHiccup?: ((text: string) => void) | undefined;
}

/** A restart or failover of Temporal takes minutes at most. */
export const defaultPatience: Patience = { giveUpAfter: 600_000 };

/** Repeats what Temporal did not answer; anything it did answer comes through. */
export async function retryTransient<T>(request: () => Promise<T>, patience: Patience): Promise<T> {
  const deadline = Date.now() + patience.giveUpAfter;
  let result = await attempt(request);
  if (result.kind === 'transient') patience.onHiccup?.(`Temporal does not answer (${result.reason}); trying again`);
  while (result.kind === 'transient') {
    if (Date.now() >= deadline || patience.signal?.aborted) throw unreachable(result.error);
    await pause(1000, patience.signal);
    result = await attempt(request);
  }
  return result.value;
}

type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'transient'; readonly error: unknown; readonly reason: string };

async function attempt<T>(request: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { kind: 'done', value: await request() };
  } catch (error) {
    if (!isTransient(error)) throw error;
    return { kind: 'transient', error, reason: grpcReason(error) };
  }
}

export function unreachable(error: unknown): ClientError {
  return new ClientError('unreachable', `Temporal does not answer any more (${grpcReason(error)})`, { cause: error });
}

/** Never throws: an abort ends the wait early. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
