import type { ResolvedMetric, ResolvedProbe } from '../detect.ts';
import type { Ref } from '../outcome.ts';
import type { ResolvedRequest } from '../resolved-request.ts';
import type { Evidence, Verdict } from '../verdict.ts';
import type { AboutTarget, RunIdentity } from './about-target.ts';

/** A watcher answers as soon as its verdict differs from the one it was called with. */
export interface WatchInput extends AboutTarget {
  readonly request: ResolvedRequest;
  /** Part of the baseline: what was broken before the deploy is no evidence. */
  readonly baseline: Ref;
  readonly known: Verdict;
  /** Evidence digest of the last answer: new evidence is a change too. */
  readonly cursor: string | null;
  /** How long ago the deploy said "deployed", in milliseconds; `null` before. Missing from older workers' workflows. */
  readonly deployedFor?: number | null;
}

export interface WatchReport {
  readonly target: string;
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  /** Members that nothing can be said about. Missing in reports of older workers. */
  readonly notAssessed?: number;
  readonly cursor: string;
  /** All of the evidence, stored; of a failure, where the store answered in time. */
  readonly document?: Ref;
  /** What people should know about how it was watched. */
  readonly remark?: string;
  /** The cluster's clock when it was seen. */
  readonly serverTime: string | null;
}

/** The same for a source beside the workloads. */
export interface WatchSourceInput<Source> {
  readonly run: RunIdentity;
  readonly source: Source;
  readonly known: Verdict;
  readonly cursor: string | null;
  /** What was there before does not count; milliseconds. */
  readonly since: number;
}

export interface WatchMetricsInput extends WatchSourceInput<ResolvedMetric> {
  /** When the deploy was let through: what a relative rule compares with ends here. */
  readonly readyAt: number;
  /** The mean before that, once it was measured: it does not change any more. */
  readonly baseline: number | null;
}

export interface SourceReport {
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
  readonly cursor: string;
  readonly baseline?: number;
  /** uid of a smoke test's Job, from when it is there. */
  readonly job?: string;
  /** The end of its log, where it has failed. */
  readonly log?: string;
}

export interface DetectActivities {
  watchWorkloads(input: WatchInput): Promise<WatchReport>;
  watchMetrics(input: WatchMetricsInput): Promise<SourceReport>;
  watchProbe(input: WatchSourceInput<ResolvedProbe>): Promise<SourceReport>;
  /** Answers when the deployer's run is closed, with its status. */
  watchDeployer(input: { readonly workflowId: string; readonly runId: string }): Promise<{ readonly status: string }>;
}
