import { temporal } from '@temporalio/proto';
import { expect, test } from 'vitest';
import type { Activities } from '../../src/schema/activities.ts';
import { type BadDeploy, guardBadDeploy } from '../support/bad-deploy.ts';
import { clusterNames, type Guard, useEngine } from '../support/engine.ts';
import { pollUntil } from '../support/poll.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

const { SCHEDULED, STARTED } = {
  SCHEDULED: temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED,
  STARTED: temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
};

/** Applications whose watchers have begun to watch. */
const watched = new Set<string>();
const others = ['neighbour', 'stranger'];
const engine = useEngine({ wrap: noteWatched, workers: { watchSlots: others.length * clusterNames.length } });

function noteWatched(activities: Activities): Activities {
  return {
    ...activities,
    watchWorkloads: (input) => {
      watched.add(input.run.application);
      return activities.watchWorkloads(input);
    },
  };
}

/** Nothing that a watcher could find: only the report makes it a failure. */
async function changeSettings(app: SmallApp): Promise<void> {
  for (const cluster of clusterNames) await app.put(cluster, app.configMap('settings', { mode: 'wild' }));
}

async function watchersOf({ workflowId }: Pick<Guard, 'workflowId'>) {
  const { raw } = await engine.temporal.client.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? [])
    .filter(({ activityType }) => activityType?.name === 'watchWorkloads')
    .map(({ activityId, state }) => ({ id: Number(activityId), state }))
    .sort((one, other) => one.id - other.id);
}

async function guardChange(name: string, watchers: typeof SCHEDULED | typeof STARTED): Promise<BadDeploy> {
  const deploy = await guardBadDeploy(engine, name, {}, changeSettings);
  await seeWatchers(deploy.guard, watchers);
  return deploy;
}

async function seeWatchers(guard: Guard, wanted: typeof SCHEDULED | typeof STARTED): Promise<void> {
  await pollUntil(
    `every watcher of ${guard.workflowId} is ${wanted === STARTED ? 'at work' : 'in the queue'}`,
    () => watchersOf(guard),
    (seen) => seen.length === clusterNames.length && seen.every(({ state }) => state === wanted),
  );
}

/** Milliseconds from the report to the end of the run. */
async function rollBack({ app, guard, before, failed }: BadDeploy): Promise<number> {
  expect(failed).not.toEqual(before);
  const start = performance.now();
  await guard.fail('the monitoring says so');
  const result = await guard.result();
  const lasted = performance.now() - start;
  expect(result).toMatchObject({ outcome: 'restored', left: [] });
  expect(await app.content()).toEqual(before);
  return lasted;
}

/** Guards of other applications whose watchers hold every slot there is, and keep it: nothing changes there any more. */
async function takeEverySlot(): Promise<readonly Guard[]> {
  return await Promise.all(
    others.map(async (name) => {
      const app = await installSmallApp(engine.sandbox, uniqueName(name));
      const guard = await engine.start(engine.request(app.name, { deadline: '10m' }));
      await guard.until('healthy', ({ targets }) => targets.every(({ verdict }) => verdict === 'healthy'));
      await seeWatchers(guard, STARTED);
      return guard;
    }),
  );
}

test('with every watch slot taken, a reported failure is still rolled back in its usual time', async () => {
  const usual = await rollBack(await guardChange('unhindered', STARTED));
  const neighbours = await takeEverySlot();
  const starved = await guardChange('starved', SCHEDULED);
  const holding = await Promise.all(neighbours.map(watchersOf));
  expect(holding.flat().map(({ state }) => state)).toEqual(others.flatMap(() => clusterNames.map(() => STARTED)));

  const hindered = await rollBack(starved);

  // A rollback that needs a watch slot would wait half a minute for one, or for ever.
  expect(hindered).toBeLessThan(3 * usual);
  expect(watched).not.toContain(starved.app.name);
  expect(await Promise.all(neighbours.map(watchersOf))).toEqual(holding);
});
