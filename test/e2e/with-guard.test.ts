import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WorkflowFailedError, type WorkflowHandle, type WorkflowStartOptions } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunResult } from '../../src/schema/outcome.ts';
import { guardWorkflowId } from '../../workflows/messages.ts';
import type { GuardSpec } from '../../workflows/with-guard.ts';
import { bundleWorkflows } from '../support/bundle.ts';
import { type Command, commandSignal, deployingQuery, type deployUnderGuard } from '../support/deploy-workflows.ts';
import { useEngine } from '../support/engine.ts';
import { createHooks } from '../support/hooks.ts';
import { pollUntil } from '../support/poll.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';

const hooks = createHooks();
const engine = useEngine({ wrap: hooks.wrap });
const deployQueue = 'deploys';
let folder: string;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belay-with-guard-'));
  const source = fileURLToPath(new URL('../support/deploy-workflows.ts', import.meta.url));
  const codePath = await bundleWorkflows(source, join(folder, 'bundle.js'));
  worker = await engine.temporal.createWorker({ taskQueue: deployQueue, workflowBundle: { codePath } });
  running = worker.run();
});

afterAll(async () => {
  worker.shutdown();
  await running;
  await rm(folder, { recursive: true, force: true });
});

type Deploy = WorkflowHandle<typeof deployUnderGuard>;

function specFor(application: string, options: Partial<GuardSpec> = {}): GuardSpec {
  const { guardId: _guardId, ...request } = engine.request(application);
  return { ...request, ...options };
}

function startDeploy(
  spec: GuardSpec,
  options: Pick<WorkflowStartOptions, 'retry'> & { readonly workflowId?: string } = {},
) {
  return engine.temporal.client.workflow.start<typeof deployUnderGuard>('deployUnderGuard', {
    workflowId: `deploy-${spec.application}`,
    taskQueue: deployQueue,
    args: [spec],
    ...options,
  });
}

/** By workflow id alone: the latest run, also after it has begun anew. */
function latest(deploy: Deploy): Deploy {
  return engine.temporal.client.workflow.getHandle<typeof deployUnderGuard>(deploy.workflowId);
}

function deploying(deploy: Deploy, which: (run: { runId: string; attempt: number }) => boolean = () => true) {
  return pollUntil(
    'the deploy is running under guard',
    () => latest(deploy).query(deployingQuery),
    (run) => run !== null && which(run),
  );
}

const command = (deploy: Deploy, what: Command) => latest(deploy).signal(commandSignal, what);

const guardOf = ({ application, environment }: GuardSpec) =>
  engine.temporal.client.workflow.getHandle(guardWorkflowId({ application, environment }));

const guardResult = (spec: GuardSpec) => guardOf(spec).result() as Promise<RunResult>;

async function causeOf(deploy: Deploy): Promise<unknown> {
  const error: unknown = await deploy.result().then(
    () => new Error('the deploy workflow returned'),
    (reason: unknown) => reason,
  );
  return error instanceof WorkflowFailedError ? error.cause : error;
}

async function changeEverywhere(app: SmallApp): Promise<void> {
  for (const cluster of ['eu', 'us', 'ap']) {
    await app.put(cluster, app.configMap('settings', { mode: 'wild' }));
    await app.remove(cluster, app.path('configmaps', 'banner'));
  }
}

async function runsOf(workflowId: string): Promise<string[]> {
  const { workflowService } = engine.temporal.client;
  const { namespace } = engine.temporal;
  const history = await workflowService.getWorkflowExecutionHistory({ namespace, execution: { workflowId } });
  const started = history.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  return [started?.firstExecutionRunId ?? '', started?.originalExecutionRunId ?? ''];
}

