import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { leaseRef } from '../src/domain/lease.ts';
import { printHolder } from '../src/domain/lock-holder.ts';
import type { JournalName } from '../src/ports/journal.ts';
import type { RunIdentity } from '../src/schema/activities.ts';
import type { ObjectRef } from '../src/schema/object-ref.ts';
import type { Dependencies } from './dependencies.ts';

export function leaseOf(name: JournalName, lockNamespace: string): ObjectRef {
  return leaseRef(name, lockNamespace, (text) => createHash('sha256').update(text).digest('hex'));
}

/** What this run writes into a Lease that it holds. */
export function holderOf({ temporalAddress: address }: Dependencies, { workflowId, firstRunId }: RunIdentity): string {
  const namespace = Context.current().info.workflowNamespace ?? 'default';
  return printHolder({ address, namespace, workflowId, firstRunId });
}
