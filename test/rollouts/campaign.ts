import { drawBad } from './bad.ts';
import { faults } from './faults.ts';
import { drawGood } from './good.ts';
import { type Means, type Played, play } from './play.ts';
import type { Rollout } from './rollout.ts';
import { meansWith, type SeededBug, seededBugs } from './seeded-bugs.ts';

export interface FaultRow {
  readonly fault: string;
  readonly rollouts: number;
  /** Those that failed for the right object and reason, in time. */
  readonly found: number;
  /** Seconds from "deployed" to the verdict; before it counts as 0. */
  readonly median: number;
  readonly longest: number;
}

export interface Caught {
  readonly kind: keyof typeof draws;
  readonly seed: number;
  readonly rollout: string;
  readonly says: string;
}

export interface DetectionReport {
  readonly good: { readonly rollouts: number; readonly kept: number; readonly wrong: readonly string[] };
  readonly bad: readonly FaultRow[];
  readonly bugs: Readonly<Partial<Record<SeededBug, Caught>>>;
}

export const detectionReportFile = 'reports/detection.json';

export const draws = { good: drawGood, bad: drawBad } as const;

/** What is wrong with how a rollout ended; undefined when nothing is. */
export function mistakeIn(rollout: Rollout, means: Means = {}): string | undefined {
  return mistake(rollout, play(rollout, means));
}

function mistake({ bad }: Rollout, { decision, at, evidence }: Played): string | undefined {
  const told = `${tellDecision(decision)} after ${Math.round(at / 1000)} s`;
  if (bad === null) return decision.kind === 'kept' ? undefined : `a good one ${told}`;
  if (decision.kind !== 'failed') return `a bad one ${told}`;
  if (at > bad.by) return `found late: ${told}`;
  const isRight = evidence.some(({ object, reason }) => object === bad.object && bad.reason.test(reason));
  return isRight ? undefined : `for another reason: ${told}`;
}

function tellDecision(decision: Played['decision']): string {
  return decision.kind === 'failed' ? `failed (${decision.failure.reason})` : decision.kind;
}

/** Every rollout of both kinds, and each bug until it is noticed. */
export function runCampaign(good: number, bad: number, tell: (line: string) => void): DetectionReport {
  const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);
  const wrong = seeds(good).flatMap((seed) => {
    const says = mistakeIn(drawGood(seed));
    if (seed % 50 === 49) tell(`${seed + 1} good rollouts`);
    return says === undefined ? [] : [`seed ${seed}: ${says}`];
  });
  const rows = faults.map(({ name }, index) => {
    const row = rowOf(
      name,
      seeds(bad).filter((seed) => seed % faults.length === index),
    );
    tell(`${name}: ${row.found} of ${row.rollouts} found`);
    return row;
  });
  const bugs = Object.fromEntries(
    (Object.keys(seededBugs) as SeededBug[]).flatMap((bug) => {
      const caught = hunt(bug);
      tell(`${bug}: ${caught?.says ?? 'not noticed'}`);
      return caught === undefined ? [] : [[bug, caught]];
    }),
  );
  return { good: { rollouts: good, kept: good - wrong.length, wrong }, bad: rows, bugs };
}

function rowOf(fault: string, seeds: readonly number[]): FaultRow {
  const played = seeds.map(drawBad).map((rollout) => ({ rollout, end: play(rollout) }));
  const times = played.map(({ rollout, end }) => Math.max(0, end.at - rollout.deployedAt) / 1000).sort((a, b) => a - b);
  return {
    fault,
    rollouts: played.length,
    found: played.filter(({ rollout, end }) => mistake(rollout, end) === undefined).length,
    median: round(times[Math.floor(times.length / 2)]),
    longest: round(times.at(-1)),
  };
}

function round(seconds = 0): number {
  return Math.round(seconds * 10) / 10;
}

const longestHunt = 100;

/** The first rollout that a bug gets wrong. */
function hunt(bug: SeededBug): Caught | undefined {
  for (let seed = 0; seed < longestHunt; seed += 1) {
    for (const kind of ['good', 'bad'] as const) {
      const rollout = draws[kind](seed);
      const says = mistakeIn(rollout, meansWith(bug));
      if (says !== undefined) return { kind, seed, rollout: rollout.name, says };
    }
  }
  return undefined;
}
