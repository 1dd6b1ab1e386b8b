import type { Choice } from '../../src/schema/messages.ts';
import type { BlockedObject } from '../../src/schema/outcome.ts';
import type { WriteReport } from '../../src/schema/plan.ts';
import { isDefiniteFailure } from './batches.ts';
import type { Gate } from './steps.ts';

/** What a person may decide at a gate, and of which objects. */
export type Offer = Pick<Gate, 'choices' | 'skippable'>;

/** Where something went wrong a person may always try again, or close the run. */
export function offer(also: readonly Choice[] = [], skippable: readonly string[] = []): Offer {
  const skip: readonly Choice[] = skippable.length > 0 ? ['skip'] : [];
  return { choices: ['retry', ...also, ...skip, 'abandon'], skippable };
}

/** An object may be left when its write got a definite no: nothing that was sent to it can still land. */
export function definitelyNot(reports: readonly WriteReport[]): readonly string[] {
  return reports.flatMap(({ target, results }) =>
    results.filter(isDefiniteFailure).map(({ object }) => `${target}/${object}`),
  );
}

/** Objects that were seen, each as it is, may be left like that. */
export function seen(objects: readonly BlockedObject[]): readonly string[] {
  return objects.filter(({ object }) => object !== '*').map(({ target, object }) => `${target}/${object}`);
}
