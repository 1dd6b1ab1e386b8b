import type { BlockedObject } from '../../src/schema/outcome.ts';
import { type Content, scenarios, type Trace } from './trial.ts';

/** A promise that a run has broken, by its number in the list of invariants. */
export interface Violation {
  readonly invariant: string;
  readonly says: string;
}

/** Judges a run by what is stored in the clusters. The engine's word is taken for nothing but which claim it makes. */
export function judge(trace: Trace): readonly Violation[] {
  return [
    ...everyFaultStruck(trace),
    ...oneOutcome(trace),
    ...claimHolds(trace),
    ...nothingAfterwards(trace),
    ...othersAreKept(trace),
    ...onlyPlanned(trace),
    ...fewWrites(trace),
    ...journalIsAhead(trace),
    ...waitsAreExact(trace),
  ];
}

type Check = (trace: Trace) => readonly Violation[];

const broken = (invariant: string, says: string): Violation => ({ invariant, says });

const everyFaultStruck: Check = ({ trial, fired }) =>
  trial.faults.flatMap(({ kind }, index) => (fired[index] ? [] : [broken('fired', `${kind} did not strike`)]));

/** Without a fault there is one way it can end; with every cause gone it ends, or a person is told what is open. */
const oneOutcome: Check = ({ trial, end, problem, foreign, waits }) => {
  if (!end) return [broken('I14', `did not end: ${problem}`)];
  if (trial.faults.length === 0 && end.outcome !== scenarios[trial.scenario])
    return [broken('I1', `${end.outcome} instead of ${scenarios[trial.scenario]}: ${end.reason}`)];
  if (end.outcome !== 'abandoned' || foreign.size > 0) return [];
  return [broken('I14', `still open although every cause is gone: ${waits.at(-1)?.gate.reason}`)];
};

const claimHolds: Check = (trace) => {
  switch (trace.end?.outcome) {
    case 'restored':
      return held(trace, 'restored', trace.baseline);
    case 'reverted':
      return held(trace, 'reverted', trace.failed);
    case 'refused':
    case 'cancelled':
      return trace.effects.map(({ did, target, object }) =>
        broken('I1', `${trace.end?.outcome}, but there was ${did} ${target}/${object}`),
      );
    default:
      return [];
  }
};

/** At one instant everything was as claimed; since then only somebody else may have changed something. */
function held({ atEnd, foreign, instants }: Trace, claim: string, wanted: Content): readonly Violation[] {
  const ours = differences(atEnd, wanted).filter((name) => !foreign.has(name));
  if (ours.length > 0) return [broken('I2', `${claim}, but not so: ${ours.join(', ')}`)];
  const isReal = instants.some((instant) => differences(instant, wanted).length === 0);
  return isReal ? [] : [broken('I2', `${claim}, but never at one instant: ${differences(atEnd, wanted).join(', ')}`)];
}

/** Names, as `cluster/object`. */
function differences(one: Content, other: Content): readonly string[] {
  return Object.keys(one).flatMap((target) => {
    const [left, right] = [one[target] ?? {}, other[target] ?? {}];
    const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return names.filter((name) => left[name] !== right[name]).map((name) => `${target}/${name}`);
  });
}

/** What was under way when the run ended has arrived, and has changed nothing. */
const nothingAfterwards: Check = ({ end, atEnd, afterwards }) => {
  if (!end || end.outcome === 'abandoned') return [];
  return differences(atEnd, afterwards).map((name) => broken('I5', `${name} was changed after ${end.outcome}`));
};

const othersAreKept: Check = ({ effects }) =>
  effects
    .filter(({ over }) => over === 'somebody else')
    .map(({ did, target, object }) => broken('I5', `${did} of ${target}/${object} went over what somebody else wrote`));

const onlyPlanned: Check = ({ effects, isPlanned }) =>
  effects
    .filter((effect) => !isPlanned(effect))
    .map(({ did, target, object }) => broken('I4', `${did} of ${target}/${object} is in no plan`));

/** Each once forward and once back; one more for a fault. Fewer are fine: something was so already. Voiding writes nothing. */
const fewWrites: Check = ({ trial, end, effects }) => {
  const counts = new Map<string, number>();
  const needed = end?.outcome === 'restored' ? 1 : 2;
  for (const { target, object, did } of effects.filter(({ did }) => did !== 'fence')) {
    const name = `${did} of ${target}/${object}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > needed + trial.faults.length)
    .map(([name, count]) => broken('I12', `${count} times ${name}, needed ${needed}`));
};

const journalIsAhead: Check = ({ effects }) =>
  effects
    .filter(({ isRecorded }) => !isRecorded)
    .map(({ did, target, object, stage }) => broken('I9', `${did} of ${target}/${object} before its stage (${stage})`));

/** Once anything was written, a person is shown every object that is not where all of them are to go. */
const waitsAreExact: Check = ({ waits, baseline, failed }) =>
  waits.flatMap(({ gate, content, goal }) => {
    if (goal === 'nowhere') return [];
    return differences(content, goal === 'failed' ? failed : baseline)
      .filter((name) => !isNamed(name, gate.objects))
      .map((name) => broken('I3', `${name} is not listed: ${gate.reason}`));
  });

function isNamed(name: string, objects: readonly BlockedObject[]): boolean {
  return objects.some(
    ({ target, object }) => `${target}/${object}` === name || (object === '*' && name.startsWith(target)),
  );
}
