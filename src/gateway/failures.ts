import { randomUUID } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { ApplicationName } from '../client/index.ts';
import { parseBy } from './parse.ts';
import { refuse } from './refusal.ts';
import type { Report } from './report.ts';

const text = (longest: number) =>
  z.string().min(1, 'must not be empty').max(longest, `must have at most ${longest} characters`);

/** Body of our own endpoint. */
export const failureSchema = z
  .strictObject({
    reason: text(2000).openapi({ example: 'checkout answers 500', description: 'What is wrong, for people.' }),
    key: text(200).optional().openapi({
      description: 'The same key twice is one report; the header Idempotency-Key says the same.',
    }),
    guardId: text(200).optional().openapi({ description: 'Only this very guard is meant.' }),
    revision: text(200).optional().openapi({ description: 'Only a deploy of this revision is meant.' }),
    observedAt: z.iso
      .datetime({ offset: true, error: 'must be a time such as 2026-01-31T10:00:00Z' })
      .optional()
      .openapi({ description: 'Since when it fails; now unless given. Before the deploy was done it does not count.' }),
    cluster: text(200).optional(),
    severity: text(200).optional(),
    onNoGuard: z.enum(['refuse', 'rollback']).optional().openapi({
      description: 'With no guard open: say so, or roll back to the last known good (needs the right "rollback").',
    }),
  })
  .openapi('Failure');

export interface ReportRequest {
  readonly name: ApplicationName;
  readonly body: unknown;
  /** The header. */
  readonly idempotencyKey: string | undefined;
  readonly now: number;
}

/** Throws `Refusal`. */
export function reportOf({ name, body, idempotencyKey, now }: ReportRequest): Report {
  const { key, observedAt, ...failure } = parseBy(failureSchema, body);
  const header = idempotencyKey === undefined ? undefined : parseBy(text(200), idempotencyKey);
  if (header !== undefined && key !== undefined && header !== key) {
    const detail = 'give the header "Idempotency-Key" or the field "key", or the same in both';
    refuse({ status: 400, type: 'invalid', title: 'There are two different keys', detail, more: { field: 'key' } });
  }
  return {
    ...failure,
    name,
    key: key ?? header ?? randomUUID(),
    observedAt: new Date(observedAt ?? now).toISOString(),
  };
}
