import { z } from 'zod';

/** What watching a target says; `inconclusive` is an answer of its own: no data is not bad and not good. */
export type Verdict = 'progressing' | 'healthy' | 'failing' | 'inconclusive';

/** One reason behind a verdict. Never anything from a Secret. */
export interface Evidence {
  /** Short name for people, `Deployment/checkout`. */
  readonly object: string;
  /** One word, such as `ImagePullBackOff`. */
  readonly reason: string;
  readonly message: string;
  /** The cluster's time at which it was first seen, ISO 8601; of what fails. Missing in reports of older workers. */
  readonly since?: string;
  /** Why it counts: that it cannot pass, or that it has had its time. Of workloads that fail; not of older workers. */
  readonly why?: string;
}

/** How many targets have to fail for the deploy to fail: one, every one, or so many. */
export const groupRuleSchema = z.union(
  [z.enum(['any', 'all']), z.strictObject({ quorum: z.int().min(1).max(100) })],
  'must be "any", "all" or { quorum: <number of targets> }',
);
export type GroupRule = z.infer<typeof groupRuleSchema>;
