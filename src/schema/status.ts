import type { ResolvedSource } from './detect.ts';
import type { Choice } from './messages.ts';
import type { BlockedObject, JournalHead, Outcome, Phase, Ref, RunResult } from './outcome.ts';
import type { PlanCounts } from './plan.ts';
import type { ProgressLine } from './progress.ts';
import type { Evidence, Verdict } from './verdict.ts';

export type { ProgressLine };

export interface TargetView {
  readonly id: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly verdict: Verdict | null;
  readonly evidence: readonly Evidence[];
  /** Where all of a failure's evidence is stored. */
  readonly document?: Ref | undefined;
  /** Objects whose health nobody can tell; not counted as healthy. */
  readonly notAssessed?: number;
  /** Since when it has been failing without a break; milliseconds. */
  readonly failingSince?: number | undefined;
  readonly plan: PlanCounts | null;
  /** Objects written (or found already so) of those planned. */
  readonly written: { readonly done: number; readonly of: number } | null;
  readonly healthy: boolean | null;
  readonly verified: boolean | null;
}

/** A metric, a probe or a smoke test that is watched beside the workloads. */
export interface SourceView {
  readonly name: string;
  readonly kind: ResolvedSource['kind'];
  readonly verdict: Verdict | null;
  readonly evidence: readonly Evidence[];
  /** Of a metric that is judged by the time before the deploy: its mean then. Measured once. */
  readonly baseline?: number;
  /** Of a smoke test: uid of its Job; `null` once that is deleted. */
  readonly job?: string | null;
  /** The end of the log of the container that failed. */
  readonly log?: string;
}

/** What waits for a person, and what they may do. */
export interface OpenDecision {
  readonly kind: 'hold' | 'approve' | 'unhealthy' | 'blocked';
  /** Names this wait and no other one of the run. */
  readonly step: string;
  readonly since: string;
  readonly reason: string;
  readonly objects: readonly BlockedObject[];
  readonly choices: readonly Choice[];
  /** What `skip` may be said of: `<target>/<Kind>/<name>`. */
  readonly skippable: readonly string[];
  /** What is to be approved. */
  readonly planDigest: string | null;
  /** How often people have been reminded of it. */
  readonly reminders: number;
}

/** Answer of the query `status`. */
export interface StatusView {
  readonly type: 'guardDeploy' | 'rollBack';
  readonly application: string;
  readonly environment: string;
  readonly guardId: string;
  readonly operationId: string | null;
  readonly revision: string | null;
  readonly phase: Phase;
  readonly targets: readonly TargetView[];
  /** Missing in runs of versions that watched workloads only. */
  readonly sources?: readonly SourceView[];
  readonly baseline: { readonly id: string; readonly objects: number } | null;
  readonly failedState: { readonly id: string; readonly objects: number } | null;
  readonly failure: { readonly source: string; readonly reason: string; readonly at: string } | null;
  readonly progress: readonly ProgressLine[];
  /** What was noted on the way: foreign or malformed messages, decisions, waits. Newest last, bounded. */
  readonly timeline: readonly { readonly at: string; readonly text: string }[];
  readonly decision: OpenDecision | null;
  /** Who has said that nothing is to be restored yet. */
  readonly held: { readonly by: string; readonly reason: string } | null;
  /** Nothing is written yet, so that `hold` can be said. */
  readonly mayHold: boolean;
  /** Decided, and nothing changes it any more: while this is set and the run is open, its Leases are given back. */
  readonly ending: { readonly outcome: Outcome; readonly reason: string } | null;
  readonly journal: JournalHead | null;
  readonly result: RunResult | null;
}
