import { everywhere } from './everywhere.ts';

/** What a reading of one target must say for two of them to be compared. */
export interface Reading {
  readonly target: string;
  /** uid and resourceVersion of everything read. */
  readonly versions: string;
  /** uid and content of everything read: weaker, for objects whose status never rests. */
  readonly contents: string;
}

export type DoubleCollect<R> =
  | { readonly kind: 'still'; readonly readings: readonly R[] }
  | { readonly kind: 'moving'; readonly targets: readonly string[] };

const mostPasses = 6;
/** From this pass on equal contents are enough: some status is updated every second for ever. */
const contentsCountFrom = 3;

/**
 * Double collect: reads every target, then every target again. Equal versions mean that all the values held at one
 * instant between the two passes, across clusters too, since versions never repeat.
 */
export async function readTwice<Target, R extends Reading>(
  targets: readonly Target[],
  read: (target: Target) => Promise<R>,
): Promise<DoubleCollect<R>> {
  let before = await everywhere(targets, read);
  for (let pass = 2; pass <= mostPasses; pass++) {
    const now = await everywhere(targets, read);
    const moved = movedTargets(before, now, pass >= contentsCountFrom ? 'contents' : 'versions');
    if (moved.length === 0) return { kind: 'still', readings: now };
    if (pass === mostPasses) return { kind: 'moving', targets: moved };
    before = now;
  }
  throw new Error('unreachable: the last pass returns');
}

function movedTargets(before: readonly Reading[], now: readonly Reading[], by: 'versions' | 'contents'): string[] {
  return now.filter((reading, index) => reading[by] !== before[index]?.[by]).map((reading) => reading.target);
}
