import { clusterNames } from '../support/engine.ts';
import type { SmallApp } from '../support/small-app.ts';
import type { Ground } from './ground.ts';

export type Content = Awaited<ReturnType<SmallApp['content']>>;

/** Cluster by cluster, object by object; judged apart from the engine's own canonical form. */
export function differences(wanted: Content, found: Content): string[] {
  return clusterNames.flatMap((cluster) => {
    const [one, other] = [wanted[cluster], found[cluster]] as [Record<string, unknown>, Record<string, unknown>];
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].flatMap((name) =>
      JSON.stringify(one[name]) === JSON.stringify(other[name])
        ? []
        : [`${cluster}/${name}: wanted ${printed(one[name])}, is ${printed(other[name])}`],
    );
  });
}

function printed(object: unknown): string {
  return object === undefined ? nothing : JSON.stringify(object);
}

const nothing = 'nothing';

/** Of a difference: there is an object in this cluster that should not be. */
export function isLeftOver(difference: string, cluster: string): boolean {
  return difference.startsWith(`${cluster}/`) && difference.includes(`: wanted ${nothing}, is `);
}

export async function heldLeases(ground: Ground, app: SmallApp): Promise<string[]> {
  const holders = Object.entries(await ground.holders(app));
  return holders.flatMap(([cluster, holder]) =>
    holder === '' ? [] : [`${cluster}: the Lease is still held by ${holder}`],
  );
}

/** Forward, and once more than needed; back, and once more than needed. What only moves a version counts apart. */
const mostWrites = 4;

export function excessWrites(ground: Ground, app: SmallApp): string[] {
  const counts = new Map<string, number>();
  for (const object of ground.writes(app)) counts.set(object, (counts.get(object) ?? 0) + 1);
  return [...counts].flatMap(([object, count]) => (count > mostWrites ? [`${object} was written ${count} times`] : []));
}
