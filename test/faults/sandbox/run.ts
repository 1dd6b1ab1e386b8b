import { AsyncLocalStorage } from 'node:async_hooks';
import type { Sandbox, SandboxCluster } from '../../../src/sandbox/index.ts';
import type { Gate } from '../../../workflows/restore/steps.ts';
import { type Meetings, noMeetings } from '../meet.ts';
import { type Content, goalIn, type Trial, type Wait } from '../trial.ts';
import { actOnSandbox, type SandboxApplication } from './application.ts';

/** Everything that belongs to one run over the sandbox. */
export interface SandboxRun {
  readonly trial: Trial;
  readonly sandbox: Sandbox;
  readonly application: SandboxApplication;
  readonly meetings: Meetings;
  readonly calls: string[];
  readonly waits: Wait[];
  readonly instants: Content[];
  readonly foreign: Set<string>;
  readonly afterOutcome: (() => void)[];
  /** Attempts that Temporal has given up and that go on all the same. */
  readonly underWay: Set<Promise<unknown>>;
  /** Undoes what a person, or time, would put right. */
  readonly repairs: Set<() => unknown>;
  /** Lets be written what was forbidden. */
  giveRight: () => void;
  readonly journal: string[];
  /** What was stored when the first batch was about to be written. */
  failed: Content | null;
  isCancelled: boolean;
}

export function beginRun(
  trial: Trial,
  { sandbox, application, giveRight }: Pick<SandboxRun, 'sandbox' | 'application' | 'giveRight'>,
): SandboxRun {
  return {
    trial,
    sandbox,
    application,
    meetings: noMeetings(trial),
    calls: [],
    waits: [],
    instants: [],
    foreign: new Set(),
    afterOutcome: [],
    underWay: new Set(),
    repairs: new Set(),
    giveRight,
    journal: [],
    failed: null,
    isCancelled: false,
  };
}

/** One try at an activity. */
export interface Attempt {
  readonly run: SandboxRun;
  readonly step: string;
  readonly target: string;
  isDead: boolean;
  /** Temporal does not wait for it any more: its time is over. */
  isGivenUp: boolean;
  readonly giveUp: () => void;
}

/** Which attempt the code that runs belongs to; none while a trial is set up. */
export const attempts = new AsyncLocalStorage<Attempt>();

export function clusterOf({ sandbox }: SandboxRun, target: string): SandboxCluster {
  return sandbox.cluster(target);
}

export async function actAsSomebodyElse(
  run: SandboxRun,
  { target, object }: { readonly target: string; readonly object: string },
  act: 'edit' | 'remove' | 'touch',
): Promise<void> {
  const { application, foreign, instants } = run;
  if (act !== 'touch') {
    instants.push(application.content());
    foreign.add(`${target}/${object}`);
  }
  await actOnSandbox(clusterOf(run, target), application.path(object), act);
}

/** A person meets a gate: sees what is there, and puts right what a person can. */
export async function meetPerson(run: SandboxRun, gate: Gate): Promise<void> {
  const goal = run.failed === null ? 'nowhere' : goalIn(run.journal);
  run.waits.push({ gate, content: run.application.content(), goal });
  for (const repair of run.repairs) await repair();
  // A write without an answer cannot be taken back without the right to write.
  if (goal === 'failed' && gate.reason.includes('HTTP 403')) run.giveRight();
  run.repairs.clear();
}
