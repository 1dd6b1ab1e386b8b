import { configMap, configMaps, stored } from './objects.ts';
import type { JsonObject, Step } from './vector.ts';

/** The ConfigMap `a`, with the first uid and the first resourceVersion of the vector. */
export const madeA = {
  send: 'POST',
  to: configMaps,
  body: configMap('a'),
  status: 201,
  object: stored(configMap('a'), 1, 1),
} as const;

export const gone = (to: string): Step => ({ send: 'GET', to, status: 404, reason: 'NotFound', until: 'asExpected' });

/** A merge patch that is refused as invalid, in a dry run and for real. */
export function refusedBothWays(path: string, change: JsonObject, causes: string[]): Step[] {
  return ['?dryRun=All', ''].map((query) => ({
    send: 'MERGE',
    to: `${path}${query}`,
    body: change,
    status: 422,
    reason: 'Invalid',
    causes,
  }));
}
