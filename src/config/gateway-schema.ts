import { z } from 'zod';

const path = z.string().min(1, 'must be a path');
const name = '[a-z0-9*]([-a-z0-9*]{0,61}[a-z0-9*])?';

/** What the guard itself says; a sender must not pass for one of them. */
const ownSources = ['workloads', 'command', 'interrupt', 'deadline', 'deployer', 'person'];

/** Never the secret itself: this file is easily committed. */
const secretSchema = z.union(
  [z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }), z.strictObject({ file: path })],
  { error: 'must be { env: NAME } or { file: path }, where the secret is to be found' },
);

const senderSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and "-"')
      .refine((given) => !ownSources.includes(given), `must be none of ${ownSources.join(', ')}: guards use these`),
    /** `hmac`: signs each request. `bearer`: sends the secret itself, for those that cannot sign. */
    auth: z.enum(['hmac', 'bearer']).default('hmac'),
    secrets: z.array(secretSchema).min(1, 'must have at least one').max(5, 'must be at most five'),
    rights: z.array(z.enum(['report', 'rollback', 'read'])).default(['report']),
    applications: z
      .array(z.string().regex(new RegExp(`^${name}/${name}$`), 'must be <environment>/<application>, with * for any'))
      .min(1, 'must have at least one, such as production/*')
      .max(200),
    onNoGuard: z.enum(['refuse', 'rollback']).default('refuse'),
    rate: z
      .strictObject({
        perMinute: z.number().positive('must be more than 0').max(6000, 'must be at most 6000').default(60),
        burst: z.int().positive('must be a whole number above 0').max(1000, 'must be at most 1000').default(30),
      })
      .prefault({}),
  })
  .refine(({ onNoGuard, rights }) => onNoGuard === 'refuse' || rights.includes('rollback'), {
    path: ['onNoGuard'],
    message: 'add "rollback" to "rights", or leave it out',
  });

const mapping = {
  application: z
    .string()
    .regex(
      /^[^{}/]*(\{[^{}]+\}[^{}/]*)*(\/[^{}/]*(\{[^{}]+\}[^{}/]*)*)?$/,
      'must fill in to <environment>/<application>',
    ),
  reason: z.string().min(1).max(500).optional(),
  revision: z.string().min(1).max(200).optional(),
  cluster: z.string().min(1).max(200).optional(),
};

/** `gateway` in `belay.yaml`: what `belay serve` listens to, and whom. */
export const gatewaySchema = z.strictObject({
  listen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/, 'must be "host:port"')
    .default('127.0.0.1:8710'),
  /** PEM files; relative to `belay.yaml`. */
  tls: z.strictObject({ cert: path, key: path }).optional(),
  /** Without it, plain HTTP is spoken on this machine only. */
  plaintext: z.literal('allow').optional(),
  senders: z
    .array(senderSchema)
    .min(1, 'must have at least one')
    .max(200)
    .refine((senders) => new Set(senders.map((sender) => sender.name)).size === senders.length, {
      message: 'must have names that differ',
    }),
  alertmanager: z.strictObject(mapping).optional(),
  cloudevents: z
    .strictObject({ types: z.array(z.string().min(1)).min(1, 'must have at least one').max(100), ...mapping })
    .optional(),
});

export type GatewayConfig = z.infer<typeof gatewaySchema>;