test('a deploy that fails is put back, and its workflow fails with DeployNotKept and the outcome, once for all', async () => {
  const app = await installSmallApp(engine.sandbox, 'guard-fails');
  const before = await app.content();
  const spec = specFor(app.name, { id: 'guard-fails-1' });
  const deploy = await startDeploy(spec, { retry: { initialInterval: '100ms', maximumAttempts: 3 } });
  await deploying(deploy);
  await changeEverywhere(app);
  await command(deploy, 'fail');

  const cause = await causeOf(deploy);
  expect(cause).toBeInstanceOf(ApplicationFailure);
  expect(cause).toMatchObject({ type: 'DeployNotKept', nonRetryable: true });
  expect((cause as ApplicationFailure).message).toContain('the manifests do not apply');
  expect((cause as ApplicationFailure).details).toMatchObject([
    { outcome: 'restored', result: { outcome: 'restored', guardId: 'guard-fails-1', health: 'healthy', left: [] } },
  ]);
  expect(await app.content()).toEqual(before);
  const { runId, status } = await latest(deploy).describe();
  expect({ runId, status: status.name }).toEqual({ runId: deploy.firstExecutionRunId, status: 'FAILED' });
});

test('a deploy that stays healthy is kept, and the workflow goes on behind it', async () => {
  const app = await installSmallApp(engine.sandbox, 'guard-keeps');
  const spec = specFor(app.name);
  const deploy = await startDeploy(spec);
  await deploying(deploy);
  await app.put('us', app.configMap('settings', { mode: 'bold' }));
  const changed = await app.content();
  await command(deploy, 'finish');

  await expect(deploy.result()).resolves.toBe(0);
  await expect(guardResult(spec)).resolves.toMatchObject({ outcome: 'kept' });
  expect(await app.content()).toEqual(changed);
});

test('a deploy workflow hears the outcome while a Lease is still held, and is told which', async () => {
  const app = await installSmallApp(engine.sandbox, 'guard-lease');
  const spec = specFor(app.name, { id: 'guard-lease-1', unreachable: { wait: '2s' } });
  const deploy = await startDeploy(spec);
  await deploying(deploy);
  const ap = engine.sandbox.cluster('ap');
  void hooks.before(
    'quiesce',
    ({ run }) => run.application === app.name,
    () => ap.refuse(),
  );
  await command(deploy, 'fail');

  const cause = (await causeOf(deploy)) as ApplicationFailure;
  const held = expect.stringMatching('^guard-lease/belay-');
  const reason = expect.stringMatching(/Lease guard-lease\/belay-\w+ in ap is not given back yet/);
  const result = { leases: [{ cluster: 'ap', lease: held }] };
  expect(cause.details).toMatchObject([{ outcome: 'refused', reason, result }]);
  expect((await guardOf(spec).describe()).status.name).toBe('RUNNING');
  await ap.restore();
  await expect(guardResult(spec)).resolves.toMatchObject({ outcome: 'refused', leases: [] });
});

test('an event that says nothing does a deploy workflow no harm', async () => {
  const app = await installSmallApp(engine.sandbox, 'guard-null');
  const deploy = await startDeploy(specFor(app.name, { id: 'guard-null-1' }));
  await deploying(deploy);
  await latest(deploy).signal('belay.event.guard-null-1');
  await latest(deploy).signal('belay.event.guard-null-1', null);
  await command(deploy, 'finish');
  await expect(deploy.result()).resolves.toBe(0);
});

test('a deploy workflow that is cancelled ends cancelled, after everything was put back', async () => {
  const app = await installSmallApp(engine.sandbox, 'guard-cancelled');
  const before = await app.content();
  const spec = specFor(app.name);
  const deploy = await startDeploy(spec);
  await deploying(deploy);
  await changeEverywhere(app);
  await deploy.cancel();

  expect(await causeOf(deploy)).toBeInstanceOf(CancelledFailure);
  expect(await app.content()).toEqual(before);
  await expect(guardResult(spec)).resolves.toMatchObject({ outcome: 'restored' });
  expect((await deploy.describe()).status.name).toBe('CANCELLED');
});

