import { randomUUID } from 'node:crypto';
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import { createActivities } from '../../activities/index.ts';
import type { Pace } from '../../src/adapters/kubernetes/live/pace.ts';
import { createTemporalRuns } from '../../src/adapters/temporal-runs.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import type { Activities } from '../../src/schema/activities.ts';
import type { GuardRequest } from '../../src/schema/guard-spec.ts';
import type { RunResult } from '../../src/schema/outcome.ts';
import type { StatusView } from '../../src/schema/status.ts';
import { createWorkers, type WorkersOptions } from '../../src/worker.ts';
import { guardWorkflowId } from '../../workflows/messages.ts';
import { type ClusterEntry, connectDependencies } from './dependencies.ts';
import { pollUntil } from './poll.ts';
import { type TestTemporal, useTemporal, workflowBundlePath } from './temporal.ts';

export interface Engine {
  readonly temporal: TestTemporal;
  readonly sandbox: Sandbox;
  readonly deps: Dependencies;
  readonly activities: Activities;
  readonly workers: readonly Worker[];
  /** A request for an application of its own, over all three clusters. */
  request(application: string, options?: Partial<GuardRequest>): GuardRequest;
  start(request: GuardRequest): Promise<Guard>;
}

export interface Guard {
  readonly request: GuardRequest;
  readonly workflowId: string;
  status(): Promise<StatusView>;
  signal(name: string, payload: unknown): Promise<void>;
  /** Waits until the view satisfies the test; fails with the last view shown. */
  until(what: string, test: (view: StatusView) => boolean): Promise<StatusView>;
  ready(): Promise<StatusView>;
  deployed(): Promise<void>;
  fail(reason?: string): Promise<void>;
  result(): Promise<RunResult>;
}

export const clusterNames = ['eu', 'us', 'ap'] as const;

export interface EngineOptions {
  readonly wrap?: (activities: Activities) => Activities;
  /** Puts other ports in place of the usual ones. */
  readonly adapt?: (deps: Dependencies) => Dependencies;
  readonly workers?: Pick<WorkersOptions, 'watchSlots' | 'dataConverter'>;
  /** How often watches are checked; as in a worker unless given. */
  readonly pace?: Partial<Pace>;
  /** Default: the three sandbox clusters by their names. */
  readonly entries?: (sandbox: Sandbox) => readonly ClusterEntry[];
  /** Milliseconds by which the clusters' clocks are ahead of the worker's. */
  readonly ahead?: number;
  /** Nodes of each cluster (default 1). */
  readonly nodes?: number;
}

/** Three sandbox clusters, the real activities over memory stores, and the real workers on the dev server. */
export function useEngine(options: EngineOptions = {}): Engine {
  const temporal = useTemporal();
  const parts: { sandbox?: Sandbox; deps?: Dependencies; activities?: Activities; workers?: Worker[] } = {};
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const { ahead = 0, nodes = 1 } = options;
    const sandbox = await startSandbox({ clusters: [...clusterNames], speed: 5, ahead, nodes });
    parts.sandbox = sandbox;
    const entries = (options.entries ?? sandboxEntries)(sandbox);
    Object.assign(parts, await runEngine(entries, { temporal, closing, ...options }));
    closing.push(() => sandbox.stop());
  });

  afterAll(async () => {
    for (const close of closing) await close();
  });

  return {
    temporal,
    get sandbox() {
      return present(parts.sandbox);
    },
    get deps() {
      return present(parts.deps);
    },
    get activities() {
      return present(parts.activities);
    },
    get workers() {
      return present(parts.workers);
    },
    request: requestFor,
    start: (request) => startGuard(temporal, request),
  };
}

export interface RunOptions {
  readonly temporal: TestTemporal;
  /** Gets what ends the engine, to be called in order. */
  readonly closing: (() => Promise<unknown>)[];
  readonly wrap?: (activities: Activities) => Activities;
  readonly adapt?: (deps: Dependencies) => Dependencies;
  readonly workers?: Pick<WorkersOptions, 'watchSlots' | 'dataConverter'>;
  readonly pace?: Partial<Pace>;
}

/** The real activities over memory stores and these clusters, and the real workers. */
export async function runEngine(
  entries: readonly ClusterEntry[],
  options: RunOptions,
): Promise<Pick<Engine, 'deps' | 'activities' | 'workers'>> {
  const { temporal, closing, wrap = (activities) => activities, adapt = (deps) => deps, workers: tuning } = options;
  const connected = await connectDependencies(entries, temporal.address, closing, { pace: options.pace ?? {} });
  const deps = adapt({ ...connected, runs: createTemporalRuns(temporal.client, temporal.address) });
  const activities = wrap(createActivities(deps));
  const { nativeConnection: connection, namespace } = temporal;
  const workers = await createWorkers({ connection, namespace }, activities, {
    ...tuning,
    settings: deps.settings,
    bundle: workflowBundlePath(),
  });
  const running = workers.map((worker) => worker.run());
  closing.unshift(async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  });
  return { deps, activities, workers };
}

export function requestFor(application: string, options: Partial<GuardRequest> = {}): GuardRequest {
  return {
    application,
    environment: 'test',
    guardId: `guard-${randomUUID()}`,
    targets: clusterNames.map((cluster) => ({
      cluster,
      namespace: application,
      scope: { selector: `app=${application}` },
    })),
    deadline: '60s',
    bake: '1s',
    unreachable: { wait: '5s' },
    haltTimeout: '2s',
    ...options,
  };
}

export function sandboxEntries(sandbox: Sandbox): ClusterEntry[] {
  const kubeconfig = sandbox.kubeconfig('engine');
  return clusterNames.map((name) => ({ name, kubeconfig, context: name }));
}

export async function startGuard(temporal: TestTemporal, request: GuardRequest): Promise<Guard> {
  const workflowId = guardWorkflowId(request);
  const handle = await temporal.client.workflow.start('guardDeploy', {
    workflowId,
    taskQueue: 'belay',
    args: [request],
  });
  return guardOf(temporal, request, workflowId, handle.firstExecutionRunId);
}

function guardOf(temporal: TestTemporal, request: GuardRequest, workflowId: string, runId?: string): Guard {
  const handle = temporal.client.workflow.getHandle(workflowId, runId);
  const status = () => handle.query<StatusView>('status');
  const until = (what: string, test: (view: StatusView) => boolean) => pollUntil(what, status, test);
  const { guardId } = request;
  return {
    request,
    workflowId,
    status,
    until,
    signal: (name, payload) => handle.signal(name, payload),
    ready: () => until('ready', (view) => view.phase === 'guarding'),
    deployed: () => handle.signal('deployed', { guardId }),
    fail: (reason = 'told to fail') =>
      handle.signal('reportFailure', { source: 'command', reason, key: randomUUID(), guardId }),
    result: () => handle.result() as Promise<RunResult>,
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the engine is ready from beforeAll on');
  return value;
}
