import { createHash } from 'node:crypto';
import type { ResolveInput, RunIdentity } from '../src/schema/activities.ts';

/** `operationId` is the same for every attempt and every continuation of a run, and another one for every run. */
export function identityOf(
  { workflowId, firstRunId }: Pick<ResolveInput, 'workflowId' | 'firstRunId'>,
  { application, environment, guardId }: { application: string; environment: string; guardId: string },
): RunIdentity {
  const operationId = createHash('sha256').update(`${workflowId}\n${firstRunId}`).digest('hex').slice(0, 16);
  return { application, environment, guardId, operationId, workflowId, firstRunId };
}
