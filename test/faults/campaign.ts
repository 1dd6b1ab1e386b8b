import { createHash } from 'node:crypto';
import { aftermathOf, type Explored, explore, pairOf, recordRun, singles, together } from './explore.ts';
import { type Fault, type FaultKind, faultsAt } from './fault.ts';
import { type Catch, hunt } from './hunt.ts';
import { runOnModel } from './model/index.ts';
import { placements } from './model-check.ts';
import { openSandboxWorld } from './sandbox/index.ts';
import { type SeededBug, seededBugs } from './seeded-bugs.ts';
import { type Scenario, scenarios, type Trace, type Trial, type World } from './trial.ts';

export const faultReportFile = 'reports/faults.json';

/** How much is tried. */
export interface Profile {
  readonly name: 'quick' | 'full';
  /** In which plain orders every single fault strikes; chance does the rest in pairs. */
  readonly orders: readonly ('first come' | 'last come')[];
  readonly modelPairs: number;
  readonly sandboxPairs: number;
  /** Each so many-th placement of the model check. */
  readonly checkEvery: number;
  readonly sandboxSingles: 'one of each' | 'all';
}

export const profiles: Readonly<Record<Profile['name'], Profile>> = {
  quick: {
    name: 'quick',
    orders: ['first come'],
    modelPairs: 2000,
    sandboxPairs: 10,
    checkEvery: 60,
    sandboxSingles: 'one of each',
  },
  full: {
    name: 'full',
    orders: ['first come', 'last come'],
    modelPairs: 2500,
    sandboxPairs: 100,
    checkEvery: 1,
    sandboxSingles: 'all',
  },
};

/** What a campaign has found; everything in it is the same the next time. */
export interface Report {
  readonly profile: Profile['name'];
  readonly singles: { readonly model: Explored; readonly sandbox: Explored };
  /** A request without an answer, and every second fault in what follows about the same object. */
  readonly aftermath: Explored;
  readonly pairs: { readonly model: Explored; readonly sandbox: Explored; readonly seeds: string };
  readonly modelCheck: Explored & { readonly states: number };
  /** `null`: nobody noticed. */
  readonly bugs: Readonly<Record<SeededBug, Catch | null>>;
}

export type Say = (line: string) => void;

const allScenarios = Object.keys(scenarios) as Scenario[];

export async function runCampaign(profile: Profile, say: Say): Promise<Report> {
  const model = await exploreModel(profile, say);
  const bugs = {} as Record<SeededBug, Catch | null>;
  for (const bug of Object.keys(seededBugs) as SeededBug[]) {
    bugs[bug] = await hunt(runOnModel, bug);
    say(`seeded bug "${bug}": ${bugs[bug] ? `caught, ${bugs[bug].invariant} ${bugs[bug].says}` : 'NOT caught'}`);
  }
  const sandbox = await exploreSandbox(profile, say);
  return {
    profile: profile.name,
    singles: { model: model.singles, sandbox: sandbox.singles },
    aftermath: model.aftermath,
    pairs: { model: model.pairs, sandbox: sandbox.pairs, seeds: `1 to ${profile.modelPairs}` },
    modelCheck: model.check,
    bugs,
  };
}

async function exploreModel(profile: Profile, say: Say) {
  const alone = together(await inTurn(allScenarios, (scenario) => exploreSingles(scenario, profile.orders)));
  say(told('single faults on the model', alone));
  const aftermath = together(await inTurn(['restore', 'compensate'] as const, exploreAftermath));
  say(told('what follows a request without an answer, on the model', aftermath));
  const pairs = await explore(runOnModel, pairsOf(runOnModel, profile.modelPairs));
  say(told(`pairs on the model, seeds 1 to ${profile.modelPairs}`, pairs));
  const check = await checkModel(profile.checkEvery);
  say(`${told('model check', check)}, ${check.states} states`);
  return { singles: alone, aftermath, pairs, check };
}

/** Every single fault on the model. */
export async function exploreSingles(scenario: Scenario, orders: Profile['orders']): Promise<Explored> {
  const faults = faultsAt((await recordRun(runOnModel, scenario)).sites);
  return together(await inTurn(orders, (kind) => explore(runOnModel, singles(scenario, faults, { kind }))));
}

/** Where most of the trouble is, without leaving anything to chance. */
export async function exploreAftermath(scenario: Scenario): Promise<Explored> {
  return await explore(runOnModel, aftermathOf(runOnModel, scenario));
}

