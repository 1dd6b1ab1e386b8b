/** What `planRollback` answers: a plan for people and scripts to read. Nothing secret is in it. */
import type { Owner, OwnerPolicy } from './owner.ts';
import type { PlanCounts, PlanVerdict } from './plan.ts';

/** One changed field, from what is live to what would be put back. */
export interface FieldView {
  /** RFC 6901. */
  readonly pointer: string;
  /** `same` is told of the keys of a Secret only, where nothing else can be. */
  readonly change: 'added' | 'removed' | 'changed' | 'same';
  /** JSON text, shortened; `null` where there is none, and where it is hidden. */
  readonly from: string | null;
  readonly to: string | null;
}

/** A field that the plan would change and that somebody outside the deploy has written. */
export interface ForeignView {
  readonly pointer: string;
  readonly manager: string;
  /** Server time; `null` when the server does not know. */
  readonly time: string | null;
}

export interface ObjectView {
  /** Short name for people, `Deployment/checkout`. */
  readonly object: string;
  readonly verdict: PlanVerdict;
  readonly reason: string;
  readonly foreign: readonly ForeignView[];
  readonly fields: readonly FieldView[];
  /** Fields that are not listed, to keep the answer small. */
  readonly cut: number;
}

/** The objects of one target that are not merely unchanged: foreign changes first, then refusals. */
export interface PlanDescription {
  readonly target: string;
  readonly objects: readonly ObjectView[];
  /** Objects that are not listed, to keep the answer small. */
  readonly cut: number;
}

export interface TargetPlanView extends PlanDescription {
  readonly counts: PlanCounts;
  /** Writes that a dry run has proven. */
  readonly proven: number;
  /** Writes whose dry run did not answer the baseline. */
  readonly unproven: readonly { readonly object: string; readonly reason: string }[];
  /** Writes that can only be proven when another planned object is as it should be. */
  readonly deferred: readonly { readonly object: string; readonly on: string }[];
  /** New objects outside the scope, `Kind/name`; missing where there are none. */
  readonly suspects?: readonly string[];
  /** Objects that moved or were going away while the plan was made. */
  readonly unsettled: readonly string[];
}

/** Somebody who applies members of a target from a source of its own. */
export interface OwnerView {
  readonly target: string;
  /** `Kustomization/shop in flux-system (Flux)`. */
  readonly owner: string;
  /** How it was recognised. */
  readonly via: string;
  readonly state: Owner['state']['kind'];
  /** What becomes of the rollback, or of the owner. */
  readonly effect: 'none' | 'refuse' | 'pause' | 'ignore';
}

export interface OwnersView {
  /** `owners` of the guard's request. */
  readonly policy: OwnerPolicy;
  readonly found: readonly OwnerView[];
}

/** `refused` says what a rollback asked for now would say, and why; it changes nothing either. */
export interface PlanView {
  readonly verdict: 'possible' | 'refused';
  readonly application: string;
  readonly environment: string;
  readonly by: string | null;
  /** Why it would be refused; empty when it would not be. */
  readonly reasons: readonly string[];
  /** Snapshot that would be put back, and why that one; `null` when there is none. */
  readonly baseline: { readonly id: string; readonly because: PlanBasis } | null;
  /** Snapshot of what is live; `null` when it could not be read. */
  readonly live: string | null;
  readonly counts: PlanCounts;
  /** Missing where nobody else applies anything. */
  readonly owners?: OwnersView;
  readonly targets: readonly TargetPlanView[];
}

/** Where the baseline comes from: an open guard goes back to its own, everything else to what is asked for. */
export type PlanBasis = 'open guard' | 'last known good' | 'named';

/** Start argument of `planRollback`. */
export interface PlanRequest {
  readonly application: string;
  readonly environment: string;
  /** Snapshot id, or its beginning; without it the open guard's baseline, else the last known good. */
  readonly to?: string;
  /** Who asks, for the record. */
  readonly by?: string;
}
