import { createRandom } from '../support/random.ts';
import { type Fault, type FaultKind, faultsAt, nameOfFault, type Site } from './fault.ts';
import { holes } from './holes.ts';
import { judge, type Violation } from './judge.ts';
import { type Scenario, scenarios, type Trace, type Trial, type World } from './trial.ts';

/**
 * The explorer. One run without faults is recorded; its requests give the list of faults; each fault, or pair of
 * faults, is a run of its own; each run is judged by what is stored in the clusters (`judge.ts`).
 *
 *     scenario ─► recorded run ─► sites ─► faults ─► trials ─► World ─► Trace ─► Violations
 *
 * A World is where trials are made: `model/` (clusters as maps, made-up time, every request open to faults) or
 * `sandbox/` (the real activities over pretend API servers). What is chosen is chosen by seeds, which are printed.
 */

/** A trial that broke a promise. */
export interface Finding extends Violation {
  readonly scenario: Scenario;
  /** What to run to see it again. */
  readonly faults: readonly string[];
  readonly order: Trial['order'];
}

/** Trials that broke a promise in a way that is known. */
export interface Known {
  readonly runs: number;
  readonly example: Finding;
}

/** All that was tried of one kind of fault at one step. */
export interface Cell {
  readonly runs: number;
  readonly fired: number;
  readonly violations: number;
  readonly holes: readonly string[];
}

export interface Explored {
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** By step, then by kind of fault. */
  readonly cells: Readonly<Record<string, Readonly<Record<string, Cell>>>>;
  readonly findings: readonly Finding[];
  /** By the name of the hole. */
  readonly known: Readonly<Record<string, Known>>;
}

/** Throws where the run does not end as it should: then nothing can be learned from what faults do to it. */
export async function recordRun(world: World, scenario: Scenario): Promise<Trace> {
  const trace = await world({ scenario, faults: [], order: { kind: 'first come' } });
  if (trace.end?.outcome === scenarios[scenario]) return trace;
  throw new Error(
    `without a fault, ${scenario} ended so: ${trace.end?.outcome}, ${trace.end?.reason ?? trace.problem}`,
  );
}

/** Every fault alone. */
export function singles(scenario: Scenario, faults: readonly Fault[], order: Trial['order']): readonly Trial[] {
  return faults.map((fault) => ({ scenario, faults: [fault], order }));
}

/**
 * The pair of that seed: the second fault strikes behind the first, in the run as the first has made it; every other
 * time at the same object, where most of the trouble is. The order of what is side by side is chosen by the seed, too.
 */
export async function pairOf(world: World, seed: number, kinds?: readonly FaultKind[]): Promise<Trial> {
  const random = createRandom(seed);
  const scenario = random.pick(['restore', 'compensate'] as const);
  const order = { kind: 'random', seed } as const;
  const recorded = await world({ scenario, faults: [], order });
  const first = random.pick(faultsAt(recorded.sites, kinds));
  const alone = await world({ scenario, faults: [first], order });
  const behind = sitesBehind(alone, first);
  const near = behind.filter(({ target, object }) => target === first.site.target && object === first.site.object);
  const candidates = faultsAt(near.length > 0 && random.below(2) === 0 ? near : behind, kinds);
  const second = candidates.length > 0 ? [random.pick(candidates)] : [];
  return { scenario, faults: [first, ...second], order };
}

/** After these nobody can tell at once whether the request had its effect. */
const unanswered: readonly FaultKind[] = ['answer lost', 'crash after', 'delayed', 'late', 'frozen'];
/** A request is read back and sent again. */
const nextRequests = 3;

/** A write without an answer, and every second fault at what comes next about the same object. */
export async function* aftermathOf(world: World, scenario: Scenario): AsyncIterable<Trial> {
  const order = { kind: 'first come' } as const;
  const { sites } = await recordRun(world, scenario);
  for (const first of faultsAt(sites, unanswered).filter(({ site }) => site.does === 'write')) {
    const alone = await world({ scenario, faults: [first], order });
    const isAboutIt = ({ target, object }: Site) => target === first.site.target && object === first.site.object;
    const next = sitesBehind(alone, first).filter(isAboutIt).slice(0, nextRequests);
    for (const second of faultsAt(next)) yield { scenario, faults: [first, second], order };
  }
}

/** Requests made after the fault has struck. */
export function sitesBehind({ sites }: Trace, fault: Fault): Trace['sites'] {
  const struck = sites.findIndex((site) => nameOfFault({ ...fault, site }) === nameOfFault(fault));
  return sites.slice(struck + 1);
}

/** Makes the trials, and judges each. */
export async function explore(world: World, trials: Iterable<Trial> | AsyncIterable<Trial>): Promise<Explored> {
  let all = together([]);
  for await (const trial of trials) all = together([all, await exploreOne(world, trial)]);
  return all;
}

async function exploreOne(world: World, trial: Trial): Promise<Explored> {
  const trace = await world(trial);
  const faults = trial.faults.map(nameOfFault);
  const known: Record<string, Known> = {};
  const findings: Finding[] = [];
  for (const violation of judge(trace)) {
    const finding = { ...violation, scenario: trial.scenario, faults, order: trial.order };
    const hole = holes.find(({ covers }) => covers(violation, faults));
    if (hole) known[hole.name] ??= { runs: 1, example: finding };
    else findings.push(finding);
  }
  const about = { violations: Math.min(1, findings.length), holes: Object.keys(known).sort() };
  const cells: Record<string, Record<string, Cell>> = {};
  for (const [index, { site, kind }] of trial.faults.entries()) {
    const fired = trace.fired[index] === true ? 1 : 0;
    cells[site.step] = { ...cells[site.step], [kind]: { runs: 1, fired, ...about } };
  }
  return { runs: 1, outcomes: { [trace.end?.outcome ?? 'none']: 1 }, cells, findings, known };
}

/** One account of several explorations. */
export function together(parts: readonly Explored[]): Explored {
  const cells: Record<string, Record<string, Cell>> = {};
  const outcomes: Record<string, number> = {};
  const known: Record<string, Known> = {};
  for (const part of parts) {
    for (const [outcome, count] of Object.entries(part.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
    for (const [hole, { runs, example }] of Object.entries(part.known))
      known[hole] = { example, ...known[hole], runs: runs + (known[hole]?.runs ?? 0) };
    for (const [step, row] of Object.entries(part.cells)) cells[step] = joined(cells[step] ?? {}, row);
  }
  const runs = parts.reduce((sum, part) => sum + part.runs, 0);
  return { runs, outcomes, cells, findings: parts.flatMap(({ findings }) => findings), known };
}

function joined(one: Readonly<Record<string, Cell>>, other: Readonly<Record<string, Cell>>): Record<string, Cell> {
  const all: Record<string, Cell> = { ...one };
  for (const [kind, more] of Object.entries(other)) {
    const cell = all[kind] ?? { runs: 0, fired: 0, violations: 0, holes: [] };
    all[kind] = {
      runs: cell.runs + more.runs,
      fired: cell.fired + more.fired,
      violations: cell.violations + more.violations,
      holes: [...new Set([...cell.holes, ...more.holes])].sort(),
    };
  }
  return all;
}
