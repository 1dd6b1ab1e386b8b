import type { Gate } from '../../../workflows/restore/steps.ts';
import type { Site } from '../fault.ts';
import { type Meetings, noMeetings } from '../meet.ts';
import { type Content, type Effect, goalIn, type Trial, type Wait } from '../trial.ts';
import { deploy, installApplication, targets } from './application.ts';
import { contentOf, type ModelClusters } from './clusters.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

/** Everything there is in a run over the model. */
export interface ModelWorld {
  readonly trial: Trial;
  readonly scheduler: Scheduler;
  readonly clusters: ModelClusters;
  readonly baseline: Content;
  /** What was stored right before the first effect of ours. */
  failed: Content | null;
  /** Sealed documents by id. */
  readonly documents: Map<string, unknown>;
  /** Steps of the journal, in order. */
  readonly journal: string[];
  readonly meetings: Meetings;
  readonly effects: Effect[];
  readonly waits: Wait[];
  readonly instants: Content[];
  readonly foreign: Set<string>;
  readonly states: Set<string>;
  /** Until when a cluster is not reached, or its answers are not. */
  readonly cuts: Map<string, Cut>;
  /** Objects that we may not write, as `cluster/object`. */
  readonly forbidden: Set<string>;
  /** What goes on only after the outcome: late requests, workers that stand still. */
  readonly afterOutcome: (() => void)[];
  isCancelled: boolean;
}

interface Cut {
  readonly until: number;
  readonly lets: 'nothing' | 'requests';
}

export function createModelWorld(trial: Trial): ModelWorld {
  const clusters = Object.fromEntries(targets.map((target) => [target, installApplication()]));
  const baseline = contentOf(clusters);
  for (const cluster of Object.values(clusters)) deploy(cluster, trial.scenario);
  return {
    trial,
    scheduler: createScheduler(trial.order),
    clusters,
    baseline,
    failed: null,
    documents: new Map(),
    journal: [],
    meetings: noMeetings(trial),
    effects: [],
    waits: [],
    instants: [],
    foreign: new Set(),
    states: new Set(),
    cuts: new Map(),
    forbidden: new Set(),
    afterOutcome: [],
    isCancelled: false,
  };
}

export function clusterOf({ clusters }: Pick<ModelWorld, 'clusters'>, target: string) {
  const cluster = clusters[target];
  if (!cluster) throw new Error(`no cluster ${target}`);
  return cluster;
}

/** Somebody else acts; what was stored until then is kept, for claims about one instant. */
export function actAsSomebodyElse(
  world: ModelWorld,
  { target, object }: Pick<Site, 'target' | 'object'>,
  act: 'edit' | 'remove',
): void {
  const cluster = clusterOf(world, target);
  // A list, or the question who the cluster is, is about no object: the one that most depends on is taken.
  const name = object === '*' || object === 'identity' ? 'settings' : object;
  world.instants.push(contentOf(world.clusters));
  world.foreign.add(`${target}/${name}`);
  const live = cluster.get(name);
  if (act === 'remove') {
    if (live) cluster.remove(name, 'any');
  } else if (live) cluster.replace(name, 'edited by hand', 'any', 'somebody else');
  else cluster.create(name, 'edited by hand', 'somebody else');
}

/** A person meets a gate: sees what is there, and puts right what a person can. */
export function meetPerson(world: ModelWorld, gate: Gate): void {
  const goal = world.failed === null ? 'nowhere' : goalIn(world.journal);
  world.waits.push({ gate, content: contentOf(world.clusters), goal });
  world.cuts.clear();
  world.forbidden.clear();
}

/** Notes where the run is: what is stored, what the journal knows, what may still happen. */
export function noteState(world: ModelWorld): void {
  const { clusters, journal, cuts, forbidden, afterOutcome, isCancelled, meetings } = world;
  const last = meetings.sites.at(-1);
  const where = [last?.step, last?.target, last?.object, journal.at(-1), isCancelled, afterOutcome.length];
  const limits = [[...cuts.keys()], [...forbidden]];
  world.states.add(JSON.stringify([contentOf(clusters), where, limits]));
}
