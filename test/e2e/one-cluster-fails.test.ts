import { expect, test } from 'vitest';
import { changesByEngine, guardBadDeploy, holderIn, requestsByEngine } from '../support/bad-deploy.ts';
import { clusterNames, useEngine } from '../support/engine.ts';
import { createHooks } from '../support/hooks.ts';

const hooks = createHooks();
const engine = useEngine({ wrap: hooks.wrap });

function settingsPath(application: string): string {
  return `/namespaces/${application}/configmaps/settings`;
}

function write(application: string) {
  return { method: 'PUT', user: 'engine', dryRun: 'never', path: settingsPath(application) } as const;
}

test('a write that one cluster refuses in mid-commit puts the failed state back in all of them', async () => {
  const { app, guard, failed } = await guardBadDeploy(engine, 'refused-write');
  const refusal = engine.sandbox.cluster('us').faults.inject({
    match: write(app.name),
    effect: { kind: 'respond', status: 403, message: 'the write is forbidden' },
  });
  await guard.fail();

  const result = await guard.result();
  expect(result).toMatchObject({ outcome: 'reverted', reason: expect.stringContaining('the write is forbidden') });
  expect(refusal.fired).toBe(1);
  expect(await app.content()).toEqual(failed);
  const { progress } = await guard.status();
  expect(progress).toContainEqual(expect.objectContaining({ key: 'reverting', mark: 'done' }));
  const written = changesByEngine(engine.sandbox, app).map(({ cluster }) => cluster);
  expect(new Set(written)).toEqual(new Set(['eu', 'us', 'ap']));
});

for (const [moment, activity] of [
  ['when nobody may write any more', 'quiesce'],
  ['when the failed state is captured', 'takeSnapshot'],
  ['when the plan is made', 'planRestore'],
] as const) {
  test(`a cluster that cannot be reached ${moment} leads to "refused", and no cluster was changed`, async () => {
    const wait = { unreachable: { wait: '2s' } };
    const { app, guard, failed } = await guardBadDeploy(engine, 'unreachable', wait);
    const refused = hooks.before(
      activity,
      ({ run }) => run.application === app.name,
      () => engine.sandbox.cluster('ap').refuse(),
    );
    await guard.fail();
    await refused;

    await guard.until('the refusal', ({ ending }) => ending?.outcome === 'refused');
    await engine.sandbox.cluster('ap').restore();
    const result = await guard.result();
    expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/unreachable.*ap|ap.*unreach/) });
    expect(result.leases).toEqual([]);
    expect(await app.content()).toEqual(failed);
    expect(requestsByEngine(engine.sandbox, app)).toEqual([]);
    expect(clusterNames.map((cluster) => holderIn(engine.sandbox, cluster, app))).toEqual(['', '', '']);
  });
}

test('a write that is done but whose answer is lost counts as done, once', async () => {
  const { app, guard, before } = await guardBadDeploy(engine, 'lost-answer');
  const lost = engine.sandbox.cluster('us').faults.inject({
    match: write(app.name),
    effect: { kind: 'doThenDrop' },
    count: 1,
  });
  await guard.fail();

  expect(await guard.result()).toMatchObject({ outcome: 'restored' });
  expect(lost.fired).toBe(1);
  expect(await app.content()).toEqual(before);
  const changes = changesByEngine(engine.sandbox, app).filter(
    ({ cluster, name }) => cluster === 'us' && name === 'settings',
  );
  expect(changes).toHaveLength(1);
});
