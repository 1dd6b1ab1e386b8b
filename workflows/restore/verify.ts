import type { VerifyInput, VerifyReport } from '../../src/schema/activities.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import type { PlanSummary } from '../../src/schema/plan.ts';
import { exceptLeft, targetNamed } from './batches.ts';
import { ask } from './patience.ts';
import { readTwice } from './read-twice.ts';
import type { RestoreInput, RestoreState, Steps } from './steps.ts';

export type Verified =
  | { readonly kind: 'equal'; readonly objects: number }
  | { readonly kind: 'different'; readonly objects: readonly BlockedObject[] }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Reads every target twice and compares: what is claimed held in all clusters at one instant, or is not claimed. */
export async function verifyAll(
  steps: Steps,
  input: RestoreInput,
  state: RestoreState,
  expect: VerifyInput['expect'],
): Promise<Verified> {
  const asked = await ask(steps, `verifying (${expect})`, input.request.unreachableWait, () =>
    readTwice(state.plans, (plan) => verifyPlan(steps, input, plan, expect)),
  );
  if (asked.kind !== 'answer') return { kind: 'unknown', reason: asked.reason };
  if (asked.value.kind === 'moving') return { kind: 'different', objects: asked.value.targets.map(stillMoving) };
  return judge(steps, asked.value.readings, expect);
}

/** Reads one target and compares, once. */
export async function verifyPlan(
  steps: Steps,
  input: RestoreInput,
  { target: id, plan }: PlanSummary,
  expect: VerifyInput['expect'],
): Promise<VerifyReport> {
  return await steps.verifyTarget({
    run: input.run,
    target: targetNamed(input, id),
    request: input.request,
    plan,
    expect,
    ...(expect === 'failedState' ? {} : exceptLeft(steps, id)),
  });
}

function judge(steps: Steps, readings: readonly VerifyReport[], expect: VerifyInput['expect']): Verified {
  // Before the pivot the additions are still there: nothing is verified yet.
  if (expect !== 'updates')
    for (const reading of readings) steps.presentVerified(reading.target, reading.differences.length === 0);
  const objects = readings.flatMap((reading) => reading.differences);
  if (objects.length > 0) return { kind: 'different', objects };
  return { kind: 'equal', objects: readings.reduce((sum, reading) => sum + reading.equal, 0) };
}

function stillMoving(target: string): BlockedObject {
  return {
    target,
    object: '*',
    expected: 'standing still',
    actual: 'changing at every reading',
    why: 'no single instant could be observed',
  };
}

export function describeDifferences(objects: readonly BlockedObject[]): string {
  return objects.map(describeDifference).join('; ');
}

export function describeDifference({ target, object, why }: BlockedObject): string {
  return `${target}/${object}: ${why}`;
}
