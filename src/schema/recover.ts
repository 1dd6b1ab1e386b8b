import { z } from 'zod';

/**
 * `restartPods`: what becomes of pods that were started with the failed deploy's ConfigMaps and Secrets and run on.
 *
 * - `whenConfigChanged`: they are evicted, one per workload at a time, as their disruption budgets allow
 * - `never`: they are left, and the outcome says so
 */
export const recoverSchema = z.strictObject({
  restartPods: z.enum(['whenConfigChanged', 'never']).optional(),
});
