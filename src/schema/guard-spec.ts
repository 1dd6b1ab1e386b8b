import { z } from 'zod';
import { consentSchema } from './consent.ts';
import { sourcesSchema } from './detect.ts';
import { healthRulesSchema } from './health-rule.ts';
import { objectRefSchema } from './object-ref.ts';
import { ownerPolicySchema } from './owner.ts';
import {
  failedWritePolicySchema,
  freezePolicySchema,
  unhealthyPolicySchema,
  unreachablePolicySchema,
} from './policies.ts';
import { recoverSchema } from './recover.ts';
import { scopeSchema } from './scope.ts';
import { type GroupRule, groupRuleSchema } from './verdict.ts';
import { dnsLabelSchema, durationSchema } from './words.ts';

const targetSchema = z.strictObject({
  cluster: dnsLabelSchema,
  namespace: dnsLabelSchema,
  scope: scopeSchema,
});

function placeOf({ cluster, namespace }: { readonly cluster: string; readonly namespace: string }): string {
  return `${cluster}/${namespace}`;
}

/** What a failure leads to (docs/human-gate.md): a restore at once, one that a person approves or lets begin, or none. */
export const onFailureSchema = z.enum(['rollback', 'approve', 'hold', 'observe']);

const common = {
  application: dnsLabelSchema,
  environment: dnsLabelSchema,
  /** What is being deployed, for people: a version, an image digest, a commit. */
  revision: z.string().min(1).max(200).optional(),
  targets: z
    .array(targetSchema)
    .min(1, 'needs at least one target')
    .max(100)
    // Each would claim what the other one restores.
    .refine((targets) => new Set(targets.map(placeOf)).size === targets.length, {
      message: 'names one namespace of one cluster twice: make it one target whose scope covers both',
    }),
  /** For kinds whose health Belay cannot know: custom resources without the usual conditions. */
  health: healthRulesSchema.optional(),
  /** From `ready`: not healthy by then is a failure, however often readiness flapped in between. */
  deadline: durationSchema.optional(),
  /** What is watched beside the workloads: metrics, probes and smoke tests (docs/detect.md). */
  detect: sourcesSchema.optional(),
  /** In how many targets workloads have to fail for the deploy to have failed (docs/detect.md). */
  verdict: groupRuleSchema.optional(),
  /** How long every target must stay healthy after `deployed` before the deploy is kept. */
  bake: durationSchema.optional(),
  onFailure: onFailureSchema.optional(),
  /** What to do about an active Flux or Argo CD resource that applies members from a source of its own (docs/owners.md). */
  owners: ownerPolicySchema.optional(),
  /** What a rollback may do that it would otherwise refuse. */
  consent: z.array(consentSchema).max(200).optional(),
  /** What a rollback does beyond putting objects back. */
  recover: recoverSchema.optional(),
  /** Objects to be restored one after the other, beyond the order of kinds. */
  dependsOn: z
    .array(z.strictObject({ object: objectRefSchema, on: objectRefSchema }))
    .max(500)
    .optional(),
  /** Keeps others from writing to the targets' namespaces while a rollback is under way; not done unless asked for. */
  freeze: freezePolicySchema.optional(),
  /** What becomes of a rollback when a cluster says no to one of its writes. */
  onFailedWrite: failedWritePolicySchema.optional(),
  /** What becomes of it when the restored state is not healthy within `deadline`. */
  onUnhealthy: unhealthyPolicySchema.optional(),
  /** How long it waits for a cluster that does not answer: before the first write it is refused then, later see `then`. */
  unreachable: z.strictObject({ wait: durationSchema.optional(), then: unreachablePolicySchema.optional() }).optional(),
  /** How long a door waits for `ready` before it gives up and does not deploy. */
  readyTimeout: durationSchema.optional(),
  /** How long the guard waits for the deployer to acknowledge that it has stopped. */
  haltTimeout: durationSchema.optional(),
};

