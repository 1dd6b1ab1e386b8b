import type { ProgressLine } from './progress.ts';

/** How a run ended; defined one by one in docs/outcomes.md. A run with a valid request ends in exactly one. */
export const outcomes = [
  'kept',
  'superseded',
  'restored',
  'reverted',
  'refused',
  'held',
  'cancelled',
  'unready',
  'observed',
  'abandoned',
] as const;
export type Outcome = (typeof outcomes)[number];

/** States of an open run: the query's `phase` and the search attribute `BelayPhase`. */
export type Phase =
  | 'preparing'
  | 'guarding'
  | 'watching'
  | 'halting'
  | 'restoring'
  | 'reverting'
  | 'waiting(hold)'
  | 'waiting(approve)'
  | 'waiting(unhealthy)'
  | 'waiting(blocked)';

/** A reference into the store. `digest` is what the bytes must hash to; nothing of the content is in it. */
export interface Ref {
  readonly id: string;
  readonly digest: string;
  readonly bytes: number;
}

/** An object a rollback did not put back, and why; listed in the outcome, never hidden. */
export interface LeftObject {
  readonly target: string;
  readonly object: string;
  readonly reason: string;
}

/** An object that appeared while the deploy could write, outside its scope: perhaps the deploy's, never touched. */
export interface SuspectObject {
  readonly target: string;
  readonly object: string;
}

/** An object in a state that is neither baseline nor failed state, or not known. */
export interface BlockedObject {
  readonly target: string;
  readonly object: string;
  readonly expected: string;
  readonly actual: string;
  readonly why: string;
}

/** A Lease that was not given back: the next run meets its holder. */
export interface LeftLease {
  readonly cluster: string;
  /** `<namespace>/<name>`. */
  readonly lease: string;
  readonly reason: string;
}

export interface JournalHead {
  readonly sequence: number;
  readonly digest: string;
}

/** How healthy a restored state was seen to be, or who took it as it was: a person, or `policy`. */
export type RestoredHealth = 'healthy' | 'not worse than baseline' | `accepted by ${string}`;

/** The run's return value, and what doors show when it is closed. */
export interface RunResult {
  readonly outcome: Outcome;
  readonly guardId: string;
  readonly application: string;
  readonly environment: string;
  readonly operationId: string;
  /** One sentence for people: why this outcome. */
  readonly reason: string;
  readonly baseline: string | null;
  readonly failedState: string | null;
  /** Only with `restored`: how healthy the restored state was seen to be. */
  readonly health: RestoredHealth | null;
  readonly left: readonly LeftObject[];
  /** Only with `restored` and `reverted`, where there are any. */
  readonly suspects?: readonly SuspectObject[];
  /** Only with `abandoned`: what was where when a person closed the run. */
  readonly blocked: readonly BlockedObject[];
  readonly journal: JournalHead | null;
  /** Leases not given back; missing where it is not known, in the journal's outcome record, which comes first. */
  readonly leases?: readonly LeftLease[];
  /** The story's last lines: a door that polls may have missed them, and a closed run is never queried. */
  readonly progress?: readonly ProgressLine[];
}
