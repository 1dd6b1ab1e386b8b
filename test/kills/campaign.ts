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

/** `BELAY_KILL_SEEDS=7` or `7,107` runs these alone. */
const seedsAsked = process.env.BELAY_KILL_SEEDS?.split(',').map(Number);

/** Runs trials side by side, keeps the report, and fails if a promise was broken or something did not go wrong as planned. */
export async function runCampaign(campaign: Campaign): Promise<void> {
  const { where, openGround, cli } = campaign;
  const seeds = seedsAsked ?? Array.from({ length: campaign.trials }, (_, index) => index);
  const atOnce = Math.min(campaign.atOnce, seeds.length);
  const lanes = await Promise.all(Array.from({ length: atOnce }, async () => Lane.open(await openGround(), cli)));
  try {
    const lengths = await measure(lanes);
    const told = await runAll(lanes, trialsOf(where, seeds, lengths));
    if (!seedsAsked) await keepReport(killReportFiles[where], told, lengths.baseline + lengths.rollback);
    expect(told.filter(({ violations }) => violations.length > 0).map(describe)).toEqual([]);
    expect(told.filter(({ fired }) => !fired).map(describe)).toEqual([]);
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

/** The long ones first, so that no lane is alone with one at the end. */
function trialsOf(where: Where, seeds: readonly number[], lengths: Lengths): Trial[] {
  const trials = seeds.map((seed) => drawTrial(where, seed, lengths));
  const length = ({ nemesis }: Trial) => (nemesis.takesLong ? 1 : 0);
  return trials.sort((one, other) => length(other) - length(one) || one.seed - other.seed);
}

async function runAll(lanes: readonly Lane[], trials: Trial[]): Promise<Told[]> {
  const told: Told[] = [];
  const work = async (lane: Lane) => {
    for (let trial = trials.shift(); trial; trial = trials.shift()) {
      const one = { trial, ...(await runTrial(lane, trial).catch(broken)) };
      told.push(one);
      process.stdout.write(`kills: ${describe(one)}\n`);
    }
  };
  await Promise.all(lanes.map(work));
  return told;
}

/** Runs in which nothing goes wrong tell how many requests there are to strike at. */
async function measure(lanes: readonly Lane[]): Promise<Lengths> {
  const [one, other = one] = lanes;
  if (!one || !other) throw new Error('no lane');
  const calm = (lane: Lane, seed: number, during: keyof Lengths) => {
    const strike: Strike = { during, nth: Number.POSITIVE_INFINITY };
    return runTrial(lane, { seed, nemesis: noNemesis, course: 'forward', strike });
  };
  const first = calm(one, 1_000_000, 'baseline');
  if (one === other) await first;
  const [whole, rollback] = await Promise.all([first, calm(other, 1_000_001, 'rollback')]);
  expect([whole, rollback].flatMap(({ violations }) => violations)).toEqual([]);
  // What is counted from the start on goes to the end of the run.
  return { baseline: whole.requests - rollback.requests, rollback: rollback.requests };
}

function broken(error: unknown): Verdict {
  return { fired: false, requests: 0, outcome: 'the trial broke', violations: [String(error)], known: [], took: 0 };
}

function describe({ trial, requests, outcome, violations, known, took }: Told): string {
  const { seed, nemesis, course, strike } = trial;
  const where = 'nth' in strike ? `${strike.during}, request ${strike.nth} of ${requests}` : `at ${strike.at}`;
  const hole = known.length > 0 ? ', in the known hole' : '';
  const ended = `${outcome} in ${took} ms${hole}${violations.map((one) => `\n  ${one}`).join('')}`;
  return `seed ${seed}: ${nemesis.name} (${course}; ${where}): ${ended}`;
}
