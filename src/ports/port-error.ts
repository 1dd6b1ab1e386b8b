/**
 * Why a port failed.
 * - `notFound`, `conflict`, `denied`, `invalid`: a definite answer; nothing was changed by this request.
 * - `unavailable`: no connection or "try again"; nothing was changed by this request.
 * - `unclear`: the request may have taken effect or may still; only a read can tell.
 * - `corrupt`: what was read is not what was written.
 */
export type PortErrorKind = 'notFound' | 'conflict' | 'denied' | 'invalid' | 'unavailable' | 'unclear' | 'corrupt';

/** The one error class that ports throw. `message` is for people and never quotes object content. */
export class PortError extends Error {
  readonly kind: PortErrorKind;
  /** Kubernetes' `reason` and `details.causes[].field`, or a store's own word; never values. */
  readonly details: { readonly status?: number; readonly reason?: string; readonly fields?: readonly string[] };

  constructor(kind: PortErrorKind, message: string, details: PortError['details'] = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PortError';
    this.kind = kind;
    this.details = details;
  }
}

/** Works across copies of this package, where `instanceof` would not. */
export function isPortError(error: unknown): error is PortError {
  return error instanceof Error && error.name === 'PortError' && 'kind' in error;
}
