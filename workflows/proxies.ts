import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../src/schema/activities.ts';

/** How a step behaves when its worker dies or nobody polls; each number is a part of the recovery-time budget. */
type Row = Pick<ActivityOptions, 'cancellationType' | 'startToCloseTimeout' | 'heartbeatTimeout' | 'retry'>;

/** Reads are safe to repeat; a dead worker is noticed by the missing heartbeat, long before a big list could time out. */
const reading: Row = {
  cancellationType: 'TRY_CANCEL',
  startToCloseTimeout: '2m',
  heartbeatTimeout: '8s',
  retry: { initialInterval: '200ms', maximumAttempts: 3 },
};

/**
 * Writes have no heartbeat: with one, a second attempt would start while a cut-off first one still writes. They are
 * short instead, and each sends only what can be answered before its own deadline.
 */
const writing: Row = {
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumAttempts: 3 },
};

/** A run may not go on, nor close, before its journal has the record: asked for ever, visible as a pending activity. */
const recording: Row = {
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
};

/** Watchers answer at a change, which may be hours away; the heartbeat is their liveness. */
const watching: Row = {
  cancellationType: 'TRY_CANCEL',
  startToCloseTimeout: '1h',
  heartbeatTimeout: '8s',
  retry: { initialInterval: '500ms', maximumAttempts: 2 },
};

export const rows: Readonly<Record<keyof Activities, Row>> = {
  resolveRequest: reading,
  identifyCluster: reading,
  acquireLock: writing,
  releaseLock: writing,
  findTerminatedRuns: reading,
  takeSnapshot: reading,
  sealSnapshot: reading,
  checkSnapshot: reading,
  watchWorkloads: watching,
  watchMetrics: watching,
  watchProbe: watching,
  watchDeployer: watching,
  startJob: writing,
  watchJob: watching,
  removeJob: writing,
  quiesce: reading,
  planRestore: reading,
  digestPlans: reading,
  describePlan: reading,
  proveBatch: reading,
  writeBatch: writing,
  deleteBatch: { ...writing, startToCloseTimeout: '20s' },
  undoBatch: writing,
  verifyTarget: reading,
  awaitHealthy: reading,
  healWorkloads: writing,
  findOwners: reading,
  pauseOwner: writing,
  resumeOwner: writing,
  freezeCluster: writing,
  thawCluster: writing,
  record: recording,
};

/** How long a task may lie in a queue that nobody polls. After the pivot there is only forward: it is asked again, for ever. */
export const patienceInQueue = { beforePivot: '30s', afterPivot: '5m' } as const;

export interface CallOptions {
  readonly taskQueue: string;
  /** The timeline's label in Temporal UI; never a secret, it is cut at 120 characters there. */
  readonly summary: string;
  readonly stretch: keyof typeof patienceInQueue;
}

/** Calls one activity by its row. The only way workflows reach an activity. */
export function callActivity<Name extends keyof Activities>(
  name: Name,
  input: Parameters<Activities[Name]>[0],
  { taskQueue, summary, stretch }: CallOptions,
): ReturnType<Activities[Name]> {
  const options = { ...rows[name], taskQueue, scheduleToStartTimeout: patienceInQueue[stretch] };
  const proxy = proxyActivities<Activities>(options)[name];
  const withOptions = proxy as unknown as {
    executeWithOptions(options: ActivityOptions, args: readonly unknown[]): ReturnType<Activities[Name]>;
  };
  return withOptions.executeWithOptions({ ...options, summary: short(summary) }, [input]);
}

/** Servers take 400 bytes of summary, encryption adds some: 150 ASCII characters always fit. */
export function short(text: string): string {
  const ascii = text.replace(/[^\x20-\x7e]/g, '?');
  return ascii.length <= 150 ? ascii : `${ascii.slice(0, 147)}...`;
}
