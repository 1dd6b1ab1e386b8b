import { type Client, ScheduleAlreadyRunning, type ScheduleOptions } from '@temporalio/client';
import { keepStoreSchedule, workflowQueue } from './domain/queues.ts';

const schedule = {
  scheduleId: keepStoreSchedule,
  spec: { intervals: [{ every: '1h' }] },
  // What was missed while Temporal was away is made good by the next look.
  policies: { overlap: 'SKIP', catchupWindow: '1m' },
  action: { type: 'startWorkflow', workflowType: 'keepStore', workflowId: keepStoreSchedule, taskQueue: workflowQueue },
} as const satisfies ScheduleOptions;

/** Creates the schedule, or brings an older one up to date. Answers warnings: a worker is of use without it. */
export async function scheduleKeepStore(client: Client): Promise<string[]> {
  try {
    await client.schedule.create(schedule).catch(async (error: unknown) => {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const handle = client.schedule.getHandle(keepStoreSchedule);
      await handle.update(({ state }) => ({ ...schedule, state }));
    });
    return [];
  } catch (error) {
    return [`schedule ${keepStoreSchedule} cannot be kept (${String(error)}): nobody looks for terminated runs`];
  }
}
