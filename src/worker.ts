/** Runs the engine: the package export `belay/worker`. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Dependencies } from '../activities/dependencies.ts';
import { createActivities } from '../activities/index.ts';
import { type BelayConfig, ConfigError, temporalConnectionOptions } from './config.ts';
import { watchQueueOf, workflowQueue, workQueue } from './domain/queues.ts';
import { scheduleKeepStore } from './keep-store-schedule.ts';
import type { Activities } from './schema/activities.ts';
import { wire, wireRuns } from './wire.ts';
import { prepareNamespace } from './worker-namespace.ts';

export interface RunWorkerOptions {
  /** Aborted: the worker finishes what it has in hand and returns. */
  readonly signal: AbortSignal;
  readonly onReady?: () => void;
  readonly onWarning?: (text: string) => void;
}

/** Guards cost about 120 KiB each when cached; an explicit number keeps many of them from filling the heap. */
const cachedRuns = 1000;
/**
 * When a worker dies, the next workflow task waits for it in its own queue for this long before another takes it: with
 * the 10 s of a lost activity, a killed worker delays a rollback by about 13 s.
 */
const deadWorkerPatience = '3s';
/** A watcher holds its slot for as long as it watches: slots for many guards, and a queue of their own. */
const manyWatchers = 1000;
const workSlots = 100;

/** Registers what Temporal must know, checks store and keys, then polls until the signal is aborted. */
export async function runWorker(config: BelayConfig, options: RunWorkerOptions): Promise<void> {
  checkStore(config);
  const wired = await wire(config);
  const connection = await NativeConnection.connect(await temporalConnectionOptions(config.temporal));
  try {
    await wired.snapshots.id();
    const warnings = await prepareNamespace(connection, config.temporal.namespace);
    for (const warning of warnings) options.onWarning?.(warning);
    const { address, namespace } = config.temporal;
    const client = new Client({ connection, namespace });
    const activities = createActivities({
      ...wired,
      runs: wireRuns(client, address),
      settings: config.clusters,
      temporalAddress: address,
    });
    const workers = await createWorkers({ connection, namespace }, activities, { settings: config.clusters });
    for (const warning of await scheduleKeepStore(client)) options.onWarning?.(warning);
    await runAll(workers, options);
  } finally {
    await connection.close();
    await wired.close();
  }
}

/** A folder on one machine cannot be shared with workers near other clusters. */
function checkStore({ file, store, clusters }: BelayConfig): void {
  const near = Object.entries(clusters).find(([, cluster]) => cluster.taskQueue !== undefined);
  if (!store.startsWith('file:') || !near) return;
  const what = `workers of cluster "${near[0]}" have a queue of their own and cannot see a "file:" store`;
  throw new ConfigError([
    { file: file ?? 'belay.yaml', place: null, field: `clusters.${near[0]}.taskQueue`, what, fix: 'remove taskQueue' },
  ]);
}

type Where = Pick<WorkerOptions, 'connection' | 'namespace'>;

export interface WorkersOptions {
  readonly settings: Dependencies['settings'];
  /** File of the workflow bundle; the one built beside the compiled sources unless given. */
  readonly bundle?: string;
  /** How many watchers each watch queue runs at once; a guard needs one per target and source. The others wait their turn. */
  readonly watchSlots?: number;
  /** How payloads are written; as the SDK does unless given. */
  readonly dataConverter?: DataConverter;
}

/** One worker per queue: a long-running watch must never keep a write waiting for a slot. */
export async function createWorkers(
  where: Where,
  activities: Activities,
  { settings, bundle = workflowBundlePath(), watchSlots = manyWatchers, dataConverter }: WorkersOptions,
): Promise<Worker[]> {
  const near = Object.values(settings).flatMap(({ taskQueue }) => (taskQueue ? [taskQueue] : []));
  const queues = [...new Set([workQueue, ...near])];
  const { watchWorkloads, watchMetrics, watchProbe, watchJob, watchDeployer, ...work } = activities;
  const watchers = { watchWorkloads, watchMetrics, watchProbe, watchJob, watchDeployer };
  const common = { ...where, shutdownGraceTime: '15s', ...(dataConverter ? { dataConverter } : {}) } as const;
  return await Promise.all([
    Worker.create({
      ...common,
      taskQueue: workflowQueue,
      workflowBundle: { codePath: bundle },
      maxCachedWorkflows: cachedRuns,
      stickyQueueScheduleToStartTimeout: deadWorkerPatience,
    }),
    ...queues.map((taskQueue) =>
      Worker.create({ ...common, taskQueue, activities: work, maxConcurrentActivityTaskExecutions: workSlots }),
    ),
    ...queues.map(watchQueueOf).map((taskQueue) =>
      Worker.create({
        ...common,
        taskQueue,
        shutdownGraceTime: '1s',
        activities: watchers,
        maxConcurrentActivityTaskExecutions: watchSlots,
      }),
    ),
  ]);
}

/** Built beside the compiled sources; from TypeScript sources tests hand in their own. */
function workflowBundlePath(): string {
  const path = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (existsSync(path)) return path;
  throw new Error(`there is no workflow bundle at ${path}: run "npm run build"`);
}

async function runAll(workers: readonly Worker[], { signal, onReady }: RunWorkerOptions): Promise<void> {
  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  signal.addEventListener('abort', stop, { once: true });
  const running = workers.map((worker) => worker.run().finally(stop));
  onReady?.();
  if (signal.aborted) stop();
  await Promise.all(running);
}
