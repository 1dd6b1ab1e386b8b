import { z } from '@hono/zod-openapi';
import type { ApplicationName } from '../client/index.ts';
import { refuse } from './refusal.ts';

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const nameSchema = z
  .string()
  .regex(label, 'must be lower-case letters, digits and "-", at most 63 of them')
  .openapi({ example: 'shop' });

/** `<environment>/<application>`; `null` when it is none. */
export function parseName(text: string): ApplicationName | null {
  const [environment = '', application = '', ...more] = text.split('/');
  return more.length === 0 && label.test(environment) && label.test(application) ? { environment, application } : null;
}

/** Throws `Refusal` that names each field and its fix, and quotes no value. */
export function parseBy<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, 10).map(({ path, message }) => ({
    field: path.map(String).join('.').slice(0, 200),
    fix: message.slice(0, 200),
  }));
  const detail = errors.map(({ field, fix }) => (field === '' ? fix : `${field}: ${fix}`)).join('; ');
  return refuse({ status: 400, type: 'invalid', title: 'The request is not valid', detail, more: { errors } });
}
