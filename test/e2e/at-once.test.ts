import { Client, Connection } from '@temporalio/client';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type BelayClient,
  cancel,
  type GuardStart,
  promote,
  reportDeployed,
  reportFailure,
  requestRollback,
  resolve,
  sendHalted,
  startGuard,
} from '../../src/client/index.ts';
import { deployBadly, guardBadDeploy } from '../support/bad-deploy.ts';
import { useEngine } from '../support/engine.ts';
import { createHooks } from '../support/hooks.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';
import { atStep, recording } from '../support/terminated.ts';

/** Two people, two deploys, or a deploy and a person, who want the same application at the same time. */
const hooks = createHooks();
const engine = useEngine({ wrap: hooks.wrap });
const connections: Connection[] = [];

afterAll(async () => {
  for (const connection of connections) await connection.close();
});

/** A machine of its own: nothing is shared with the others but the server. */
async function machine(): Promise<BelayClient> {
  const { address, namespace } = engine.temporal;
  const connection = await Connection.connect({ address });
  connections.push(connection);
  return { temporal: new Client({ connection, namespace }), address, namespace, close: () => connection.close() };
}

const nameOf = ({ name: application }: SmallApp) => ({ application, environment: 'test' });
const ada = { by: 'ada', reason: 'slow since noon' };
const bob = { by: 'bob', reason: 'customers call' };

/** A deploy that was kept, and what was there before it. */
async function kept(name: string) {
  const changed = async (app: SmallApp) => app.put('us', app.configMap('settings', { mode: 'bold' }));
  const { guard, app, before } = await guardBadDeploy(engine, name, {}, changed);
  await guard.signal('promote', { guardId: guard.request.guardId, by: 'mia' });
  const { baseline } = await guard.result();
  return { app, before, to: baseline ?? '', workflowId: guard.workflowId };
}

describe.concurrent('two rollbacks at once', () => {
  test('from two machines are one run, whose outcome both hear; somewhere else nobody is taken', async ({ expect }) => {
    const { app, before, to } = await kept('twice');
    const [one, other] = [await machine(), await machine()];
    const running = atStep(hooks, { app }, { at: 'quiesce' }, async () => {
      const elsewhere = requestRollback(one, nameOf(app), { ...ada, to: 'another' });
      await expect(elsewhere).rejects.toMatchObject({
        kind: 'rejected',
        message: expect.stringMatching(/a rollback to \w+ is running, asked for by (ada|bob): ask for another again/),
      });
      const recover = requestRollback(one, nameOf(app), { ...ada, recover: 'forward' });
      await expect(recover).rejects.toMatchObject({
        kind: 'rejected',
        message: expect.stringContaining('a run is open'),
      });
      const deploy = await startGuard(other, engine.request(app.name), { readyTimeout: 1500, by: 'mia' });
      expect(deploy).toMatchObject({
        kind: 'unready',
        reason: expect.stringContaining('a rollback of this application'),
      });
    });
    const asked = await Promise.all([
      requestRollback(one, nameOf(app), { ...ada, to }),
      requestRollback(other, nameOf(app), { ...bob, to }),
    ]);
    expect(asked[0].run).toEqual(asked[1].run);
    expect(asked.map(({ accepted }) => accepted.joined).sort()).toEqual(['running', 'started']);
    await running;
    const results = asked.map(({ run }) =>
      engine.temporal.client.workflow.getHandle(run.workflowId, run.runId).result(),
    );
    expect(await results[0]).toMatchObject({ outcome: 'restored' });
    expect(await results[1]).toEqual(await results[0]);
    expect(await app.content()).toEqual(before);
    const runs = (await engine.deps.journal.read(nameOf(app))).filter(({ event }) => event === 'outcome');
    expect(runs).toHaveLength(2);
  }, 180_000);

  test('under one key get one answer', async ({ expect }) => {
    const { app, to } = await kept('one-key');
    const [one, other] = [await machine(), await machine()];
    const key = { updateId: 'alert-7' };
    const asked = await Promise.all([
      requestRollback(one, nameOf(app), { ...ada, to }, key),
      requestRollback(other, nameOf(app), { ...ada, to }, key),
    ]);
    expect(asked[0]).toEqual(asked[1]);
    expect(asked[0].accepted.joined).toBe('started');
    await engine.temporal.client.workflow.getHandle(asked[0].run.workflowId).result();
  }, 180_000);

  test('of an application under guard are failures with a name, of which the first counts', async ({ expect }) => {
    // Nothing about it fails by itself.
    const change = (app: SmallApp) => app.put('us', app.configMap('settings', { mode: 'wild' }));
    const { app, guard, before } = await guardBadDeploy(engine, 'guarded', {}, change);
    const [one, other] = [await machine(), await machine()];
    const elsewhere = requestRollback(one, nameOf(app), { ...ada, to: 'another' });
    await expect(elsewhere).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('own baseline'),
    });
    const asked = await Promise.all([requestRollback(one, nameOf(app), ada), requestRollback(other, nameOf(app), bob)]);
    const { guardId } = guard.request;
    expect(asked.map(({ accepted }) => accepted)).toEqual([
      { guardId, joined: 'guard' },
      { guardId, joined: 'guard' },
    ]);
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
    const { failure, timeline } = await guard.status();
    const [first, second] = failure?.reason === ada.reason ? [ada, bob] : [bob, ada];
    expect(failure).toMatchObject({ source: 'person', reason: first.reason });
    expect(timeline.map(({ text }) => text)).toContain(`${second.by} asks for a rollback too: ${second.reason}`);
  }, 180_000);
});

