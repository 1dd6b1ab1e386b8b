import { describe, expect, test } from 'vitest';
import { requestRollback } from '../../src/client/index.ts';
import type { RunResult } from '../../src/schema/outcome.ts';
import { type BadDeploy, guardBadDeploy, holderIn } from '../support/bad-deploy.ts';
import { clusterNames, useEngine } from '../support/engine.ts';
import { createHooks } from '../support/hooks.ts';
import { askToRecover, atStep, recording, recover, type Step, terminate, writing } from '../support/terminated.ts';

/**
 * Each test waits until the last writes of the dead run must have ended, so they run side by side. What they claim is
 * judged by the content of the API servers.
 */
const hooks = createHooks();
const engine = useEngine({ wrap: hooks.wrap });

/** On both sides of what matters; the steps in between are resumed in memory (test/workflows/restore-resume.test.ts). */
const steps: Readonly<Record<string, Step>> = {
  'before it was recorded why': recording('failed'),
  'before the plan was recorded': recording('prepared'),
  'before the first stage was written': { at: 'writeBatch' },
  'before workloads were written': writing('workloads'),
  'while waiting for health': { at: 'awaitHealthy' },
  'before the pivot was recorded': recording('pivot'),
  'before the first delete': { at: 'deleteBatch' },
  'before it was verified': { at: 'verifyTarget', when: ({ expect: claim }) => claim === 'baseline' },
  'before its outcome was recorded': recording('verified'),
};

async function terminatedAt(step: Step): Promise<BadDeploy> {
  const bad = await guardBadDeploy(engine, 'ended');
  const ended = atStep(hooks, bad, step, () => terminate(engine, bad));
  await bad.guard.fail();
  await ended;
  return bad;
}

async function expectBack(bad: BadDeploy, result: RunResult, to: 'restored' | 'reverted'): Promise<void> {
  expect(result).toMatchObject({ outcome: to });
  expect(await bad.app.content()).toEqual(to === 'restored' ? bad.before : bad.failed);
  expect(clusterNames.map((cluster) => holderIn(engine.sandbox, cluster, bad.app))).toEqual(['', '', '']);
}

function plan({ app, guard }: BadDeploy): Promise<unknown> {
  const args = [{ application: app.name, environment: 'test' }];
  const options = { workflowId: `${guard.workflowId}/plan/1`, taskQueue: 'belay', args };
  return engine.temporal.client.workflow.execute('planRollback', options);
}

describe.concurrent('a run that was terminated while it put things back', () => {
  test.each(Object.entries(steps))(
    '%s, goes on to the baseline',
    async (_, step) => {
      const bad = await terminatedAt(step);
      await expectBack(bad, await recover(engine, bad), 'restored');
    },
    300_000,
  );

  test.each([
    ['before workloads were written', writing('workloads')],
    ['while waiting for health', { at: 'awaitHealthy' } as const],
  ])(
    '%s, goes back to the failed state where that is asked for',
    async (_, step) => {
      const bad = await terminatedAt(step);
      await expectBack(bad, await recover(engine, bad, 'revert'), 'reverted');
    },
    300_000,
  );

  test('behind its pivot, does not go back any more', async () => {
    const bad = await terminatedAt({ at: 'deleteBatch' });
    const result = await recover(engine, bad, 'revert');
    expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('only forward') });
  }, 300_000);

  test('while it wrote the failed state back, goes on doing so', async () => {
    const bad = await guardBadDeploy(engine, 'ended');
    const { guard } = bad;
    const cancelled = atStep(hooks, bad, { at: 'awaitHealthy' }, () =>
      guard.signal('cancel', { guardId: guard.request.guardId, by: 'mia', reason: 'changed my mind' }),
    );
    const ended = atStep(hooks, bad, { at: 'undoBatch' }, () => terminate(engine, bad));
    await guard.fail();
    await Promise.all([cancelled, ended]);
    await expectBack(bad, await recover(engine, bad), 'reverted');
  }, 300_000);

  test('that was a rollback on demand, goes on to the snapshot it was told', async () => {
    const bad = await guardBadDeploy(engine, 'ended', {}, async (app) => {
      await app.put('us', app.deployment('registry/app:v2'));
    });
    const { guard, app } = bad;
    await guard.signal('promote', { guardId: guard.request.guardId, by: 'mia' });
    await guard.deployed();
    const { baseline, outcome } = await guard.result();
    expect(outcome).toBe('kept');
    const ended = atStep(hooks, bad, writing('workloads'), () => terminate(engine, bad));
    const { client, address, namespace } = engine.temporal;
    const belay = { temporal: client, address, namespace, close: () => Promise.resolve() };
    const name = { environment: 'test', application: app.name };
    await requestRollback(belay, name, { by: 'ada', reason: 'it was better before', to: baseline ?? '' });
    await ended;
    await expectBack(bad, await recover(engine, bad), 'restored');
  }, 300_000);

  test('is finished by a third one when the second one is terminated as well', async () => {
    const bad = await terminatedAt(writing('workloads'));
    const again = atStep(hooks, bad, { at: 'deleteBatch' }, () => terminate(engine, bad));
    await askToRecover(engine, bad);
    await again;
    await expectBack(bad, await recover(engine, bad), 'restored');
  }, 300_000);

  test('lets no deploy through, and no other rollback, until it is finished', async () => {
    const bad = await terminatedAt({ at: 'writeBatch' });
    const next = await engine.start(engine.request(bad.app.name));
    const command = `"belay rollback test/${bad.app.name} --recover`;
    const reason = expect.stringContaining(command);
    expect(await next.result()).toMatchObject({ outcome: 'unready', reason });
    expect(await recover(engine, bad, null)).toMatchObject({ outcome: 'refused', reason });
    expect(await plan(bad)).toMatchObject({ verdict: 'refused', reasons: [reason] });
    await expectBack(bad, await recover(engine, bad), 'restored');
    expect(await recover(engine, bad)).toMatchObject({
      outcome: 'refused',
      reason: 'every run has its outcome: there is nothing to recover',
    });
  }, 300_000);
});