interface Counted {
  readonly targets: readonly unknown[];
  readonly verdict?: GroupRule | undefined;
}

/** More than there are would never come together. */
function isReachable({ targets, verdict }: Counted): boolean {
  return typeof verdict !== 'object' || verdict.quorum <= targets.length;
}

const reachable = { path: ['verdict', 'quorum'], message: 'must not be more than there are targets' };

interface Placed {
  readonly targets: readonly z.output<typeof targetSchema>[];
  readonly detect?: z.output<typeof sourcesSchema> | undefined;
}

/** A Job runs in one target: with what is left out it must be clear which. */
function placeJobs({ targets, detect = [] }: Placed, context: z.RefinementCtx): void {
  for (const [index, { job }] of detect.entries()) {
    if (job === undefined) continue;
    const { cluster, namespace } = job;
    const fitting = targets.filter(
      (target) =>
        target.cluster === (cluster ?? target.cluster) && target.namespace === (namespace ?? target.namespace),
    );
    if (fitting.length === 1) continue;
    const message =
      fitting.length === 0
        ? `must run in one of the targets (${targets.map(placeOf).join(', ')})`
        : `must say with "cluster" and "namespace" in which target it runs (${fitting.map(placeOf).join(', ')})`;
    context.addIssue({ code: 'custom', path: ['detect', index, 'job'], message });
  }
}

/** `guard.yaml`: one application. `manifests` are files or folders, read by the command line for the objects they name. */
export const guardFileSchema = z
  .strictObject({
    ...common,
    manifests: z.array(z.string().min(1)).max(1000).optional(),
  })
  .refine(isReachable, reachable)
  .superRefine(placeJobs);
export type GuardFile = z.infer<typeof guardFileSchema>;

/** What a deploy workflow passes to `guardDeploy`. No secrets. */
export const guardRequestSchema = z
  .strictObject({
    ...common,
    /** Given by the starter; every message names it (CONTRACT: whose message is it). */
    guardId: z.string().min(1).max(300),
    /** The objects the deploy will apply: those that do not exist yet are the source of absences. */
    manifests: z.array(objectRefSchema).max(5000).optional(),
    /** Where `belay.event.<guardId>` is sent. */
    replyTo: z.strictObject({ workflowId: z.string().min(1) }).optional(),
    /** The workflow that deploys: followed, so that its death is a failure. */
    deployer: z.strictObject({ workflowId: z.string().min(1), runId: z.string().min(1) }).optional(),
  })
  .refine(isReachable, reachable)
  .superRefine(placeJobs);
export type GuardRequest = z.input<typeof guardRequestSchema>;
export type ParsedRequest = z.output<typeof guardRequestSchema>;

export const requestDefaults = {
  deadline: '15m',
  bake: '30s',
  verdict: 'any',
  onFailure: 'rollback',
  owners: 'refuse',
  onFailedWrite: 'revert',
  onUnhealthy: 'hold',
  unreachableWait: '10m',
  unreachableThen: 'hold',
  readyTimeout: '60s',
  haltTimeout: '30s',
  closure: true,
  restartPods: 'whenConfigChanged',
} as const;

/** Kinds a selector looks at when `scope.kinds` is not given. Custom resources must be listed. */
export const defaultScopeKinds: readonly string[] = [
  'v1/ConfigMap',
  'v1/Secret',
  'v1/Service',
  'v1/ServiceAccount',
  'v1/PersistentVolumeClaim',
  'apps/v1/Deployment',
  'apps/v1/StatefulSet',
  'apps/v1/DaemonSet',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'networking.k8s.io/v1/Ingress',
  'networking.k8s.io/v1/NetworkPolicy',
  'autoscaling/v2/HorizontalPodAutoscaler',
  'policy/v1/PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1/Role',
  'rbac.authorization.k8s.io/v1/RoleBinding',
];