test('a deploy workflow that is terminated while it deploys is noticed, and everything is put back', async () => {
  const app = await installSmallApp(engine.sandbox, 'guard-terminated');
  const before = await app.content();
  const spec = specFor(app.name);
  const deploy = await startDeploy(spec);
  await deploying(deploy);
  await changeEverywhere(app);
  await deploy.terminate('somebody was in a hurry');

  await expect(guardResult(spec)).resolves.toMatchObject({ outcome: 'restored' });
  expect(await app.content()).toEqual(before);
  const { failure } = await guardOf(spec).query<{ failure: unknown }>('status');
  expect(failure).toMatchObject({ source: 'deployer', reason: 'deployer ended (TERMINATED) without "deployed"' });
});

test('a deploy workflow that continues as new while it deploys finds its guard again and is kept', async () => {
  const app = await installSmallApp(engine.sandbox, 'guard-continues');
  const spec = specFor(app.name, { id: 'guard-continues-1' });
  const deploy = await startDeploy(spec);
  const first = await deploying(deploy);
  await command(deploy, 'continue as new');
  await deploying(deploy, (run) => run.runId !== first?.runId);
  await app.put('ap', app.configMap('settings', { mode: 'bold' }));
  const changed = await app.content();
  await command(deploy, 'finish');

  await expect(latest(deploy).result()).resolves.toBe(1);
  const result = await guardResult(spec);
  expect(result).toMatchObject({ outcome: 'kept', guardId: 'guard-continues-1' });
  expect(await app.content()).toEqual(changed);
  expect(new Set(await runsOf(guardWorkflowId(spec))).size).toBe(1);
});

test('a deploy workflow that is retried while it deploys finds its guard again and is kept', async () => {
  const app = await installSmallApp(engine.sandbox, 'guard-retried');
  const spec = specFor(app.name, { id: 'guard-retried-1' });
  const deploy = await startDeploy(spec, { retry: { initialInterval: '100ms', maximumAttempts: 2 } });
  await deploying(deploy);
  await command(deploy, 'crash');
  await deploying(deploy, (run) => run.attempt === 2);
  await command(deploy, 'finish');

  await expect(latest(deploy).result()).resolves.toBe(0);
  await expect(guardResult(spec)).resolves.toMatchObject({ outcome: 'kept', guardId: 'guard-retried-1' });
});

test('a deploy whose guard ended in an earlier attempt is answered with that outcome and does not run again', async () => {
  const app = await installSmallApp(engine.sandbox, 'guard-answered');
  const before = await app.content();
  const spec = specFor(app.name, { id: 'guard-answered-1' });
  const first = await startDeploy(spec);
  await deploying(first);
  await changeEverywhere(app);
  await command(first, 'fail');
  await causeOf(first);

  const second = await startDeploy(spec, { workflowId: 'deploy-guard-answered-again' });
  const cause = await causeOf(second);
  expect(cause).toMatchObject({ type: 'DeployNotKept' });
  expect((cause as ApplicationFailure).details).toMatchObject([{ outcome: 'restored' }]);
  await expect(latest(second).query(deployingQuery)).resolves.toBeNull();
  expect(await app.content()).toEqual(before);
});

test('without a worker for guards nothing is deployed, and the workflow fails as unready in time', async () => {
  const spec = specFor('guard-nobody', { taskQueue: 'nobody-polls-this', readyTimeout: '2s' });
  const deploy = await startDeploy(spec);
  const cause = await causeOf(deploy);
  expect(cause).toMatchObject({ type: 'DeployNotKept', nonRetryable: true });
  expect((cause as ApplicationFailure).message).toContain('is a worker running on the queue of Belay?');
  expect((cause as ApplicationFailure).details).toMatchObject([{ outcome: 'unready' }]);
  await expect(deploy.query(deployingQuery)).resolves.toBeNull();
  await guardOf(spec).terminate('the test is over');
});
