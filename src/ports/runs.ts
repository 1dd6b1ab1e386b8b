import type { HolderState } from '../schema/holder-state.ts';

/** What Temporal knows of a run, all its continuations included. */
export type RunState =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'closed';
      /** As Temporal calls it: `TERMINATED`, `COMPLETED` … */
      readonly status: string;
      /** ISO time of the server. */
      readonly closedAt: string;
    }
  /** Never heard of, or closed so long ago that it is forgotten: nothing is known. */
  | { readonly kind: 'unknown' };

/** The Temporal that this process works for. */
export interface Runs {
  /** `runId`: any run of the chain. Throws `PortError` `unavailable`. */
  stateOf(workflowId: string, runId: string): Promise<RunState>;
  /** Of the run that a Lease names as its holder. Throws `PortError` `unavailable`. */
  holderState(holder: string): Promise<HolderState>;
}
