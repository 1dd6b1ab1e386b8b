import { z } from 'zod';
import { dnsLabelSchema, durationSchema } from './words.ts';

/** What an answer that does not come means: ask a person at the deadline, a failed deploy, or nothing. */
const noDataSchema = z.enum(['hold', 'fail', 'pass']);

const timesSchema = z.int().min(1, 'must be at least 1').max(100, 'must be at most 100');
/** Looking more often is load, not detection, and who has no time to answer is not asked. */
const intervalSchema = durationSchema.refine((text) => !/^0+\D|^0*([1-4]\d\d|\d{1,2})ms$/.test(text), {
  message: 'must be at least "500ms"',
});

function isOneOf(groups: readonly boolean[]): boolean {
  return groups.filter(Boolean).length === 1;
}

const metricSchema = z
  .strictObject({
    /** PromQL that answers one number; `$window` in it stands for `window`. Shown to nobody, but no place for secrets. */
    query: z.string().min(1, 'must not be empty').max(4000, 'must have at most 4000 characters'),
    interval: intervalSchema.optional(),
    /** What one value looks back on: a value counts when all of that lies behind "deployed". `0s`: the moment alone. */
    window: durationSchema.optional(),
    /** Above, or below, is bad. */
    max: z.number().optional(),
    min: z.number().optional(),
    /** The same as multiples of the mean over `baselineWindow` before the deploy. */
    atMost: z.number().positive('must be more than 0').optional(),
    atLeast: z.number().positive('must be more than 0').optional(),
    baselineWindow: durationSchema.optional(),
    /** So far from that mean is never bad, whatever multiple it is. */
    tolerance: z.number().nonnegative('must not be less than 0').optional(),
    /** The query answers a share of bad events; this share of good ones is the objective, such as 0.999. */
    objective: z.number().gt(0, 'must be more than 0').lt(1, 'must be less than 1').optional(),
    /** How many times faster than the objective allows the error budget may be used up. */
    maxBurn: z.number().positive('must be more than 0').optional(),
    /** Values there must be before it can be healthy. */
    minSamples: timesSchema.optional(),
    /** Bad values in a row that make it failing. */
    consecutive: timesSchema.optional(),
    noData: noDataSchema.optional(),
  })
  .refine(
    ({ max, min, atMost, atLeast, objective, maxBurn }) =>
      isOneOf([(max ?? min) !== undefined, (atMost ?? atLeast) !== undefined, (objective ?? maxBurn) !== undefined]),
    { message: 'must have one rule: "max" and/or "min", "atMost" and/or "atLeast", or "objective" with "maxBurn"' },
  )
  .refine(({ objective, maxBurn }) => (objective === undefined) === (maxBurn === undefined), {
    message: 'give "objective" and "maxBurn" together',
  })
  .refine(
    ({ atMost, atLeast, baselineWindow, tolerance }) =>
      atMost !== undefined || atLeast !== undefined || (baselineWindow === undefined && tolerance === undefined),
    { message: 'has "baselineWindow" or "tolerance" without "atMost" or "atLeast": remove it' },
  );

const httpSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an address such as "https://shop.example/healthz"' })
    .refine((url) => !/^[a-z]+:\/\/[^/?#]*@/i.test(url), 'must not carry a name or password: requests are kept'),
  /** What is expected; any of 200 to 299 unless given. */
  status: z.int().min(100).max(599).optional(),
  /** In the first 64 KiB of the body. */
  contains: z.string().min(1).max(1000).optional(),
  /** A regular expression for them. */
  matches: z.string().min(1).max(1000).refine(isPattern, 'must be a regular expression').optional(),
  maxLatency: durationSchema.optional(),
  minCertificateDays: z.int().min(1).max(365).optional(),
  /** A redirect is an answer like any other unless this is `true`. */
  followRedirects: z.boolean().optional(),
});

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

const addressSchema = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]@]+):\d{1,5}$/, 'must be "host:port", without "http://"');

const probeSchema = z
  .strictObject({
    http: httpSchema.optional(),
    tcp: z.strictObject({ address: addressSchema }).optional(),
    /** The standard health service, `grpc.health.v1.Health/Check`. */
    grpc: z
      .strictObject({ address: addressSchema, service: z.string().max(500).optional(), tls: z.boolean().optional() })
      .optional(),
    interval: intervalSchema.optional(),
    timeout: intervalSchema.optional(),
    /** Bad answers in a row that make it failing. */
    consecutive: timesSchema.optional(),
  })
  .refine(({ http, tcp, grpc }) => isOneOf([http !== undefined, tcp !== undefined, grpc !== undefined]), {
    message: 'must have exactly one of "http", "tcp" and "grpc"',
  });

