import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { drawTrial, type Lengths } from './draw.ts';
import { Lane } from './lane.ts';
import { noNemesis } from './nemeses.ts';
import { hasFired, keepReport, type Told } from './report.ts';
import { runTrial, type Trial, type Verdict } from './trial.ts';

/** `BELAY_KILL_SEEDS=7` or `7,107` runs these alone. */
const seedsAsked = process.env.BELAY_KILL_SEEDS?.split(',').map(Number);
/** Each fourth is about clusters or the store, the others about workers. */
const count = process.env.BELAY_FAULTS === 'full' ? 420 : 40;
const seeds = seedsAsked ?? Array.from({ length: count }, (_, index) => index);
const atOnce = Math.min(6, seeds.length);

const lanes: Lane[] = [];
let connection: Connection;

beforeAll(async () => {
  const address = inject('temporalAddress');
  connection = await Connection.connect({ address });
  for (let lane = 0; lane < atOnce; lane++) lanes.push(await Lane.open(connection, address));
});

afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.close()));
  await connection.close();
});

test('whatever is killed, stopped, cut off or taken away: restored or reverted in every cluster, or refused in all', async () => {
  const lengths = await measure();
  const waiting = [...seeds];
  const told: Told[] = [];
  const work = async (lane: Lane) => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const trial = drawTrial(seed, lengths);
      const verdict = await runTrial(lane, trial).catch(broken);
      told.push({ trial, ...verdict });
      console.log(`kills: ${describe({ trial, ...verdict })}`);
    }
  };
  await Promise.all(lanes.map(work));
  await keepReport(told, lengths.baseline + lengths.rollback);
  expect(told.filter(({ violations }) => violations.length > 0).map(describe)).toEqual([]);
  expect(told.filter((one) => !hasFired(one)).map(describe)).toEqual([]);
}, 3_600_000);

/** A run in which nothing goes wrong tells how many requests there are to strike at. */
async function measure(): Promise<Lengths> {
  const [one, other] = lanes;
  if (!one) throw new Error('no lane');
  const calm = (lane: Lane, seed: number, during: Trial['during']) =>
    runTrial(lane, { seed, nemesis: noNemesis, during, nth: Number.POSITIVE_INFINITY });
  const [baseline, rollback] = await Promise.all([
    calm(one, 1_000_000, 'baseline'),
    other ? calm(other, 1_000_001, 'rollback') : null,
  ]);
  const whole = rollback ?? (await calm(one, 1_000_001, 'rollback'));
  expect([baseline, whole].flatMap(({ violations }) => violations)).toEqual([]);
  // What is counted from the start on goes to the end of the run.
  return { baseline: baseline.requests - whole.requests, rollback: whole.requests };
}

function broken(error: unknown): Verdict {
  return { requests: 0, outcome: 'the trial broke', violations: [String(error)], took: 0 };
}

function describe({ trial, requests, outcome, violations, took }: Told): string {
  const { seed, nemesis, during, nth } = trial;
  const where = `${during}, request ${nth} of ${requests}`;
  return `seed ${seed}: ${nemesis.name} (${where}): ${outcome} in ${took} ms${violations.map((one) => `\n  ${one}`).join('')}`;
}
