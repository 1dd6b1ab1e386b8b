import { z } from 'zod';

/**
 * What a team may allow in advance, for all objects or for the named ones. Without it the plan refuses, saying which
 * one is missing.
 *
 * - `recreate`: delete and create anew an object whose change no write can make, or whose contents went with it
 * - `delete`: delete volumes, claims, namespaces and definitions that the deploy created
 * - `destroy`: write a state whose controller then deletes data
 * - `foreign`: overwrite what others changed outside the deploy
 * - `finalizers`: remove finalizers that the deploy put there
 */
const consentKinds = ['recreate', 'delete', 'destroy', 'foreign', 'finalizers'] as const;
export type ConsentKind = (typeof consentKinds)[number];

export const consentSchema = z.strictObject({
  allow: z.enum(consentKinds),
  /** `<apiVersion>/<Kind>`; any when missing. */
  kind: z
    .string()
    .regex(
      /^([a-z0-9.-]+\/)?v[a-z0-9]+\/[A-Z][A-Za-z0-9]*$/,
      'must be "<apiVersion>/<Kind>" such as "apps/v1/Deployment"',
    )
    .optional(),
  /** Any when missing. */
  name: z.string().min(1).max(253).optional(),
});
export type Consent = z.infer<typeof consentSchema>;
