/** Known ways to lose atomicity. Each is a switch of the world or a wrap of its steps; the suite must notice each. */
export const seededBugs = {
  'skip verify': 'verifying answers "equal" without reading',
  'compensate only what was acknowledged': 'what got no answer is not undone',
  'drop the fence': 'writes go through whatever version is there',
  'drop voiding': 'a write without a definite answer counts as one that can not land any more',
  'ignore the attempt deadline': 'an attempt that was given up goes on sending',
  'acknowledge on error': 'a write that failed is reported as done',
  'swallow a 403': 'a write that was denied counts as done',
  'trust the cache': 'lists are answered from a cache that has lost its watch',
  'prune without census': 'what is not in the baseline counts as created by the failed deploy',
} as const;
export type SeededBug = keyof typeof seededBugs;