function ready(start: GuardStart) {
  if (start.kind !== 'ready') throw new Error(`not ready: ${JSON.stringify(start)}`);
  return start.run;
}

describe.concurrent('a new deploy', () => {
  const options = { readyTimeout: 90_000, by: 'mia' };
  const change = async (app: SmallApp) => app.put('eu', app.configMap('settings', { mode: 'wild' }));

  test.each([
    ['while the one before is watched', 'watching'],
    ['while the one before bakes', 'bake'],
  ])(
    '%s takes over, and goes back to what was there before both',
    async (_, when) => {
      const { app, guard, before } = await guardBadDeploy(engine, 'newer', { bake: '1h' }, change);
      await guard.deployed();
      if (when === 'bake') await guard.until('healthy', ({ progress }) => progress.some(({ key }) => key === 'bake'));
      if (when === 'watching') await guard.until('watched', ({ phase }) => phase === 'watching');
      const belay = await machine();
      const run = ready(await startGuard(belay, engine.request(app.name), options));
      expect(await guard.result()).toMatchObject({ outcome: 'superseded' });
      await reportFailure(belay, run, { source: 'command', reason: 'exit 1', key: 'k' });
      const newer = engine.temporal.client.workflow.getHandle(run.workflowId, run.runId);
      expect(await newer.result()).toMatchObject({ outcome: 'restored' });
      expect(await app.content()).toEqual(before);
    },
    180_000,
  );

  test('is turned away while a rollback is under way, which goes on; and is let in behind it', async ({ expect }) => {
    const { app, guard, before } = await guardBadDeploy(engine, 'busy');
    const belay = await machine();
    const turnedAway = atStep(hooks, { app }, { at: 'writeBatch' }, async () => {
      const start = await startGuard(belay, engine.request(app.name), { ...options, readyTimeout: 1500 });
      expect(start).toMatchObject({ kind: 'unready', run: null, reason: expect.stringMatching(/busy: .*restoring/) });
    });
    await guard.fail();
    await turnedAway;
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
    const run = ready(await startGuard(belay, engine.request(app.name), options));
    await cancel(belay, run, { by: 'mia', reason: 'done' });
  }, 180_000);
});

describe.concurrent('what is said too early or too late', () => {
  /** Says something while the baseline is being taken. */
  async function early(
    name: string,
    say: (app: SmallApp, run: { workflowId: string; guardId: string }) => Promise<unknown>,
  ) {
    const app = await installSmallApp(engine.sandbox, uniqueName(name));
    const request = engine.request(app.name);
    const run = { workflowId: `belay:test/${app.name}`, guardId: request.guardId };
    const said = atStep(hooks, { app }, { at: 'takeSnapshot' }, () => say(app, run));
    const guard = await engine.start(request);
    await said;
    return { app, guard };
  }

  test('"deployed" before ready counts from ready on', async ({ expect }) => {
    const belay = await machine();
    const { guard } = await early('early-deployed', (_, run) => reportDeployed(belay, run));
    expect(await guard.result()).toMatchObject({ outcome: 'kept' });
  });

  test('a failure before ready lets no deploy through', async ({ expect }) => {
    const belay = await machine();
    const failure = { source: 'alerts', reason: 'errors', key: 'k' };
    const { guard } = await early('early-failure', (_, run) => reportFailure(belay, run, failure));
    expect(await guard.result()).toMatchObject({ outcome: 'unready', reason: 'failed before ready: alerts: errors' });
  });

  test('a rollback before ready lets no deploy through', async ({ expect }) => {
    const belay = await machine();
    const { guard } = await early('early-rollback', (app) => requestRollback(belay, nameOf(app), ada));
    expect(await guard.result()).toMatchObject({
      outcome: 'unready',
      reason: 'failed before ready: ada: slow since noon',
    });
  });

  test('a failure that comes while the new state becomes the known good one is not passed over', async ({ expect }) => {
    const { app, guard, before } = await guardBadDeploy(engine, 'last-moment', {}, deployBadly);
    const belay = await machine();
    const run = { workflowId: guard.workflowId, guardId: guard.request.guardId };
    const reading = atStep(hooks, { app }, { at: 'takeSnapshot' }, () =>
      reportFailure(belay, run, { source: 'alerts', reason: 'errors', key: 'k' }),
    );
    await promote(belay, run, 'mia');
    await reading;
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
  }, 180_000);

  test('behind the outcome every sender is told that it has ended', async ({ expect }) => {
    const belay = await machine();
    const { app, guard } = await guardBadDeploy(engine, 'late');
    const run = { workflowId: guard.workflowId, guardId: guard.request.guardId };
    const recorded = atStep(hooks, { app }, recording('outcome'), async () => {
      await reportFailure(belay, run, { source: 'alerts', reason: 'errors', key: 'k' });
    });
    await cancel(belay, run, { by: 'mia', reason: 'gone home' });
    await recorded;
    expect(await guard.result()).toMatchObject({ outcome: 'cancelled' });
    const said = await Promise.all([
      reportDeployed(belay, run),
      reportFailure(belay, run, { source: 'alerts', reason: 'errors', key: 'k' }),
      sendHalted(belay, run),
      promote(belay, run, 'mia'),
      cancel(belay, run, { by: 'mia', reason: 'again' }),
    ]);
    expect(new Set(said)).toEqual(new Set(['ended']));
    const decision = resolve(belay, nameOf(app), { decision: 'retry', ...ada });
    await expect(decision).rejects.toMatchObject({ kind: 'notOpen' });
    const { timeline } = await guard.status();
    expect(timeline.map(({ text }) => text)).toContain('ignored reportFailure: the outcome is cancelled');
  }, 60_000);
});
