import { recordRun, sitesBehind } from './explore.ts';
import { type Fault, type FaultKind, faultsAt } from './fault.ts';
import type { Scenario, Trial, World } from './trial.ts';

/** What can happen to a saga at all: its worker dies, an answer is lost, a cluster is cut off, others act, it is cancelled. */
const kinds: readonly FaultKind[] = ['crash before', 'crash after', 'answer lost', 'partition', 'edited', 'cancelled'];

/**
 * Every placement of one or two of these faults in a run of the protocol: five objects to put back in each of two
 * clusters. Both clusters fare the same in `restore`, so there the first fault strikes the first of them or the store.
 * `every`: only each so many-th of the placements.
 */
export async function* placements(world: World, scenario: Scenario, every: number): AsyncIterable<Trial> {
  const order = { kind: 'first come' } as const;
  let count = 0;
  const isDue = () => count++ % every === 0;
  const recorded = await recordRun(world, scenario);
  for (const first of faultsAt(recorded.sites, kinds).filter((fault) => isDistinct(scenario, fault))) {
    if (isDue()) yield { scenario, faults: [first], order, notes: 'states' };
    const alone = await world({ scenario, faults: [first], order });
    for (const second of faultsAt(sitesBehind(alone, first), kinds))
      if (isDue()) yield { scenario, faults: [first, second], order, notes: 'states' };
  }
}

function isDistinct(scenario: Scenario, { site }: Fault): boolean {
  return scenario !== 'restore' || site.target !== 'us';
}
