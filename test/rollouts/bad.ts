import { createRandom } from '../support/random.ts';
import { drawApplication, drawWorkload } from './draw.ts';
import { type Fault, faults } from './faults.ts';
import { applied, type Rollout } from './rollout.ts';
import { manifestOf, type Workload } from './workloads.ts';

const deadline = 420_000;
const bake = 150_000;
/** What is ready in the deadline's moment fails with its next turn. */
const turn = 15_000;
/** Until then even the slowest is well for the first time. */
const firstWell = 60_000;

const latest = { deadline: deadline + turn, 'second deadline': firstWell + bake + deadline + turn } as const;

/** A rollout with one bad workload among good ones; seeds go through all faults in turn. */
export function drawBad(seed: number): Rollout & { readonly fault: string } {
  const random = createRandom(seed);
  const fault = faults[seed % faults.length] as Fault;
  const kind = random.pick(fault.kinds);
  const others = drawApplication(random);
  const victim = drawWorkload(random, 'victim', kind);
  const before = kind === 'Job' ? others : [...others, victim];
  const renewed = [...others.filter(() => random.chance(0.5)), victim].map(newVersion);
  const spoiled = renewed.map((one) => (one.name === 'victim' ? fault.spoil(one, random) : one));
  const deployedAt = 2000 + random.below(5000);
  const { within } = fault;
  const by =
    typeof within === 'number'
      ? Math.min(deployedAt + within * 1000 + delayOf(victim), latest.deadline)
      : latest[within];
  return {
    name: `bad ${seed}: ${fault.name} in a ${kind}`,
    fault: fault.name,
    before: before.map(manifestOf),
    happenings: spoiled.map((one) => applied(random.below(2000), manifestOf(one))),
    deployedAt,
    deadline,
    bake,
    bad: { object: `${kind}/victim`, reason: fault.reason, by },
  };
}

function newVersion(workload: Workload): Workload {
  const renew = (tags: readonly string[]) => tags.map(() => 'v2');
  const { tags, sidecars, inits } = workload;
  return { ...workload, tags: renew(tags), sidecars: renew(sidecars), inits: renew(inits) };
}

/** Init containers that do their work first. */
function delayOf({ inits }: Workload): number {
  return inits.length * 3000;
}
