import type { BatchInput, RollbackActivities } from '../src/schema/activities.ts';
import type { WriteReport } from '../src/schema/plan.ts';
import { beating } from './beating.ts';
import { deleteItem } from './delete-item.ts';
import type { Dependencies } from './dependencies.ts';
import { readersAfter } from './heal.ts';
import { digestOfPlans } from './plan-digest.ts';
import { planTarget } from './plan-target.ts';
import { proveItems } from './prove.ts';
import { quiesceTarget } from './quiesce.ts';
import { undoItem } from './undo-item.ts';
import { verifyTarget } from './verify.ts';
import { openBatch } from './write-batch.ts';
import { writeItem } from './write-item.ts';

export function createRollbackActivities(deps: Dependencies): RollbackActivities {
  return {
    quiesce: (input) => beating(() => quiesceTarget(deps, input)),
    planRestore: (input) => beating(() => planTarget(deps, input)),
    digestPlans: async ({ plans }) => ({ digest: digestOfPlans(plans) }),
    proveBatch: (input) => beating(async () => await proveItems(await openBatch(deps, input), input.when)),
    writeBatch: (input) => writeBatch(deps, input),
    deleteBatch: async (input) => {
      const batch = await openBatch(deps, input);
      return {
        target: input.target.id,
        results: await Promise.all(batch.items.map((item) => deleteItem(batch, item))),
      };
    },
    undoBatch: async (input) => {
      const batch = await openBatch(deps, input);
      const isUnclear = (object: string) => input.unclear.includes('*') || input.unclear.includes(object);
      const results = await Promise.all(
        batch.items.map((item) => undoItem(batch, item, isUnclear(item.name) ? 'unclear' : 'definite')),
      );
      return { target: input.target.id, results };
    },
    verifyTarget: (input) => beating(() => verifyTarget(deps, input)),
  };
}

/** Who has read what was there before is part of the answer: only now can it be told from those who come later. */
async function writeBatch(deps: Dependencies, input: BatchInput): Promise<WriteReport> {
  const batch = await openBatch(deps, input);
  const results = await Promise.all(batch.items.map((item) => writeItem(batch, item)));
  const isWritten = results.every(({ kind }) => kind === 'done' || kind === 'already');
  const readers = isWritten ? await readersAfter(deps, input, batch) : undefined;
  return { target: input.target.id, results, ...(readers && readers.length > 0 ? { readers } : {}) };
}