const added = {
  object: 'ConfigMap/promotions',
  reason: 'it existed before this deploy began, and the baseline is older',
};

describe('a guard that was terminated with nothing written', () => {
  test('has its Leases taken over by the next one, which goes back to what was before both and leaves what was added in between', async () => {
    const bad = await guardBadDeploy(engine, 'watched');
    const holder = holderIn(engine.sandbox, 'eu', bad.app);
    await terminate(engine, bad);
    const next = await engine.start(engine.request(bad.app.name));
    await next.ready();
    expect(holderIn(engine.sandbox, 'eu', bad.app)).not.toBe(holder);
    const name = { environment: 'test', application: bad.app.name };
    const locked = (await engine.deps.journal.read(name)).filter(({ event }) => event === 'locked');
    expect(locked.map(({ data }) => (data.clusters as { epoch: number }[]).map(({ epoch }) => epoch))).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
    expect(locked[1]?.data.clusters).toMatchObject(clusterNames.map(() => ({ takenFrom: holder })));
    await next.fail();
    const result = await next.result();
    expect(result).toMatchObject({ outcome: 'restored', left: clusterNames.map((target) => ({ target, ...added })) });
    for (const cluster of clusterNames) await bad.app.remove(cluster, bad.app.path('configmaps', 'promotions'));
    await expectBack(bad, result, 'restored');
  });

  test('can be rolled back all the same, to its own baseline', async () => {
    const bad = await guardBadDeploy(engine, 'watched');
    await terminate(engine, bad);
    await expectBack(bad, await recover(engine, bad), 'restored');
  });
});

test('the schedule finds what was terminated, once, and says in the journal what it was doing', async () => {
  const bad = await terminatedAt(writing('workloads'));
  const keepStore = async (id: string) => {
    const workflowId = `keep-${bad.app.name}-${id}`;
    const options = { workflowId, taskQueue: 'belay', args: [] };
    return await engine.temporal.client.workflow.execute('keepStore', options);
  };
  const ours = expect.objectContaining({ application: bad.app.name, during: 'committing', hasBegun: true });
  expect(await keepStore('first')).toMatchObject({ terminated: expect.arrayContaining([ours]), problems: [] });
  expect(await keepStore('second')).toMatchObject({ terminated: expect.arrayContaining([ours]) });
  const records = await engine.deps.journal.read({ environment: 'test', application: bad.app.name });
  const marks = records.filter(({ event }) => event === 'terminated');
  expect(marks).toMatchObject([
    { workflowId: bad.guard.workflowId, data: { status: 'TERMINATED', during: 'committing' } },
  ]);
  await expectBack(bad, await recover(engine, bad), 'restored');
  const later = (await keepStore('third')) as { terminated: readonly { application: string }[] };
  expect(later.terminated.map(({ application }) => application)).not.toContain(bad.app.name);
});
