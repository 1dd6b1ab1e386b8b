import type { BlockedObject } from '../schema/outcome.ts';

/** A blocked run keeps the list, and every look adds one to its history. */
const longestList = 100;

/** Of one target: what is too much is told by its number, as one more entry. */
export function cutDifferences(differences: readonly BlockedObject[]): readonly BlockedObject[] {
  const [first, ...others] = differences.slice(longestList);
  if (!first) return differences;
  const why = `${others.length + 1} more, too many to list`;
  return [...differences.slice(0, longestList), { ...first, object: '*', actual: 'not so', why }];
}
