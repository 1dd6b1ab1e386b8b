import { Context } from '@temporalio/activity';
import type { HistoryActivities, RecordInput } from '../src/schema/activities.ts';
import type { JournalEntry } from '../src/schema/journal.ts';
import type { Dependencies } from './dependencies.ts';
import { fail, via } from './failures.ts';
import { createHeadKeeper } from './journal-heads.ts';

/** Appends to the application's journal, ahead of the step that a record names. */
export function createHistoryActivities(deps: Dependencies): HistoryActivities {
  const { journal } = deps;
  const keepHead = createHeadKeeper(deps);
  return {
    record: async (input) => {
      const name = { application: input.run.application, environment: input.run.environment };
      await rejectCutTail(input, (await via('journal', () => journal.head(name)))?.sequence ?? 0);
      const head = await via('journal', () => journal.append(name, entryOf(input)));
      keepHead(input, head);
      return head;
    },
  };
}

/** The Leases remember the head: a journal that ends before it has lost records, and must not be continued silently. */
async function rejectCutTail({ knownHeads = [] }: RecordInput, found: number): Promise<void> {
  const expected = Math.max(0, ...knownHeads.map((head) => head.sequence));
  if (found < expected)
    throw fail('JournalBroken', `the journal ends at ${found}, a Lease knows of ${expected}: its tail is missing`);
}

function entryOf({ run, event, step, at, who, why, data }: RecordInput): JournalEntry {
  const { runId } = Context.current().info.workflowExecution ?? { runId: run.firstRunId };
  return {
    event,
    key: `${run.operationId}/${step}`,
    at,
    guardId: run.guardId,
    operationId: run.operationId,
    workflowId: run.workflowId,
    runId,
    who,
    why,
    data: { ...data },
  };
}
