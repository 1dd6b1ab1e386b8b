import type { Ref } from '../outcome.ts';
import type { PlanDescription } from '../plan-view.ts';
import type { AboutTarget } from './about-target.ts';
import type { PlanInput } from './rollback.ts';

export interface DescribeInput extends AboutTarget {
  readonly plan: Ref;
  /** As the plan was made with: foreign changes are told apart by it. */
  readonly window: PlanInput['window'];
  /** The answer is cut to about this size. */
  readonly bytes: number;
}

export interface PlanActivities {
  /** Reads a stored plan for people; what it answers holds nothing secret. */
  describePlan(input: DescribeInput): Promise<PlanDescription>;
}
