import { expect } from 'vitest';
import { drawTrial, type Lengths, type Where } from './draw.ts';
import type { Ground } from './ground.ts';
import { Lane } from './lane.ts';
import { noNemesis } from './nemeses.ts';
import { keepReport, killReportFiles, type Told } from './report.ts';
import { runTrial, type Strike, type Trial, type Verdict } from './trial.ts';

export interface Campaign {
  readonly where: Where;
  readonly trials: number;
  /** Most of a trial is waiting for deadlines of the dead. */
  readonly atOnce: number;
  /** Path of the Temporal CLI. */
  readonly cli: string;
  openGround(): Promise<Ground>;
}

/** `BELAY_KILL_SEEDS=7` or `7,107` runs these alone; `7@312` strikes at that request, whatever is drawn. */
const asked = process.env.BELAY_KILL_SEEDS?.split(',').map((one) => one.split('@').map(Number));
const requestOf = new Map(asked?.map(([seed = 0, nth]) => [seed, nth]));

/** Runs trials side by side, keeps the report, and fails if a promise was broken or something did not go wrong as planned. */
export async function runCampaign(campaign: Campaign): Promise<void> {
  const { where, openGround, cli } = campaign;
  const seeds = asked?.map(([seed = 0]) => seed) ?? Array.from({ length: campaign.trials }, (_, index) => index);
  const atOnce = Math.min(campaign.atOnce, seeds.length);
  const lanes = await Promise.all(Array.from({ length: atOnce }, async () => Lane.open(await openGround(), cli)));
  try {
    const lengths = await measure(lanes);
    const told = await runAll(lanes, where, { seeds: inOrder(where, seeds, lengths), lengths });
    if (!asked) await keepReport(killReportFiles[where], told, lengths.baseline + lengths.forward);
    expect(told.filter(({ violations }) => violations.length > 0).map(describe)).toEqual([]);
    expect(told.filter(({ fired }) => !fired).map(describe)).toEqual([]);
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

/** The long ones first, so that no lane is alone with one at the end. */
function inOrder(where: Where, seeds: readonly number[], lengths: Lengths): number[] {
  const length = (seed: number) => (drawTrial(where, seed, lengths).nemesis.takesLong ? 1 : 0);
  return [...seeds].sort((one, other) => length(other) - length(one) || one - other);
}

interface Planned {
  readonly seeds: number[];
  lengths: Lengths;
}

/** A busy machine makes runs longer: each trial is drawn from the shortest that was seen until then. */
async function runAll(lanes: readonly Lane[], where: Where, planned: Planned): Promise<Told[]> {
  const told: Told[] = [];
  const work = async (lane: Lane) => {
    for (let seed = planned.seeds.shift(); seed !== undefined; seed = planned.seeds.shift()) {
      const trial = atRequest(drawTrial(where, seed, planned.lengths));
      const one = { trial, ...(await runTrial(lane, trial).catch(broken)) };
      told.push(one);
      planned.lengths = shortest(planned.lengths, one);
      process.stdout.write(`kills: ${describe(one)}\n`);
    }
  };
  await Promise.all(lanes.map(work));
  return told;
}

/** How many requests there are differs from run to run: to have a trial again is to name the one it struck at. */
function atRequest(trial: Trial): Trial {
  const nth = requestOf.get(trial.seed);
  return nth === undefined || !('nth' in trial.strike) ? trial : { ...trial, strike: { ...trial.strike, nth } };
}

function shortest(lengths: Lengths, { trial: { course, strike }, outcome, requests }: Told): Lengths {
  const isWhole = outcome === (course === 'forward' ? 'restored' : 'reverted');
  const isRollback = 'at' in strike ? strike.at !== 'failure' : strike.during === 'rollback';
  return isWhole && isRollback ? { ...lengths, [course]: Math.min(lengths[course], requests) } : lengths;
}

/** Runs in which nothing goes wrong tell how many requests there are to strike at. */
async function measure(lanes: readonly Lane[]): Promise<Lengths> {
  const calm = async (index: number, during: 'baseline' | 'rollback', course: Trial['course']) => {
    const lane = lanes[index % lanes.length];
    if (!lane) throw new Error('no lane');
    const strike: Strike = { during, nth: Number.POSITIVE_INFINITY };
    const ran = await runTrial(lane, { seed: 1_000_000 + index, nemesis: noNemesis, course, strike });
    expect(ran.violations).toEqual([]);
    return ran.requests;
  };
  const whole = await calm(0, 'baseline', 'forward');
  const forward = await calm(1, 'rollback', 'forward');
  const back = await calm(2, 'rollback', 'back');
  // What is counted from the start on goes to the end of the run.
  return { baseline: whole - forward, forward, back };
}

function broken(error: unknown): Verdict {
  return { fired: false, requests: 0, outcome: 'the trial broke', violations: [String(error)], known: [], took: 0 };
}

function describe({ trial, requests, outcome, violations, known, took }: Told): string {
  const { seed, nemesis, course, strike } = trial;
  const [at, where] =
    'nth' in strike ? [`@${strike.nth}`, `${strike.during}, of ${requests}`] : ['', `at ${strike.at}`];
  const hole = known.length > 0 ? ', in the known hole' : '';
  const ended = `${outcome} in ${took} ms${hole}${violations.map((one) => `\n  ${one}`).join('')}`;
  return `seed ${seed}${at}: ${nemesis.name} (${course}; ${where}): ${ended}`;
}
