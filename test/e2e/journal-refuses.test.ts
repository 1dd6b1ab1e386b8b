import { expect, test } from 'vitest';
import { fail } from '../../activities/failures.ts';
import type { JournalEvent } from '../../src/schema/journal.ts';
import { guardBadDeploy } from '../support/bad-deploy.ts';
import { useEngine } from '../support/engine.ts';

const refusals: JournalEvent[] = [];
let refused: JournalEvent[] = [];

/** As a worker with another store would say it: a definite no, which Temporal does not try again. */
const engine = useEngine({
  wrap: (activities) => ({
    ...activities,
    record: async (input) => {
      const index = refusals.indexOf(input.event);
      if (index < 0) return await activities.record(input);
      refused = [...refused, ...refusals.splice(index, 1)];
      throw fail('StoreMismatch', 'this worker has another store');
    },
  }),
});

test('a run that its journal turns away asks again, says so, and closes only with its record', async () => {
  const { app, guard, before } = await guardBadDeploy(engine, 'journal');
  refusals.push('failed', 'pivot', 'outcome', 'outcome');
  await guard.fail();

  expect(await guard.result()).toMatchObject({
    outcome: 'restored',
    progress: expect.arrayContaining([expect.objectContaining({ key: 'journal', mark: 'done' })]),
  });
  expect(refused).toEqual(['failed', 'pivot', 'outcome', 'outcome']);
  expect(await app.content()).toEqual(before);
});
