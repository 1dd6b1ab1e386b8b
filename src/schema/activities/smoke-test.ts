import type { ResolvedJob } from '../detect.ts';
import type { Verdict } from '../verdict.ts';
import type { AboutTarget } from './about-target.ts';
import type { SourceReport } from './detect.ts';

export interface SmokeTestInput extends AboutTarget {
  readonly source: ResolvedJob;
  /** Who the cluster was when the baseline was taken. */
  readonly clusterId: string;
}

export interface WatchJobInput extends SmokeTestInput {
  /** Only this Job: one of its name that somebody else has made since is not ours. */
  readonly uid: string;
  readonly known: Verdict;
}

/** What a smoke test takes; each is safe to repeat. */
export interface SmokeTestActivities {
  /** Makes the Job, or finds the one that is there. Without `job` in its report there is none. */
  startJob(input: SmokeTestInput): Promise<SourceReport>;
  /** Answers when the verdict is another one than `known`. Changes nothing. */
  watchJob(input: WatchJobInput): Promise<SourceReport>;
  /** Deletes the Job, if it is there and ours. */
  removeJob(input: SmokeTestInput): Promise<{ readonly kind: 'gone' }>;
}
