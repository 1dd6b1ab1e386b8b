import type { Ref } from '../outcome.ts';
import type { ResolvedRequest } from '../resolved-request.ts';
import type { Evidence, Verdict } from '../verdict.ts';
import type { AboutTarget } from './about-target.ts';

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
  /** What people should know about how it was watched. */
  readonly remark?: string;
  /** The cluster's clock when it was seen. */
  readonly serverTime: string | null;
}

export interface DetectActivities {
  watchWorkloads(input: WatchInput): Promise<WatchReport>;
  /** Answers when the deployer's run is closed, with its status. */
  watchDeployer(input: { readonly workflowId: string; readonly runId: string }): Promise<{ readonly status: string }>;
}
