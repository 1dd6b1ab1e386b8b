import type { ExpressionAnswer } from '../schema/health-rule.ts';
import type { KubeObject } from '../schema/json.ts';

/** Conditions that users write about an object. Evaluation ends within a fraction of a second, and never throws. */
export interface Expressions {
  /** What is wrong with the text itself, for people; `null`: it can be evaluated. */
  problemWith(expression: string): string | null;
  evaluate(expression: string, object: KubeObject): ExpressionAnswer;
}
