import { z } from '@hono/zod-openapi';
import type { ApplicationStatus } from '../client/index.ts';

/** Where the latest run of an application stands, without what it holds of clusters and people. */
export const statusSchema = z
  .object({
    state: z.enum(['open', 'silent', 'closed']),
    guardId: z.string().nullable(),
    revision: z.string().nullable(),
    phase: z.string().nullable(),
    failure: z.object({ source: z.string(), reason: z.string(), at: z.string() }).nullable(),
    needsHuman: z.boolean(),
    outcome: z.string().nullable(),
  })
  .openapi('Status');

type Status = z.infer<typeof statusSchema>;

const nothing = {
  guardId: null,
  revision: null,
  phase: null,
  failure: null,
  needsHuman: false,
  outcome: null,
};

/** `null`: Temporal knows no run of it. */
export function statusAnswer(found: ApplicationStatus): Status | null {
  switch (found.kind) {
    case 'none':
      return null;
    case 'silent':
      return { ...nothing, state: 'silent' };
    case 'closed': {
      const result = found.end.kind === 'ended' ? found.end.result : null;
      return { ...nothing, state: 'closed', guardId: result?.guardId ?? null, outcome: result?.outcome ?? null };
    }
    case 'open': {
      const { guardId, revision, phase, failure, decision, ending } = found.view;
      const outcome = ending?.outcome ?? null;
      return { state: 'open', guardId, revision, phase, failure, needsHuman: decision !== null, outcome };
    }
  }
}
