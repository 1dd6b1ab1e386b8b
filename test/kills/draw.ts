import { createRandom } from '../support/random.ts';
import { certificateNemesis, clusterNemeses } from './cluster-nemeses.ts';
import type { Nemesis } from './nemeses.ts';
import { processNemeses } from './process-nemeses.ts';
import { storeNemeses } from './store-nemeses.ts';
import type { Trial } from './trial.ts';

/** How many of the engine's requests there are while the baseline is taken, and in a rollback of each course. */
export type Lengths = Readonly<Record<'baseline' | Trial['course'], number>>;

const ofWorkers = processNemeses
  .filter(({ of }) => of === 'worker')
  .flatMap((one) => (one.takesLong ? [one] : [one, one]));
const ofTemporal = processNemeses.filter(({ of }) => of === 'temporal');
const ofPlaces = [...clusterNemeses, ...processNemeses.filter(({ of }) => of === 'clock')];

/** Two of three trials are about workers. Whatever the profile, each dozen has its share of the others. */
const dozen = [ofWorkers, ofWorkers, ofPlaces, ofWorkers, ofWorkers, ofTemporal] as const;
const sandboxDozen = [...dozen, ofWorkers, ofWorkers, ofPlaces, ofWorkers, ofWorkers, storeNemeses];
/** Stores are the same everywhere; certificates are not. */
const labDozen = [...dozen, ofWorkers, ofWorkers, ofPlaces, ofWorkers, ofWorkers, [certificateNemesis]];

export type Where = 'sandbox' | 'lab';

export function drawTrial(where: Where, seed: number, lengths: Lengths): Trial {
  const groups = where === 'lab' ? labDozen : sandboxDozen;
  const group = groups[seed % groups.length] ?? ofWorkers;
  const turn = turnOf(groups, seed);
  const nemesis = inTurn(group, turn);
  if (nemesis.of === 'store') return { seed, nemesis, ...inTurn(phases, turn) };
  const random = createRandom(seed);
  const course = random.chance(0.25) ? 'back' : 'forward';
  const during = random.chance(0.15) ? 'baseline' : 'rollback';
  // A certificate is seen by connections to come: in the end there may be none.
  if (during === 'rollback' && nemesis !== certificateNemesis && random.chance(0.2)) {
    return { seed, nemesis, course, strike: { at: random.chance(0.5) ? 'verify' : 'release' } };
  }
  const length = lengths[during === 'baseline' ? during : course];
  return { seed, nemesis, course, strike: { during, nth: 1 + random.below(length * safe) } };
}

/** Two runs are never quite equal: the last requests of one may not come in another. Those are struck by what they are. */
const safe = 0.85;

/** What a store holds is read in each of them. */
const phases: readonly Pick<Trial, 'course' | 'strike'>[] = [
  { course: 'forward', strike: { at: 'failure' } },
  { course: 'forward', strike: { at: 'commit' } },
  { course: 'back', strike: { at: 'compensation' } },
  { course: 'forward', strike: { at: 'verify' } },
];

/** How many smaller seeds have drawn from the same group. */
function turnOf(groups: readonly (readonly Nemesis[])[], seed: number): number {
  const isSame = (index: number) => groups[index % groups.length] === groups[seed % groups.length];
  return Array.from({ length: seed }, (_, index) => index).filter(isSame).length;
}

function inTurn<Item>(list: readonly Item[], turn: number): Item {
  const found = list[turn % list.length];
  if (!found) throw new Error('nothing to draw from');
  return found;
}
