import { describeSuspects } from '../../src/domain/describe-suspects.ts';
import type { SuspectObject } from '../../src/schema/outcome.ts';
import type { PlanSummary } from '../../src/schema/plan.ts';
import type { Steps } from './steps.ts';

export function suspectsIn(plans: readonly PlanSummary[]): readonly SuspectObject[] {
  return plans.flatMap(({ target, suspects = [] }) => suspects.map((object) => ({ target, object })));
}

/** Said when they are seen: a person may know what they are while the rest is being restored. */
export function noteSuspects(steps: Steps, plans: readonly PlanSummary[]): void {
  const names = suspectsIn(plans).map(({ target, object }) => `${target}/${object}`);
  if (names.length > 0)
    steps.note({ key: 'suspects', mark: 'warning', title: 'suspects', text: describeSuspects(names) });
}
