/** gRPC's own numbers, as far as we tell them apart. */
const codes = {
  4: 'deadlineExceeded',
  5: 'notFound',
  7: 'permissionDenied',
  8: 'resourceExhausted',
  9: 'failedPrecondition',
  10: 'aborted',
  14: 'unavailable',
  16: 'unauthenticated',
} as const;

export type GrpcCode = (typeof codes)[keyof typeof codes];

/** The SDK wraps gRPC's error as `cause`, sometimes twice. */
export function grpcCode(error: unknown): GrpcCode | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = 'code' in error ? error.code : undefined;
  const known = typeof code === 'number' ? codes[code as keyof typeof codes] : undefined;
  return known ?? grpcCode(error.cause);
}

const transient: readonly (GrpcCode | undefined)[] = [
  'unavailable',
  'deadlineExceeded',
  'resourceExhausted',
  'aborted',
];

/** A run takes 10,000 signals; it continues as new, and takes more, as soon as nothing arrives for a moment. */
const runIsFull = 'exceeded workflow execution limit for signal events';

/** The same request may well succeed a little later. */
export function isTransient(error: unknown): boolean {
  return transient.includes(grpcCode(error)) || grpcReason(error).includes(runIsFull);
}

/** The innermost words; the outer ones say "Failed to …" only. */
export function grpcReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details: unknown = 'details' in error ? error.details : undefined;
  if (typeof details === 'string' && details !== '') return details;
  return error.cause instanceof Error ? grpcReason(error.cause) : error.message;
}

export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
