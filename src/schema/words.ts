import { z } from 'zod';

/** `10s`, `5m`, `1h`: a whole number and a unit. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h'}`;

export const durationSchema = z
  .string()
  .regex(/^\d{1,6}(ms|s|m|h)$/, 'must be a duration such as "30s", "5m" or "1h"')
  .transform((text) => text as Duration);

export const dnsLabelSchema = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label: lower-case letters, digits and "-", at most 63');
