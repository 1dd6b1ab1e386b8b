import { z } from 'zod';
import { gatewaySchema } from './gateway-schema.ts';

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const workspacePath = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(:[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;
const path = z.string().min(1, 'must be a path');
const rate = z.number().positive('must be more than 0');
const count = z.int().positive('must be a whole number above 0');

const tlsSchema = z
  .strictObject({
    /** PEM files; relative to `belay.yaml`. */
    ca: path.optional(),
    clientCert: path.optional(),
    clientKey: path.optional(),
    /** When the certificate names another host than the address. */
    serverName: z.string().min(1).optional(),
  })
  .refine((tls) => (tls.clientCert === undefined) === (tls.clientKey === undefined), {
    message: 'give "clientCert" and "clientKey" together',
  });

const temporalSchema = z.strictObject({
  address: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/, 'must be "host:port", without "http://"')
    .default('127.0.0.1:7233'),
  namespace: z.string().min(1, 'must be a name').default('default'),
  tls: z
    .union([z.boolean(), tlsSchema], { error: 'must be true, false or a map of ca, clientCert, clientKey, serverName' })
    .optional(),
  apiKey: z.string().min(1).optional(),
  /** Without it, a connection that is not encrypted is only made to this machine. */
  plaintext: z.literal('allow').optional(),
  /** Address of Temporal UI, for links. */
  ui: z.url({ protocol: /^https?$/, error: 'must be an address such as "http://localhost:8233"' }).optional(),
});

const clusterSchema = z.strictObject({
  kubeconfig: path,
  context: z.string().min(1).optional(),
  /** In kcp: the workspace behind `/clusters/<workspace>` of the kubeconfig's server. */
  workspace: z
    .string()
    .regex(workspacePath, 'must be a kcp workspace such as "root:org:team", or the name of a logical cluster')
    .optional(),
  /** Workers near the cluster: this queue, and `<taskQueue>-watch`. */
  taskQueue: z.string().min(1).max(200).optional(),
  /** Where the application's Lease is kept; the target's namespace unless given. */
  lockNamespace: z.string().regex(dnsLabel, 'must be a namespace name').optional(),
  /** Requests per second, and how many may come at once. */
  qps: rate.optional(),
  burst: count.optional(),
  /** Writes in flight at the same time. */
  parallelism: count.max(256).optional(),
  /** Programs a kubeconfig may run for credentials; none unless listed. */
  execAllowList: z.array(z.string().min(1)).max(100).optional(),
});

const prometheusSchema = z
  .strictObject({
    /** As a browser would open it; paths before `/api/v1` are kept. */
    url: z
      .url({ protocol: /^https?$/, error: 'must be an address such as "https://prometheus.example"' })
      .refine((url) => !/^[a-z]+:\/\/[^/?#]*@/i.test(url), 'must not carry a name or password; use "bearerToken"'),
    bearerToken: z.string().min(1).optional(),
    /** Read before each request, so that it may be renewed. */
    bearerTokenFile: path.optional(),
    /** PEM file of who is trusted instead of the usual authorities. */
    ca: path.optional(),
    /** Without it, a connection that is not encrypted is only made to this machine. */
    plaintext: z.literal('allow').optional(),
  })
  .refine(({ bearerToken, bearerTokenFile }) => bearerToken === undefined || bearerTokenFile === undefined, {
    message: 'give "bearerToken" or "bearerTokenFile", not both',
  });

/** `belay.yaml`: all of it optional. The environment is laid over it before it is parsed. */
export const belayFileSchema = z.strictObject({
  temporal: temporalSchema.prefault({}),
  store: z
    .string()
    .regex(/^file:.+/, 'must be "file:<path>"')
    .default('file:./.belay/store'),
  encryption: z.strictObject({ keyFile: path.default('./.belay/key') }).prefault({}),
  clusters: z.record(z.string().regex(dnsLabel, 'a cluster name must be a DNS label'), clusterSchema).default({}),
  /** Only `belay serve` reads it. */
  gateway: gatewaySchema.optional(),
  /** What `detect[].metric` of a guard asks. */
  metrics: z.strictObject({ prometheus: prometheusSchema.optional() }).prefault({}),
  /** What `detect[].probe` of a guard trusts: a PEM file, instead of the usual authorities. */
  probes: z.strictObject({ ca: path.optional() }).prefault({}),
});

export type BelayFile = z.infer<typeof belayFileSchema>;
export type TemporalConfig = BelayFile['temporal'];
export type ClusterConfig = z.infer<typeof clusterSchema>;
export type PrometheusConfig = z.infer<typeof prometheusSchema>;
