import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { leaseRef } from '../src/domain/lease.ts';
import { type LockHolder, printHolder } from '../src/domain/lock-holder.ts';
import type { JournalName } from '../src/ports/journal.ts';
import type { RunIdentity } from '../src/schema/activities.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { Dependencies } from './dependencies.ts';

export function leaseOf(name: JournalName, lockNamespace: string): ObjectRef {
  return leaseRef(name, lockNamespace, (text) => createHash('sha256').update(text).digest('hex'));
}

/** What this run writes into a Lease that it holds. */
export function holderOf(deps: Dependencies, { workflowId, firstRunId }: RunIdentity): string {
  return printHolder({ ...ownTemporal(deps), workflowId, firstRunId });
}

export function ownTemporal({ temporalAddress }: Dependencies): Pick<LockHolder, 'address' | 'namespace'> {
  return { address: temporalAddress, namespace: Context.current().info.workflowNamespace ?? 'default' };
}
