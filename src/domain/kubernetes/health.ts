export type ObjectHealth =
  | { readonly kind: 'current' }
  | { readonly kind: 'progressing'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'terminating'; readonly reason: string }
  /** Nothing says how it is; it holds nobody up, and is never counted as healthy. */
  | { readonly kind: 'notAssessed'; readonly reason: string }
  /** It should say how it is, and the question could not be answered. */
  | { readonly kind: 'inconclusive'; readonly reason: string };

export const current: ObjectHealth = { kind: 'current' };

export function progressing(reason: string): ObjectHealth {
  return { kind: 'progressing', reason };
}

export function failed(reason: string): ObjectHealth {
  return { kind: 'failed', reason };
}

export function notAssessed(reason: string): ObjectHealth {
  return { kind: 'notAssessed', reason };
}

export function inconclusive(reason: string): ObjectHealth {
  return { kind: 'inconclusive', reason };
}
