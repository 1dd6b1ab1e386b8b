import type { LockBreak } from '../src/domain/lease.ts';
import { parseHolder } from '../src/domain/lock-holder.ts';
import type { JournalName } from '../src/ports/journal.ts';
import type { RunState } from '../src/ports/runs.ts';
import type { JournalEntry, JournalRecord } from '../src/schema/journal.ts';
import type { Dependencies } from './dependencies.ts';
import { via } from './failures.ts';
import { identityOf } from './run-identity.ts';

type Closed = Extract<RunState, { kind: 'closed' }>;

/** A person broke a lock from where no journal is at hand: whoever meets the Lease next records it, once. */
export async function journalBreak(
  { journal }: Dependencies,
  name: JournalName,
  cluster: string,
  broken: LockBreak | null,
): Promise<void> {
  if (!broken) return;
  const { by, reason, epoch, holder } = broken;
  const { workflowId = '', firstRunId = '' } = parseHolder(holder) ?? {};
  const entry: JournalEntry = {
    event: 'lockBroken',
    key: `lockBroken/${cluster}/${epoch}`,
    at: new Date(broken.at).toISOString(),
    guardId: '',
    operationId: identityOf({ workflowId, firstRunId }, { ...name, guardId: '' }).operationId,
    workflowId,
    runId: firstRunId,
    who: by,
    why: reason,
    data: { cluster, epoch, holder },
  };
  await via('journal', () => journal.append(nameOf(name), entry));
}

/** Closes the book on a run that could not do so itself; `last` is what it recorded last. */
export async function journalTermination(
  { journal }: Dependencies,
  name: JournalName,
  last: JournalRecord,
  { status, closedAt }: Closed,
): Promise<void> {
  const { guardId, operationId, workflowId, runId } = last;
  const entry: JournalEntry = {
    event: 'terminated',
    key: `${operationId}/terminated`,
    at: closedAt,
    guardId,
    operationId,
    workflowId,
    runId,
    who: null,
    why: `ended from outside (${status}) without an outcome`,
    data: { status, during: last.event },
  };
  await via('journal', () => journal.append(nameOf(name), entry));
}

function nameOf({ environment, application }: JournalName): JournalName {
  return { environment, application };
}
