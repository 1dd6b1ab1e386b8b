/**
 * Why a door could not do what it was asked.
 * - `unreachable`: Temporal does not answer; whether a request took effect is not known.
 * - `noNamespace`, `denied`: Temporal answers, and says no.
 * - `noWorker`: nobody polls the queue, so nothing was started.
 * - `rejected`: the run refused the request; nothing was changed.
 * - `failed`: what was asked could not be answered; the message says why.
 * - `notOpen`: no run of this application is open.
 */
export type ClientErrorKind = 'unreachable' | 'noNamespace' | 'denied' | 'noWorker' | 'rejected' | 'failed' | 'notOpen';

export class ClientError extends Error {
  readonly kind: ClientErrorKind;

  constructor(kind: ClientErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ClientError';
    this.kind = kind;
  }
}

export function isClientError(error: unknown): error is ClientError {
  return error instanceof Error && error.name === 'ClientError' && 'kind' in error;
}