export async function checkModel(every: number): Promise<Report['modelCheck']> {
  const states = new Set<string>();
  const world: World = async (trial) => {
    const trace = await runOnModel(trial);
    for (const state of trace.states) states.add(createHash('sha1').update(state).digest('base64'));
    return { ...trace, states: [] };
  };
  const checks = (['restore', 'compensate'] as const).map((scenario) => placements(runOnModel, scenario, every));
  const explored = together(await inTurn(checks, (trials) => explore(world, trials)));
  return { ...explored, states: states.size };
}

/** Real time passes here, so this part takes most of it. */
async function exploreSandbox(profile: Profile, say: Say) {
  const world = await openSandboxWorld();
  try {
    const alone = together(
      await inTurn(allScenarios, (scenario) => exploreSandboxSingles(world.run, scenario, profile.sandboxSingles)),
    );
    say(told('single faults on the sandbox', alone));
    const pairs = await explore(world.run, sandboxPairs(world.run, profile.sandboxPairs));
    say(told(`pairs on the sandbox, seeds 1 to ${profile.sandboxPairs}`, pairs));
    return { singles: alone, pairs };
  } finally {
    await world.close();
  }
}

/** Single faults in the way of the real activities. */
export async function exploreSandboxSingles(
  world: World,
  scenario: Scenario,
  which: Profile['sandboxSingles'],
): Promise<Explored> {
  const faults = faultsOnSandbox(await recordRun(world, scenario));
  const chosen = which === 'all' ? faults : oneOfEach(scenario, faults);
  return await explore(world, singles(scenario, chosen, { kind: 'first come' }));
}

const others: readonly FaultKind[] = ['edited', 'removed', 'touched'];

/**
 * Reads and documents are many and alike: one of each step. Others act only when something is written already: before,
 * the plan is made again, and what was done in the same second as the deploy counts as the deploy's. The model has it all.
 */
function faultsOnSandbox({ sites }: Trace): readonly Fault[] {
  const begun = sites.findIndex(({ step }) => step === 'writeBatch');
  const isFirstOfStep = (index: number) => {
    const { step, does } = sites[index] ?? {};
    return sites.findIndex((one) => one.step === step && one.does === does) === index;
  };
  const isOne = (index: number) => ['write', 'delete', 'prove'].includes(sites[index]?.does ?? '');
  const chosen = sites.filter((_, index) => isOne(index) || isFirstOfStep(index));
  const isFair = ({ kind, site }: Fault) =>
    !others.includes(kind) || (site.does !== 'read' && begun >= 0 && sites.indexOf(site) >= begun);
  return faultsAt(chosen).filter(isFair);
}

/** What a compensation has beside the way forward, and of requests that write nothing only a few kinds. */
function oneOfEach(scenario: Scenario, faults: readonly Fault[]): readonly Fault[] {
  const nameOf = ({ site, kind }: Fault) => `${site.step} ${site.does} ${kind}`;
  const isNew = ({ site }: Fault) => scenario === 'restore' || site.step === 'undoBatch';
  const isTelling = ({ site, kind }: Fault) => site.does === 'write' || site.does === 'delete' || plain.includes(kind);
  return faults
    .filter((fault, index) => faults.findIndex((one) => nameOf(one) === nameOf(fault)) === index)
    .filter((fault) => isNew(fault) && isTelling(fault));
}

const plain: readonly FaultKind[] = ['refused', 'answer lost', 'crash before', 'denied', 'edited'];

async function* pairsOf(world: World, count: number): AsyncIterable<Trial> {
  for (let seed = 1; seed <= count; seed++) yield await pairOf(world, seed);
}

/** Of what acts by itself nothing is paired here: time is real, and the second fault has to find its request again. */
const pairedOnSandbox: readonly FaultKind[] = [
  'answer lost',
  'told failed',
  'cut',
  'crash before',
  'crash after',
  'late',
];

async function* sandboxPairs(world: World, count: number): AsyncIterable<Trial> {
  for (let seed = 1; seed <= count; seed++) yield await pairOf(world, seed, pairedOnSandbox);
}

async function inTurn<Item, Answer>(items: readonly Item[], step: (item: Item) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const item of items) answers.push(await step(item));
  return answers;
}

function told(what: string, { runs, outcomes, findings, known }: Explored): string {
  const ends = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  const inHoles = Object.entries(known).map(([hole, one]) => `, ${one.runs} with the known hole "${hole}"`);
  return `${what}: ${runs} runs (${ends.join(', ')}), ${findings.length} violations${inHoles.join('')}`;
}
