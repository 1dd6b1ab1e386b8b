import type { ResolvedTarget } from '../resolved-request.ts';

/** Who runs: put into every journal record. */
export interface RunIdentity {
  readonly application: string;
  readonly environment: string;
  readonly guardId: string;
  /** 16 hex digits, one per run; field manager of every write is `belay:<operationId>`. */
  readonly operationId: string;
  readonly workflowId: string;
  /** First execution run id: stable over continue-as-new. */
  readonly firstRunId: string;
  /** The store the run began with: every worker compares it with its own before it does anything. */
  readonly storeId?: string;
}

export interface AboutTarget {
  readonly run: RunIdentity;
  readonly target: ResolvedTarget;
}
