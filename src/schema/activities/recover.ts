import type { Ref } from '../outcome.ts';
import type { HealReport, Health, PodToHeal, Reader } from '../plan.ts';
import type { ResolvedRequest, ResolvedTarget } from '../resolved-request.ts';
import type { AboutTarget, RunIdentity } from './about-target.ts';

export interface RecoverActivities {
  /**
   * Answers when the target is healthy (or not worse than its baseline), when pods are to be healed, or after
   * `patience` milliseconds.
   */
  awaitHealthy(input: {
    readonly run: RunIdentity;
    readonly target: ResolvedTarget;
    readonly request: ResolvedRequest;
    readonly plan: Ref;
    readonly patience: number;
    /** `updates`: what is restored before the pivot. `backends`: of that workloads alone, for requests to go back to them. */
    readonly of: 'all' | 'updates' | 'backends';
    /** Missing: nothing is healed, as while the failed state is written back. */
    readonly heal?: { readonly readers: readonly Reader[] };
  }): Promise<Health>;
  /** Lets these very pods go, known by uid, so that their controllers make them anew. */
  healWorkloads(input: AboutTarget & { readonly pods: readonly PodToHeal[] }): Promise<HealReport>;
}
