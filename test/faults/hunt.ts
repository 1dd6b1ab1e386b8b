import { aftermathOf, pairOf, recordRun, singles } from './explore.ts';
import { faultsAt, nameOfFault } from './fault.ts';
import { judge } from './judge.ts';
import type { SeededBug } from './seeded-bugs.ts';
import { type Scenario, scenarios, type Trial, type World } from './trial.ts';

/** How a seeded bug was noticed: by a trial that keeps every promise without the bug. */
export interface Catch {
  readonly bug: SeededBug;
  readonly invariant: string;
  readonly says: string;
  readonly scenario: Scenario;
  readonly faults: readonly string[];
}

const mostPairs = 1000;

/** Goes through the trials of the suite until one notices. `null`: none did, and the suite is blind to it. */
export async function hunt(world: World, bug: SeededBug): Promise<Catch | null> {
  for await (const trial of trialsOf(world)) {
    const caught = await notice(world, bug, trial);
    if (caught) return caught;
  }
  return null;
}

async function* trialsOf(world: World): AsyncIterable<Trial> {
  const order = { kind: 'first come' } as const;
  for (const scenario of Object.keys(scenarios) as Scenario[]) {
    yield { scenario, faults: [], order };
    yield* singles(scenario, faultsAt((await recordRun(world, scenario)).sites), order);
  }
  for (const scenario of ['restore', 'compensate'] as const) yield* aftermathOf(world, scenario);
  for (let seed = 1; seed <= mostPairs; seed++) yield await pairOf(world, seed);
}

async function notice(world: World, bug: SeededBug, trial: Trial): Promise<Catch | null> {
  const [broken] = judge(await world({ ...trial, bug })).filter(({ invariant }) => invariant !== 'fired');
  if (!broken || judge(await world(trial)).length > 0) return null;
  return { ...broken, bug, scenario: trial.scenario, faults: trial.faults.map(nameOfFault) };
}
