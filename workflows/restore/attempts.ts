import type { WriteReport } from '../../src/schema/plan.ts';
import { type Batch, isSettled } from './batches.ts';
import type { Attempt } from './steps.ts';

/** Put into the undo list as if all of it had been written, since nobody can tell until it has answered. */
export function attemptOf(batch: Batch): Attempt {
  return { ...batch, unclear: 'all', wrote: false, settled: false };
}

/**
 * Milliseconds after its writer has ended, one way or the other: a request is sent only while it can be answered within
 * the writer's own time, and a server gives each no more than two seconds.
 */
const lateness = 3000;

/** The writer itself gave no answer. */
export function unanswered(attempt: Attempt, now: number): Attempt {
  return { ...attempt, mayLandUntil: now + lateness };
}

/** What is known of it after its writer's report. An object stays unclear until it is seen to be done. */
export function answered(attempt: Attempt, { results }: WriteReport, now: number): Attempt {
  const wasUnclear = (object: string) => attempt.mayLandUntil !== undefined && isUnclear(attempt, object);
  const unclear = results
    .filter((result) => result.kind === 'unclear' || (!isSettled(result) && wasUnclear(result.object)))
    .map(({ object }) => object);
  const wrote = attempt.wrote || results.some(({ kind }) => kind === 'done');
  const known: Attempt = { ...attempt, wrote, unclear, settled: results.every(isSettled) };
  return results.some(({ kind }) => kind === 'unclear') ? unanswered(known, now) : known;
}

function isUnclear({ unclear }: Attempt, object: string): boolean {
  return unclear === 'all' || unclear.includes(object);
}

export function updated(attempts: readonly Attempt[], news: readonly Attempt[]): readonly Attempt[] {
  const same = (one: Attempt, other: Attempt) =>
    one.target === other.target && one.stage === other.stage && one.batch === other.batch;
  return attempts.map((attempt) => news.find((one) => same(one, attempt)) ?? attempt);
}

/** Nothing was written by it, and nothing will be. */
export function isWithoutEffect({ wrote, mayLandUntil }: Attempt): boolean {
  return !wrote && mayLandUntil === undefined;
}
