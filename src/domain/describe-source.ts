import type { Evidence } from '../schema/verdict.ts';

/** `metric errors`: as people are told of it. */
export function nameOfSource({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}

/** `AboveMaximum: 0.31 is above 0.02`; empty where there is nothing to say. */
export function describeSeen({ evidence }: { readonly evidence: readonly Evidence[] }): string {
  return evidence.map(({ reason, message }) => `${reason}: ${message}`).join('; ');
}
