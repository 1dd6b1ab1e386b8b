import type { Activities, RunIdentity } from '../src/schema/activities.ts';
import type { Dependencies } from './dependencies.ts';
import { fail, via } from './failures.ts';

type Call = (input: { readonly run?: RunIdentity }) => Promise<unknown>;

/** Refuses to work for a run that began with another store: its snapshots would be missing half-way. */
export function onSameStore(activities: Activities, { snapshots }: Dependencies): Activities {
  const checked = Object.entries(activities).map(([name, activity]) => {
    const call: Call = async (input) => {
      await compare(input.run?.storeId, snapshots);
      return await (activity as Call)(input);
    };
    return [name, call];
  });
  return Object.fromEntries(checked) as Activities;
}

async function compare(expected: string | undefined, snapshots: Dependencies['snapshots']): Promise<void> {
  if (expected === undefined) return;
  const own = await via('store', () => snapshots.id());
  if (own !== expected) {
    throw fail(
      'StoreMismatch',
      `this worker's store is ${own}, the run began with ${expected}; give all workers one store`,
    );
  }
}
