import type { Answer } from '../src/domain/judge-decision.ts';
import type { Failure } from '../src/domain/judge-guard.ts';
import type { Lock, LockInput, RunIdentity } from '../src/schema/activities.ts';
import type { GuardEvent, Recovery, ReportFate } from '../src/schema/messages.ts';
import type {
  BlockedObject,
  JournalHead,
  LeftObject,
  Outcome,
  Phase,
  Ref,
  RestoredHealth,
  RunResult,
  SuspectObject,
} from '../src/schema/outcome.ts';
import type { Snapshot } from '../src/schema/plan.ts';
import type { ResolvedRequest } from '../src/schema/resolved-request.ts';
import type { OpenDecision, ProgressLine, SourceView, TargetView } from '../src/schema/status.ts';
import type { Cancellation, RestoreState } from './restore/steps.ts';

/** What is known from the start arguments alone, before anything was resolved. */
export interface Opening {
  /** What the run was started with, as it came. */
  readonly argument: unknown;
  readonly type: 'guardDeploy' | 'rollBack';
  readonly application: string;
  readonly environment: string;
  readonly guardId: string;
  readonly revision: string | null;
  readonly replyTo: string | null;
  readonly deployer: { readonly workflowId: string; readonly runId: string } | null;
}

/** How a run ended, before it is recorded. */
export interface Ending {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly by?: string;
  readonly health?: RestoredHealth;
  readonly left?: readonly LeftObject[];
  readonly suspects?: readonly SuspectObject[];
  readonly blocked?: readonly BlockedObject[];
}

/** A wait for a person. */
export interface Wait {
  readonly step: string;
  readonly kind: OpenDecision['kind'];
  readonly reason: string;
  /** Where the run goes on when a person has decided. */
  readonly from: Phase;
  /** Milliseconds. */
  readonly since: number;
  readonly reminders: number;
}

/** What a person has said, as timeline and journal have it. */
export type Decided = Omit<Answer, 'choice'> & { readonly choice: Answer['choice'] | 'hold' };

/** Everything a run knows, as plain data: continue-as-new hands it on, a query shows it. */
export interface RunState extends Opening {
  phase: Phase;
  run: RunIdentity | null;
  request: ResolvedRequest | null;
  locks: readonly Lock[];
  /** Leases that were asked for without an answer: they may be held. */
  doubtfulLocks?: readonly LockInput[];
  /** What to restore, and the snapshot taken right before the deploy (census); mostly the same one. */
  baseline: Snapshot | null;
  before: Snapshot | null;
  /** Server times from and to which a change counts as the deploy's; `null`: from `before`, to the end of quiesce. */
  windowStart: Readonly<Record<string, string>> | null;
  windowEnd: Readonly<Record<string, string>> | null;
  readyAt: number | null;
  deployed: { readonly at: number; readonly revision: string | null } | null;
  healthySince: number | null;
  /** Missing in runs of versions without it, and as long as it was not healthy. */
  firstHealthyAt?: number;
  failure: Failure | null;
  promotedBy: string | null;
  cancel: Cancellation | null;
  superseded: { readonly by: string; readonly reason: string } | null;
  rollbackRequest: {
    readonly by: string;
    readonly reason: string;
    readonly to: string | null;
    readonly recover?: Recovery | null;
  } | null;
  /** Operation id of the run that this one finishes: its writes go on under that name. */
  recovers?: string;
  halted: boolean;
  /** Keys of failure reports already seen: a repeat changes nothing, also after continue-as-new. */
  seenKeys: readonly string[];
  /** What became of the latest reports whose senders may ask. */
  reports?: readonly ({ readonly reportId: string } & ReportFate)[];
  /** The gate as people are shown it; closed while it is tried whether the cause is gone. */
  decision: OpenDecision | null;
  /** The wait behind it, which lasts until its step is done or a person has decided. */
  wait: Wait | null;
  /** Waits there have been. */
  waits: number;
  /** A person's answer to the open gate, until the gate takes it. */
  answer: Answer | null;
  /** What people have decided, in order, and how much of it is in the journal. */
  decided: readonly Decided[];
  decidedRecorded: number;
  /** Nothing is restored while this stands. */
  held: Cancellation | null;
  /** Objects that a person leaves as they are. */
  skipped: readonly LeftObject[];
  /** The first write is announced: from here on nothing is held back. */
  writing: boolean;
  restore: RestoreState | null;
  targets: readonly TargetView[];
  /** What is watched beside them. Missing in runs of versions that watched workloads only. */
  sources?: readonly SourceView[];
  progress: readonly ProgressLine[];
  timeline: readonly { readonly at: string; readonly text: string }[];
  /** The snapshot to restore to when it is not the one taken now: after a supersede. */
  inherited: Ref | null;
  journal: JournalHead | null;
  lastEvent: GuardEvent | null;
  /** Decided: from here on nothing that is said to the run changes its outcome. */
  ending: Ending | null;
  result: RunResult | null;
}

function newState(opening: Opening): RunState {
  return {
    ...opening,
    phase: 'preparing',
    run: null,
    request: null,
    locks: [],
    baseline: null,
    before: null,
    windowStart: null,
    windowEnd: null,
    readyAt: null,
    deployed: null,
    healthySince: null,
    failure: null,
    promotedBy: null,
    cancel: null,
    superseded: null,
    rollbackRequest: null,
    halted: false,
    seenKeys: [],
    decision: null,
    wait: null,
    waits: 0,
    answer: null,
    decided: [],
    decidedRecorded: 0,
    held: null,
    skipped: [],
    writing: false,
    restore: null,
    targets: [],
    progress: [],
    timeline: [],
    inherited: null,
    journal: null,
    lastEvent: null,
    ending: null,
    result: null,
  };
}

/** Up to the first write a restore can be kept waiting. */
export function mayHold({ ending, writing }: RunState): boolean {
  return ending === null && !writing;
}

/** What continue-as-new hands on beside the start argument. */
export type Carried = Omit<RunState, 'argument'>;

/** What an earlier run handed on, or a new state. A state that cannot be decoded now must wait for a worker that can. */
export function stateOf(carried: Carried | undefined, opening: Opening): RunState {
  if (carried === undefined) return newState(opening);
  if ('undecodable' in carried) throw new TypeError('the state of the run before this one could not be decoded');
  return { ...carried, argument: opening.argument };
}

/** The start argument may be anything: what cannot be read is left to `resolveRequest`, which names what is wrong. */
export function openingOf(request: unknown): Opening {
  const fields = asFields(request);
  const deployer = asFields(fields.deployer);
  return {
    argument: request,
    type: 'guardDeploy',
    application: asText(fields.application) ?? '?',
    environment: asText(fields.environment) ?? '?',
    guardId: asText(fields.guardId) ?? '?',
    revision: asText(fields.revision),
    replyTo: asText(asFields(fields.replyTo).workflowId),
    deployer:
      asText(deployer.workflowId) === null
        ? null
        : { workflowId: asText(deployer.workflowId) ?? '', runId: asText(deployer.runId) ?? '' },
  };
}

function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
