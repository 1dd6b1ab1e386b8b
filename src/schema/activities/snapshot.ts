import type { Ref } from '../outcome.ts';
import type { Owner } from '../owner.ts';
import type { Snapshot } from '../plan.ts';
import type { ResolvedRequest } from '../resolved-request.ts';
import type { AboutTarget, RunIdentity } from './about-target.ts';

export interface TakeSnapshotInput extends AboutTarget {
  readonly request: ResolvedRequest;
  /**
   * `state` reads members only; `plan` also tells who else applies them; `baseline` takes the census and the absences
   * besides.
   */
  readonly purpose: 'baseline' | 'plan' | 'state';
  /** Objects that belong to the target although the scope's selector may no longer show them. */
  readonly alsoMembersOf: Ref | null;
}

/** One target's part of a snapshot, as one pass read it. */
export interface SnapshotPart {
  readonly target: string;
  readonly part: Ref;
  readonly clusterId: string;
  readonly objects: number;
  /** Equal in two passes ⇒ every object stood still in between (uid and resourceVersion of each member). */
  readonly versions: string;
  /** The same by uid and content, for members whose status keeps moving. */
  readonly contents: string;
  readonly serverTime: string;
  /** Whoever applies members from a source of its own; missing where it was not asked for, and from older workers. */
  readonly owners?: readonly Owner[];
}

export interface SnapshotActivities {
  takeSnapshot(input: TakeSnapshotInput): Promise<SnapshotPart>;
  /** Joins the parts into one content-addressed snapshot. */
  sealSnapshot(input: {
    readonly run: RunIdentity;
    readonly request: ResolvedRequest;
    readonly parts: readonly SnapshotPart[];
  }): Promise<Snapshot>;
  /** Reads it again and checks every digest: a rollback target is usable, missing or corrupt, never assumed. */
  checkSnapshot(input: {
    readonly run: RunIdentity;
    readonly snapshot: Ref;
    /** The cluster ids seen now, by target id; another one is `corrupt`: it is another cluster's snapshot. */
    readonly clusterIds: Readonly<Record<string, string>>;
  }): Promise<SnapshotCheck>;
}

export type SnapshotCheck =
  | { readonly kind: 'usable'; readonly snapshot: Snapshot }
  | { readonly kind: 'missing' | 'corrupt' | 'from another cluster'; readonly reason: string };
