import type { Gate, RestoreEnd } from '../../workflows/restore/steps.ts';
import type { Fault, Site } from './fault.ts';
import type { Order } from './model/scheduler.ts';
import type { SeededBug } from './seeded-bugs.ts';

/** What a run begins with. Each leads somewhere else without any fault. */
export const scenarios = {
  /** Everything can be put back. */
  restore: 'restored',
  /** One cluster turns one write away for good, when others are written already. */
  compensate: 'reverted',
  /** The failed deploy took over an object that was there before and is not in the baseline. */
  adopted: 'refused',
} as const;
export type Scenario = keyof typeof scenarios;

/** One run to be made. */
export interface Trial {
  readonly scenario: Scenario;
  readonly faults: readonly Fault[];
  readonly order: Order;
  readonly bug?: SeededBug;
  /** States are counted where somebody asks: it takes time. */
  readonly notes?: 'states';
}

/** What is stored, by cluster and object: content and field ownership as one text. */
export type Content = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A request of ours that changed something. */
export interface Effect {
  readonly target: string;
  readonly object: string;
  readonly did: 'create' | 'update' | 'delete' | 'ownership' | 'fence';
  /** Of the plan; `null` where the request belongs to none. */
  readonly stage: string | null;
  /** Whether it went over what somebody else had written. */
  readonly over: 'ours or the deploy' | 'somebody else';
  /** Whether the journal had the stage, and the pivot where it is needed, when the request had its effect. */
  readonly isRecorded: boolean;
}

/** A wait for a person, and what was stored at that time. */
export interface Wait {
  readonly gate: Gate;
  readonly content: Content;
  /** Where the journal says that everything was to go; `nowhere`: nothing had been written yet. */
  readonly goal: 'baseline' | 'failed' | 'nowhere';
}

/** Everything goes back to the failed state as soon as the journal says so. */
export function goalIn(journal: readonly string[]): 'baseline' | 'failed' {
  return journal.includes('compensating') ? 'failed' : 'baseline';
}

/** What a run did, as the clusters and the store tell it. Nothing in here is the engine's own account but `end`. */
export interface Trace {
  readonly trial: Trial;
  /** `null`: it did not end; `problem` says how. */
  readonly end: RestoreEnd | null;
  readonly problem: string | null;
  readonly sites: readonly Site[];
  /** Faults that struck, in the order of the trial. */
  readonly fired: readonly boolean[];
  /** The engine's calls with their inputs, in order. */
  readonly calls: readonly string[];
  readonly waits: readonly Wait[];
  readonly effects: readonly Effect[];
  readonly baseline: Content;
  /** What was stored right before the first effect of ours. */
  readonly failed: Content;
  /** What was stored right before each act of somebody else, and when the run ended. */
  readonly instants: readonly Content[];
  /** What was stored when the run ended, and when everything still under way had arrived. */
  readonly atEnd: Content;
  readonly afterwards: Content;
  /** Objects that somebody else wrote or deleted, as `cluster/object`. */
  readonly foreign: ReadonlySet<string>;
  /** Whether a plan may do that. */
  readonly isPlanned: (effect: Effect) => boolean;
  /** Distinct states that the run went through, as fingerprints. */
  readonly states: readonly string[];
}

/** Where trials are made. */
export type World = (trial: Trial) => Promise<Trace>;
