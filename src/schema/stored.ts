import { z } from 'zod';
import { objectRefSchema } from './object-ref.ts';
import { resolvedRequestSchema, resolvedTargetSchema } from './resolved-request.ts';
import type { Evidence } from './verdict.ts';

/** Documents in the object store. All are sealed: hashes and names in them are no help without the key. */

const refSchema = z.strictObject({ id: z.string(), digest: z.string(), bytes: z.number() });

const healthStatus = z.enum(['current', 'progressing', 'failed', 'terminating', 'notAssessed', 'inconclusive']);

const memberSchema = z.strictObject({
  ref: objectRefSchema,
  uid: z.string(),
  resourceVersion: z.string(),
  blob: z.string(),
  terminating: z.boolean(),
  /** Why it is in scope: the first of its reasons. */
  because: z.enum(['selector', 'ref', 'inventory', 'manifest', 'baseline', 'closure']),
  /** Which inventory, or which member needs it how: `Helm release shop`, `named by Deployment/web`. */
  of: z.string().optional(),
});
export type Member = z.infer<typeof memberSchema>;

/** One target's part of a snapshot. */
export const partSchema = z.strictObject({
  version: z.literal(1),
  application: z.string(),
  environment: z.string(),
  target: resolvedTargetSchema,
  clusterId: z.string(),
  serverTime: z.string(),
  members: z.array(memberSchema),
  /** Named by the deploy's manifests, and not there: what the deploy will create. */
  absences: z.array(objectRefSchema),
  /** `null` when none was taken. Only a uid missing here, of a type that could be read, is evidence of absence. */
  census: z
    .strictObject({
      uids: z.array(z.string()),
      /** `<apiVersion>/<Kind>` of every type that was read. */
      read: z.array(z.string()),
      unreadable: z.array(z.string()),
      /** The same for other namespaces that members live in; their uids are among those above. */
      elsewhere: z
        .array(z.strictObject({ namespace: z.string(), read: z.array(z.string()), unreadable: z.array(z.string()) }))
        .optional(),
    })
    .nullable(),
  /** Types that the promise does not cover: `<apiVersion>/<Kind>` served here but not in scope, or not readable. */
  unseen: z.strictObject({ outOfScope: z.array(z.string()), unreadable: z.array(z.string()) }).optional(),
  health: z
    .strictObject({
      objects: z.record(z.string(), healthStatus),
      restarts: z.record(z.string(), z.number()),
      brokenPods: z.array(z.string()),
      brokenRevisions: z.record(z.string(), z.number()).optional(),
      generations: z.record(z.string(), z.string()).optional(),
    })
    .nullable(),
});
export type Part = z.infer<typeof partSchema>;

export const snapshotSchema = z.strictObject({
  version: z.literal(1),
  request: resolvedRequestSchema,
  parts: z.record(z.string(), refSchema),
  takenAt: z.record(z.string(), z.string()),
  clusterIds: z.record(z.string(), z.string()),
  objects: z.number(),
});
export type SnapshotDocument = z.infer<typeof snapshotSchema>;

const planItemSchema = z.strictObject({
  ref: objectRefSchema,
  verdict: z.enum(['noop', 'update', 'create', 'recreate', 'prune', 'leave', 'refuse']),
  reason: z.string(),
  /** Where content differs, as JSON pointers; never values. */
  fields: z.array(z.string()),
  baseline: z.string().nullable(),
  live: z.string().nullable(),
  /** uid and resourceVersion of the failed state. */
  fence: z.strictObject({ uid: z.string(), resourceVersion: z.string() }).nullable(),
  /** `first`: before all others. `traffic`: when its backends stand. `last`: behind the pivot. */
  timing: z.enum(['normal', 'first', 'traffic', 'last']),
  /** On which side of the pivot its last write is: until then it is as the failed deploy left it. */
  pivot: z.enum(['before', 'behind']),
  /** A planned object without which a dry run proves nothing; proven at the start of its own stage. */
  deferredOn: z.string().nullable(),
  /** Replicas belong to an autoscaler: `live` ones stay; a number is written, and may move from then on. */
  replicas: z.union([z.literal('live'), z.number()]).nullable(),
  /** Finalizers of the failed deploy that are taken off, by consent. */
  strip: z.array(z.string()),
  /** What of it is left as it is although the baseline has it otherwise, each with its reason. */
  stays: z.array(z.string()),
});
export type PlanItem = z.infer<typeof planItemSchema>;

export const planSchema = z.strictObject({
  version: z.literal(2),
  target: z.string(),
  baseline: refSchema,
  before: refSchema,
  failedState: refSchema,
  items: z.array(planItemSchema),
  /** Item numbers in batches; a barrier across clusters after each stage. */
  stages: z.array(
    z.strictObject({
      stage: z.string(),
      order: z.number(),
      does: z.enum(['write', 'delete']),
      batches: z.array(z.array(z.number())),
    }),
  ),
  /** Additions that could turn a dry run away; they go before anything is written. */
  blockers: z.array(z.string()),
});
export type PlanDocument = z.infer<typeof planSchema>;

/** Why a target failed: all that was seen in one look. */
export interface EvidenceDocument {
  readonly version: 1;
  readonly target: string;
  readonly cluster: string;
  readonly namespace: string;
  /** The cluster's clock. */
  readonly seenAt: string | null;
  readonly evidence: readonly Evidence[];
}
