import { createRandom } from '../support/random.ts';
import { type Nemesis, nemeses } from './nemeses.ts';
import type { Trial } from './trial.ts';

/** How many of the engine's requests there are in each stretch of a run in which nothing goes wrong. */
export type Lengths = Readonly<Record<Trial['during'], number>>;

/** Three of four trials are about workers; the others take turns among everything else. */
export function drawTrial(seed: number, lengths: Lengths): Trial {
  const random = createRandom(seed);
  const workers = nemeses.filter(({ of }) => of === 'worker').flatMap((one) => (one.takesLong ? [one] : [one, one]));
  const others = nemeses.filter(({ of }) => of !== 'worker');
  const turn = Math.floor(seed / 4);
  const nemesis = seed % 4 === 3 ? inTurn(others, turn) : inTurn(workers, turn * 3 + (seed % 4));
  const during = random.chance(0.15) ? 'baseline' : 'rollback';
  return { seed, nemesis, during, nth: 1 + random.below(lengths[during] * safe) };
}

/** Two runs are never quite equal: the last requests of one may not come in another. */
const safe = 0.85;

function inTurn(list: readonly Nemesis[], turn: number): Nemesis {
  const found = list[turn % list.length];
  if (!found) throw new Error('an empty list of nemeses');
  return found;
}
