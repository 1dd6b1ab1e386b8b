import { watchQueue, workflowQueue, workQueue } from '../../workflows/messages.ts';
import type { BelayClient } from './connect.ts';
import { within } from './guard-state.ts';

/** `temporal.api.enums.v1.TaskQueueType`; the package that names them is CommonJS and has no named exports under Node. */
const workflowTasks = 1;
const activityTasks = 2;

interface Queue {
  readonly name: string;
  readonly type: typeof workflowTasks | typeof activityTasks;
}

const queues: readonly Queue[] = [
  { name: workflowQueue, type: workflowTasks },
  { name: workQueue, type: activityTasks },
  { name: watchQueue, type: activityTasks },
];

/** A worker's poll lasts a minute; the server remembers pollers for five. */
const pollerAge = 90_000;

/** Belay's queues that no worker has polled lately. */
async function unpolledQueues(belay: BelayClient): Promise<readonly string[]> {
  const polled = await Promise.all(queues.map((queue) => isPolled(belay, queue)));
  return queues.filter((_, index) => polled[index] === false).map((queue) => queue.name);
}

/** `undefined` when every queue has a worker; the sentence ends with what to do. */
export async function whyNoWorker(belay: BelayClient): Promise<string | undefined> {
  const missing = await unpolledQueues(belay);
  if (missing.length === 0) return undefined;
  const named = missing.map((name) => `"${name}"`).join(', ');
  const noun = missing.length === 1 ? 'queue' : 'queues';
  return `no worker is polling the ${noun} ${named} in namespace "${belay.namespace}"; start one with "belay worker"`;
}

async function isPolled(belay: BelayClient, { name, type }: Queue): Promise<boolean> {
  const { pollers } = await within(belay, 5000, () =>
    belay.temporal.workflowService.describeTaskQueue({
      namespace: belay.namespace,
      taskQueue: { name },
      taskQueueType: type,
    }),
  );
  return (pollers ?? []).some(({ lastAccessTime }) => isRecent(Number(lastAccessTime?.seconds ?? 0)));
}

function isRecent(seconds: number): boolean {
  return Date.now() - seconds * 1000 < pollerAge;
}
