import { z } from 'zod';

/** Names one object in one cluster. A namespaced object without `namespace` lives in its target's namespace. */
export const objectRefSchema = z.strictObject({
  apiVersion: z.string().regex(/^([a-z0-9.-]+\/)?v[a-z0-9]+$/, 'must look like "v1" or "apps/v1"'),
  kind: z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'must be a kind such as "Deployment"'),
  namespace: z.string().min(1).max(253).optional(),
  name: z.string().min(1).max(253),
});

/** See {@link objectRefSchema}. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** A kind in one version, `apps/v1/Deployment`. */
export const kindSchema = z
  .string()
  .regex(
    /^([a-z0-9.-]+\/)?v[a-z0-9]+\/[A-Z][A-Za-z0-9]*$/,
    'must be "<apiVersion>/<Kind>" such as "apps/v1/Deployment"',
  );
