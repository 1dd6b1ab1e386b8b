import type { LeftObject, Ref } from './outcome.ts';
import type { Evidence } from './verdict.ts';

/** A sealed snapshot: one per application at one instant, a part per target. */
export interface Snapshot {
  readonly snapshot: Ref;
  readonly parts: Readonly<Record<string, Ref>>;
  /** Server time per target when it was read. */
  readonly takenAt: Readonly<Record<string, string>>;
  readonly clusterIds: Readonly<Record<string, string>>;
  readonly objects: number;
}

export type PlanVerdict = 'noop' | 'update' | 'create' | 'recreate' | 'prune' | 'leave' | 'refuse';

export type PlanCounts = Readonly<Record<PlanVerdict, number>>;

/** Batches of one stage; a batch is written by one activity. */
export interface PlanStage {
  readonly stage: string;
  /** Stages run by this number, with a barrier across clusters between any two. */
  readonly order: number;
  readonly does: 'write' | 'delete';
  /** Objects per batch. */
  readonly batches: readonly number[];
}

/** A target's plan, small enough for history; the plan itself is in the store. */
export interface PlanSummary {
  readonly target: string;
  readonly plan: Ref;
  /** Equal for plans that do the same to the same contents, however often they are made; keyed, so that it tells nothing. */
  readonly digest: string;
  readonly counts: PlanCounts;
  /** Everything that is written or deleted, on both sides of the pivot, in order. */
  readonly stages: readonly PlanStage[];
  readonly refused: readonly { readonly object: string; readonly reason: string }[];
  readonly left: readonly LeftObject[];
  /** New objects outside the scope, `Kind/name`: perhaps the deploy's. Missing where there are none. */
  readonly suspects?: readonly string[];
  /** Foreign writes are still possible: an object was in flux when the plan was made, plan again. */
  readonly unsettled: readonly string[];
}

export type WriteResult =
  | { readonly object: string; readonly kind: 'done' }
  /** It was already so; nothing was sent. */
  | { readonly object: string; readonly kind: 'already' }
  /** A definite no: 403, 422, a denial. Nothing was changed. */
  | { readonly object: string; readonly kind: 'failed'; readonly reason: string }
  /** Somebody else wrote after the plan was made; not overwritten. */
  | { readonly object: string; readonly kind: 'newcomer'; readonly manager: string }
  /** No definite answer, and a read cannot tell yet: the write may still land. */
  | { readonly object: string; readonly kind: 'unclear'; readonly reason: string }
  /** The cluster did not take the request; nothing was changed. */
  | { readonly object: string; readonly kind: 'unreachable'; readonly reason: string };

export interface WriteReport {
  readonly target: string;
  readonly results: readonly WriteResult[];
  /** Pods that may have read what the batch put back, before it did; missing where it put no such thing back. */
  readonly readers?: readonly Reader[];
}

/** A pod whose containers were started while configuration was there that a restore takes away. */
export interface Reader {
  readonly uid: string;
  /** Of all its containers; after one more it has read the restored content. */
  readonly restarts: number;
  /** For people: `ConfigMap/settings`. */
  readonly of: readonly string[];
}

/** A pod that its controller has to make anew before the restored state is in force. */
export interface PodToHeal {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The workload it belongs to, for people. */
  readonly object: string;
  /** `delete`: it serves nobody. `evict`: its disruption budget is asked. */
  readonly how: 'delete' | 'evict';
  readonly why: string;
}

export interface HealReport {
  readonly target: string;
  readonly results: readonly HealResult[];
}

export type HealResult =
  | { readonly pod: PodToHeal; readonly kind: 'done' }
  /** It was gone; another pod may have its name. */
  | { readonly pod: PodToHeal; readonly kind: 'already' }
  /** Not now: a disruption budget, a missing right, no answer. Asked again, never forced. */
  | { readonly pod: PodToHeal; readonly kind: 'open'; readonly reason: string };

export type Health = {
  readonly target: string;
  /** Members that nothing can be said about. Missing in answers of older workers. */
  readonly notAssessed?: number;
  /** To be made anew now; health is worth another look when that is done. */
  readonly heal?: readonly PodToHeal[];
  /** Workloads whose pods run on with the failed deploy's configuration, by policy. */
  readonly stale?: readonly LeftObject[];
} & (
  | { readonly kind: 'healthy'; readonly objects: number }
  | { readonly kind: 'not worse than baseline'; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'unhealthy'; readonly evidence: readonly Evidence[] }
);
