export type ObjectHealth =
  | { readonly kind: 'current' }
  | { readonly kind: 'progressing'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'terminating'; readonly reason: string }
  | { readonly kind: 'notAssessed'; readonly reason: string };

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
