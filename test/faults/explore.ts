import { type Fault, type FaultKind, faultsAt, nameOfFault } from './fault.ts';
import { holes } from './holes.ts';
import { judge, type Violation } from './judge.ts';
import { randomFrom } from './random.ts';
import type { Scenario, Trace, Trial, World } from './trial.ts';

/**
 * The explorer. One run without faults is recorded; its requests give the list of faults; each fault, or pair of
 * faults, is a run of its own; each run is judged by what is stored in the clusters (`judge.ts`).
 *
 *     scenario ─► recorded run ─► sites ─► faults ─► trials ─► World ─► Trace ─► Violations
 *
 * A World is where trials are made: `model/` (clusters as maps, made-up time, every request open to faults) or
 * `sandbox/` (the real activities over pretend API servers). Everything is chosen by seeds, which are printed.
 */

/** A trial that broke a promise. */
export interface Finding extends Violation {
  /** What to run to see it again. */
  readonly faults: readonly string[];
  readonly scenario: Scenario;
  readonly seed: number | null;
  /** The known hole that explains it. */
  readonly hole: string | null;
}

export interface Explored {
  readonly runs: number;
  readonly fired: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

export async function recordRun(world: World, scenario: Scenario): Promise<Trace> {
  return await world({ scenario, faults: [], order: { kind: 'first come' } });
}

/** Every fault alone, in both plain orders where there is a choice. */
export function singles(scenario: Scenario, faults: readonly Fault[]): readonly Seeded[] {
  return faults.flatMap((fault) =>
    (['first come', 'last come'] as const).map((kind) => ({
      trial: { scenario, faults: [fault], order: { kind } },
      seed: null,
    })),
  );
}

export interface Seeded {
  readonly trial: Trial;
  readonly seed: number | null;
}

/**
 * The pair of that seed: the second fault strikes behind the first, in the run as the first has made it; every other time at
 * the same object, where most of the trouble is. The order of what is side by side is chosen by the seed, too.
 */
export async function pairOf(world: World, seed: number, kinds?: readonly FaultKind[]): Promise<Seeded> {
  const random = randomFrom(seed);
  const scenario = random.pick(['restore', 'compensate'] as const);
  const order = { kind: 'random', seed } as const;
  const recorded = await world({ scenario, faults: [], order });
  const first = random.pick(faultsAt(recorded.sites, kinds));
  const alone = await world({ scenario, faults: [first], order });
  const struck = alone.sites.findIndex((site) => nameOfFault({ ...first, site }) === nameOfFault(first));
  const behind = alone.sites.slice(struck + 1);
  const near = behind.filter(({ target, object }) => target === first.site.target && object === first.site.object);
  const candidates = faultsAt(near.length > 0 && random.below(2) === 0 ? near : behind, kinds);
  const second = candidates.length > 0 ? [random.pick(candidates)] : [];
  return { trial: { scenario, faults: [first, ...second], order }, seed };
}

/** Makes the trials, and judges each. */
export async function explore(world: World, trials: Iterable<Seeded> | AsyncIterable<Seeded>): Promise<Explored> {
  const fired: Record<string, number> = {};
  const outcomes: Record<string, number> = {};
  const findings: Finding[] = [];
  let runs = 0;
  for await (const { trial, seed } of trials) {
    const trace = await world(trial);
    runs += 1;
    trial.faults.forEach(({ kind }, index) => count(fired, kind, trace.fired[index] === true));
    count(outcomes, trace.end?.outcome ?? 'none', true);
    findings.push(...judge(trace).map((violation) => findingOf(trial, seed, violation)));
  }
  return { runs, fired, outcomes, findings };
}

function count(counts: Record<string, number>, name: string, isOne: boolean): void {
  counts[name] = (counts[name] ?? 0) + (isOne ? 1 : 0);
}

function findingOf({ scenario, faults }: Trial, seed: number | null, violation: Violation): Finding {
  const hole = holes.find(({ covers }) => covers(violation))?.name ?? null;
  return { ...violation, scenario, seed, faults: faults.map(nameOfFault), hole };
}