/** What is ours to say: the Job must be nobody else's, and go away by itself. */
const setByBelay = ['selector', 'manualSelector', 'suspend', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished'];

const jobSpecSchema = z
  .looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        containers: z.array(z.looseObject({ name: dnsLabelSchema, image: z.string().min(1) })).min(1),
      }),
    }),
  })
  .refine((spec) => !setByBelay.some((field) => field in spec), {
    message: `must not have ${setByBelay.join(', ')}: Belay sets them ("timeout" says when it has failed)`,
  })
  .refine((spec) => JSON.stringify(spec).length <= 20_000, { message: 'must have at most 20000 characters as JSON' });

/** A smoke test: a Job that is run once after "deployed". */
const jobSchema = z.strictObject({
  /** Which of the targets it runs in; may be left out as far as that is clear. */
  cluster: dnsLabelSchema.optional(),
  namespace: dnsLabelSchema.optional(),
  /** From its creation: not complete by then is failing. */
  timeout: intervalSchema.optional(),
  /** As in a Job of batch/v1. Part of the request: no place for secrets. */
  spec: jobSpecSchema,
});

const sourceSchema = z
  .strictObject({
    name: dnsLabelSchema,
    metric: metricSchema.optional(),
    probe: probeSchema.optional(),
    job: jobSchema.optional(),
  })
  .refine(({ metric, probe, job }) => isOneOf([metric, probe, job].map((one) => one !== undefined)), {
    message: 'must have exactly one of "metric", "probe" and "job"',
  });
export type SourceSpec = z.output<typeof sourceSchema>;
export type MetricSpec = z.output<typeof metricSchema>;
export type ProbeSpec = z.output<typeof probeSchema>;
export type JobSpec = z.output<typeof jobSchema>;

/** What is watched beside the workloads. Each fails the deploy by itself. */
export const sourcesSchema = z
  .array(sourceSchema)
  .max(50)
  .refine((sources) => new Set(sources.map(({ name }) => name)).size === sources.length, {
    message: 'must name each source once',
  });

const metricRuleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('absolute'), max: z.number().nullable(), min: z.number().nullable() }),
  z.strictObject({
    kind: z.literal('relative'),
    atMost: z.number().nullable(),
    atLeast: z.number().nullable(),
    baselineWindow: z.number(),
    tolerance: z.number(),
  }),
  z.strictObject({ kind: z.literal('burn'), objective: z.number(), maxBurn: z.number() }),
]);
export type MetricRule = z.infer<typeof metricRuleSchema>;

const resolvedMetricSchema = z.strictObject({
  kind: z.literal('metric'),
  name: z.string(),
  query: z.string(),
  interval: z.number(),
  window: z.number(),
  rule: metricRuleSchema,
  minSamples: z.number(),
  consecutive: z.number(),
  noData: noDataSchema,
});
export type ResolvedMetric = z.infer<typeof resolvedMetricSchema>;

const probeCheckSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    url: z.string(),
    status: z.number().nullable(),
    contains: z.string().nullable(),
    matches: z.string().nullable(),
    maxLatency: z.number().nullable(),
    minCertificateDays: z.number().nullable(),
    followRedirects: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('tcp'), address: z.string() }),
  z.strictObject({ kind: z.literal('grpc'), address: z.string(), service: z.string(), tls: z.boolean() }),
]);
export type ProbeCheck = z.infer<typeof probeCheckSchema>;

const resolvedProbeSchema = z.strictObject({
  kind: z.literal('probe'),
  name: z.string(),
  check: probeCheckSchema,
  interval: z.number(),
  timeout: z.number(),
  consecutive: z.number(),
});
export type ResolvedProbe = z.infer<typeof resolvedProbeSchema>;

const resolvedJobSchema = z.strictObject({
  kind: z.literal('job'),
  name: z.string(),
  /** Id of a target. */
  target: z.string(),
  timeout: z.number(),
  spec: z.record(z.string(), z.unknown()),
});
export type ResolvedJob = z.infer<typeof resolvedJobSchema>;

/** With every default filled in; all times are milliseconds. */
export const resolvedSourceSchema = z.discriminatedUnion('kind', [
  resolvedMetricSchema,
  resolvedProbeSchema,
  resolvedJobSchema,
]);
export type ResolvedSource = z.infer<typeof resolvedSourceSchema>;
