import { z } from 'zod';
import { kindSchema } from './object-ref.ts';

const expressionSchema = z.string().min(1, 'must not be empty').max(2000, 'must have at most 2000 characters');

/** How objects of one kind tell their health, as CEL conditions over `object`. Decides instead of Belay's own rules. */
export const healthRuleSchema = z.strictObject({
  kind: kindSchema.refine((kind) => kind !== 'v1/Secret', 'must not be "v1/Secret": Secrets are never looked into'),
  /** True: nothing is left to wait for. */
  healthy: expressionSchema,
  /** True: the deploy has failed. */
  failed: expressionSchema.optional(),
});
export type HealthRule = z.infer<typeof healthRuleSchema>;

export const healthRulesSchema = z
  .array(healthRuleSchema)
  .max(100)
  .refine((rules) => new Set(rules.map(({ kind }) => kind)).size === rules.length, 'must name each kind once');

export type ExpressionAnswer =
  | { readonly kind: 'value'; readonly value: boolean }
  /** It could not be evaluated on this object, for example because it names a field that is not there. */
  | { readonly kind: 'error'; readonly reason: string };
