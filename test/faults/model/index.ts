import type { Snapshot } from '../../../src/schema/plan.ts';
import type { RestoreInput, Steps } from '../../../workflows/restore/steps.ts';
import { restore } from '../../../workflows/restore.ts';
import { restoreInput } from '../../support/fake-steps.ts';
import type { Content, Trace, Trial } from '../trial.ts';
import { withBug } from '../with-bug.ts';
import { application, targets } from './application.ts';
import { contentOf, type Stored } from './clusters.ts';
import { refTo } from './read-activities.ts';
import { modelSteps } from './steps.ts';
import { createModelWorld, type ModelWorld } from './world.ts';

/** Runs the protocol over the model, with made-up time. The same trial gives the same trace. */
export async function runOnModel(trial: Trial): Promise<Trace> {
  const world = createModelWorld(trial);
  const calls: string[] = [];
  const steps = withBug(trial.bug, recording(modelSteps(world), calls));
  const result = await ended(world, restore(steps, inputOf(world)));
  const atEnd = contentOf(world.clusters);
  const failed = world.failed ?? atEnd;
  world.instants.push(atEnd);
  for (const goOn of world.afterOutcome.splice(0)) goOn();
  if (result.end) await world.scheduler.untilIdle();
  return {
    trial,
    ...result,
    sites: world.meetings.sites,
    fired: trial.faults.map((fault) => world.meetings.fired.has(fault)),
    calls,
    waits: world.waits,
    effects: world.effects,
    baseline: world.baseline,
    failed,
    isPlanned: isPlanned(failed),
    instants: world.instants,
    atEnd,
    afterwards: contentOf(world.clusters),
    foreign: world.foreign,
    states: [...world.states],
  };
}

async function ended(world: ModelWorld, run: ReturnType<typeof restore>): Promise<Pick<Trace, 'end' | 'problem'>> {
  try {
    return { end: await world.scheduler.until(run), problem: null };
  } catch (error) {
    return { end: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Notes each call with its input, as it is made. */
function recording(steps: Steps, calls: string[]): Steps {
  const noted =
    (name: string, step: (...inputs: never[]) => unknown) =>
    (...inputs: never[]) => {
      calls.push(`${name} ${JSON.stringify(inputs)}`);
      return step(...inputs);
    };
  const named = Object.entries(steps).map(([name, step]) =>
    typeof step === 'function' && name !== 'now' && name !== 'cancelled' ? [name, noted(name, step)] : [name, step],
  );
  return Object.fromEntries(named) as Steps;
}

/** A guard's baseline, as it was kept before the deploy. */
function inputOf(world: ModelWorld): RestoreInput {
  const parts = Object.fromEntries(targets.map((target) => [target, refTo(`baseline ${target}`)]));
  const baseline: Snapshot = { ...restoreInput.baseline, snapshot: refTo('baseline'), parts };
  world.documents.set('baseline', baseline);
  for (const target of targets) world.documents.set(`baseline ${target}`, { target, objects: baselineObjects() });
  return { ...restoreInput, baseline, before: baseline };
}

function baselineObjects(): Record<string, Stored> {
  const members = application.filter(({ baseline }) => baseline !== null);
  return Object.fromEntries(
    members.map(({ name, baseline, isApplied }) => {
      const owned = isApplied ? `apply ${baseline}` : '';
      return [name, { uid: 0, version: 0, content: baseline ?? '', owned, writer: 'admin' as const }];
    }),
  );
}

/** Deletes only of what was not there before we came, of what is made anew, and of what the failed deploy made. */
function isPlanned(failed: Content): Trace['isPlanned'] {
  return ({ target, object, did }) => {
    const planned = application.find(({ name }) => name === object);
    if (!planned) return false;
    if (did !== 'delete') return true;
    return planned.baseline === null || planned.isMadeAnew === true || failed[target]?.[object] === undefined;
  };
}
