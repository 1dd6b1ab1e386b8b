import type { RollbackActivities } from '../src/schema/activities.ts';
import { beating } from './beating.ts';
import { deleteItem } from './delete-item.ts';
import type { Dependencies } from './dependencies.ts';
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
    proveBatch: (input) => beating(async () => await proveItems(await openBatch(deps, input), input.when)),
    writeBatch: async (input) => {
      const batch = await openBatch(deps, input);
      return { target: input.target.id, results: await Promise.all(batch.items.map((item) => writeItem(batch, item))) };
    },
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
