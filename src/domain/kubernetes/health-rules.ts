import type { ExpressionAnswer, HealthRule } from '../../schema/health-rule.ts';
import type { KubeObject } from '../../schema/json.ts';
import { current, failed, inconclusive, type ObjectHealth, progressing } from './health.ts';

/** Answers a boolean expression over one object. */
export type Evaluate = (expression: string, object: KubeObject) => ExpressionAnswer;

/** The user's rules as one function. `failed` is asked first: what is broken is not healthy, whatever else it says. */
export function ruleHealth(
  rules: readonly HealthRule[],
  evaluate: Evaluate,
): (object: KubeObject) => ObjectHealth | undefined {
  const byKind = new Map(rules.map((rule) => [rule.kind, rule]));
  return (object) => {
    const rule = byKind.get(`${object.apiVersion}/${object.kind}`);
    return rule === undefined ? undefined : byRule(rule, (expression) => evaluate(expression, object));
  };
}

function byRule(rule: HealthRule, ask: (expression: string) => ExpressionAnswer): ObjectHealth {
  const broken = rule.failed === undefined ? no : ask(rule.failed);
  if (broken.kind === 'value' && broken.value) return failed(`"failed" is true: ${rule.failed}`);
  const healthy = ask(rule.healthy);
  if (broken.kind === 'error') return inconclusive(`"failed" has no answer: ${broken.reason}`);
  if (healthy.kind === 'error') return inconclusive(`"healthy" has no answer: ${healthy.reason}`);
  return healthy.value ? current : progressing(`"healthy" is not true yet: ${rule.healthy}`);
}

const no: ExpressionAnswer = { kind: 'value', value: false };

export interface RuleProblem {
  readonly index: number;
  readonly field: 'healthy' | 'failed';
  readonly problem: string;
}

/** Every expression that cannot be evaluated on any object. */
export function ruleProblems(
  rules: readonly HealthRule[],
  problemWith: (expression: string) => string | null,
): readonly RuleProblem[] {
  return rules.flatMap((rule, index) =>
    (['healthy', 'failed'] as const).flatMap((field) => {
      const problem = rule[field] === undefined ? null : problemWith(rule[field]);
      return problem === null ? [] : [{ index, field, problem }];
    }),
  );
}
