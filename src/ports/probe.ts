import type { ProbeCheck } from '../schema/detect.ts';

export type ProbeAnswer =
  | { readonly kind: 'good' }
  /** One word for people and machines, and what was seen; never anything of a response's body. */
  | { readonly kind: 'bad'; readonly reason: string; readonly message: string }
  /** We could not ask: nothing is known of who would have answered. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly message: string };

/** Asks once whether something answers as it should; `timeout` in milliseconds. Does not throw. */
export type Probe = (check: ProbeCheck, timeout: number) => Promise<ProbeAnswer>;
