import { z } from 'zod';
import { consentSchema } from './consent.ts';
import { resolvedSourceSchema } from './detect.ts';
import { onFailureSchema } from './guard-spec.ts';
import { healthRuleSchema } from './health-rule.ts';
import { objectRefSchema } from './object-ref.ts';
import { ownerPolicySchema } from './owner.ts';
import {
  failedWritePolicySchema,
  freezePolicySchema,
  unhealthyPolicySchema,
  unreachablePolicySchema,
} from './policies.ts';
import { recoverSchema } from './recover.ts';
import { ignoreRuleSchema, inventorySchema } from './scope.ts';
import { groupRuleSchema } from './verdict.ts';

/** A target with every default filled in, and the queues its activities run on. */
export const resolvedTargetSchema = z.strictObject({
  /** Unique within the application: the cluster's name, or `<cluster>/<namespace>` when a cluster has several targets. */
  id: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  /** Queue of short activities for this cluster; watchers use `watchQueue`. */
  taskQueue: z.string(),
  watchQueue: z.string(),
  lockNamespace: z.string(),
  scope: z.strictObject({
    refs: z.array(objectRefSchema),
    selector: z.string().nullable(),
    kinds: z.array(z.string()),
    /** `listed`: every kind was asked for and must be readable. `default`: a kind that is not served is merely absent. */
    kindsAre: z.enum(['listed', 'default']),
    exclude: z.array(objectRefSchema),
    /** The next three are absent in requests of versions that had none of this; such a run goes on without. */
    inventory: z.array(inventorySchema).optional(),
    closure: z.boolean().optional(),
    ignore: z.array(ignoreRuleSchema).optional(),
  }),
});
export type ResolvedTarget = z.infer<typeof resolvedTargetSchema>;

/** The request as the whole run uses it: in history, so that a later deploy of Belay cannot change a run's defaults. */
export const resolvedRequestSchema = z.strictObject({
  application: z.string(),
  environment: z.string(),
  revision: z.string().nullable(),
  targets: z.array(resolvedTargetSchema).min(1),
  manifests: z.array(objectRefSchema),
  /** Missing in snapshots from before there were rules. */
  health: z.array(healthRuleSchema).optional(),
  consent: z.array(consentSchema).optional(),
  recover: recoverSchema.optional(),
  dependsOn: z.array(z.strictObject({ object: objectRefSchema, on: objectRefSchema })).optional(),
  /** The next two are missing in requests of versions that watched workloads only, each target for itself. */
  detect: z.array(resolvedSourceSchema).optional(),
  verdict: groupRuleSchema.optional(),
  deadline: z.number(),
  bake: z.number(),
  onFailure: onFailureSchema,
  /** Missing in runs of versions that did not look for owners; such a run goes on without. */
  owners: ownerPolicySchema.optional(),
  /** Missing: others may write. */
  freeze: freezePolicySchema.optional(),
  unreachableWait: z.number(),
  /** The next three are missing in requests of versions that had the defaults only. */
  unreachableThen: unreachablePolicySchema.optional(),
  onFailedWrite: failedWritePolicySchema.optional(),
  onUnhealthy: unhealthyPolicySchema.optional(),
  readyTimeout: z.number(),
  haltTimeout: z.number(),
});
/** All times are milliseconds. */
export type ResolvedRequest = z.infer<typeof resolvedRequestSchema>;
