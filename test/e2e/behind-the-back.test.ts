import { describe, test } from 'vitest';
import type { Json } from '../../src/sandbox/index.ts';
import { changesByEngine, edit, editData, guardBadDeploy, resolveGuard } from '../support/bad-deploy.ts';
import { clusterNames, type Guard, useEngine } from '../support/engine.ts';
import { createHooks } from '../support/hooks.ts';
import type { SmallApp } from '../support/small-app.ts';

/**
 * Somebody changes one byte in one cluster behind Belay's back. What comes of it depends on the phase:
 *
 * | when                                         | what comes of it                                            |
 * |----------------------------------------------|-------------------------------------------------------------|
 * | before the verdict                           | counts as the deploy's: `restored`                          |
 * | after the quiet, before the first write      | `refused`, naming the manager; nothing written              |
 * | after the first write, before the pivot      | the failed state is written back, last stage first, as far  |
 * |                                              | as the foreign byte, which is never overwritten: there it   |
 * |                                              | is `waiting(blocked)`, naming the manager                   |
 * | after the pivot, before verify               | `waiting(blocked)`, naming the manager                      |
 *
 * A blocked run goes on by itself once the byte is put back, or at once when told to try again.
 */
const hooks = createHooks();
const engine = useEngine({ wrap: hooks.wrap });

const byKubectl = /kubectl-edit at \d{4}-/;
const blocked = (guard: Guard) => guard.until('blocked', (view) => view.phase === 'waiting(blocked)');
const settings = (app: SmallApp) => app.path('configmaps', 'settings');

function changeOneByte(cluster: string, app: SmallApp, value: string): Promise<void> {
  return editData(engine.sandbox, cluster, settings(app), { mode: value });
}

function scale(cluster: string, app: SmallApp, replicas: number): Promise<void> {
  return edit(engine.sandbox, cluster, app.path('deployments', 'web'), (object) => ({
    ...object,
    spec: { ...(object.spec as Record<string, Json>), replicas },
  }));
}

/** Only one object of one cluster is changed: whoever meets a newcomer there has written nothing anywhere. */
async function changeOneObject(app: SmallApp): Promise<void> {
  await app.put('us', app.configMap('settings', { mode: 'wild' }));
}

describe.concurrent('a byte changed behind the back', () => {
  test('before the verdict counts as the deploy and is put back', async ({ expect }) => {
    const { app, guard, before } = await guardBadDeploy(engine, 'before-verdict');
    await changeOneByte('eu', app, 'wilD');
    await editData(engine.sandbox, 'ap', app.path('secrets', 'payment'), { key: 'czNjcjN0LWNhbmFyeA==' });
    await guard.deployed();

    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await app.content()).toEqual(before);
  });

  for (const [moment, activity] of [
    ['before the failed state is captured', 'takeSnapshot'],
    ['between capture and plan', 'planRestore'],
    ['between plan and proof', 'proveBatch'],
  ] as const) {
    test(`after the quiet and ${moment} is a refusal that names its manager, and nothing is written`, async ({
      expect,
    }) => {
      const { app, guard, failed } = await guardBadDeploy(engine, 'after-quiet', {}, changeOneObject);
      const edited = hooks.before(
        activity,
        ({ run }) => run.application === app.name,
        () => changeOneByte('us', app, 'wilD'),
      );
      await guard.fail();
      await edited;

      const result = await guard.result();
      expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(byKubectl) });
      expect(result.reason).toContain('us/ConfigMap/settings');
      expect(changesByEngine(engine.sandbox, app)).toEqual([]);
      expect(differences(await app.content(), failed)).toEqual(['us/ConfigMap/settings']);
    });
  }

  test('between plan and first write is met by the fence of the write, planned again and refused', async ({
    expect,
  }) => {
    const { app, guard, failed } = await guardBadDeploy(engine, 'before-first-write', {}, changeOneObject);
    const edited = hooks.before(
      'writeBatch',
      ({ run }) => run.application === app.name,
      () => changeOneByte('us', app, 'wilD'),
    );
    await guard.fail();
    await edited;

    expect(await guard.result()).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(byKubectl) });
    expect(changesByEngine(engine.sandbox, app)).toEqual([]);
    expect(differences(await app.content(), failed)).toEqual(['us/ConfigMap/settings']);
  });

  test('after the first write, in an object that is still to be written, stops the restore; put back, it ends reverted', async ({
    expect,
  }) => {
    const { app, guard, failed } = await guardBadDeploy(engine, 'not-yet-written');
    const edited = hooks.before(
      'writeBatch',
      ({ run, stage }) => run.application === app.name && stage === 'workloads',
      () => scale('us', app, 3),
    );
    await guard.fail();
    await edited;

    const { decision } = await blocked(guard);
    expect(decision?.reason).toMatch(byKubectl);
    const [first, ...others] = decision?.objects ?? [];
    expect(first).toMatchObject({ target: 'us', object: 'Deployment/web' });
    // Undo goes last stage first: what lies before the blocked stage waits for it, and is listed as well.
    expect(others.map(({ target, object }) => `${target}/${object}`)).toEqual(
      clusterNames.flatMap((cluster) => [`${cluster}/ConfigMap/settings`, `${cluster}/ConfigMap/banner`]),
    );
    for (const { why } of others) expect(why).toMatch(/^waits for us\/Deployment\/web; /);
    expect(differences(await app.content(), failed)).toContain('us/Deployment/web');

    await scale('us', app, 2);
    await resolveGuard(engine, guard, 'retry');
    expect(await guard.result()).toMatchObject({ outcome: 'reverted', reason: expect.stringMatching(byKubectl) });
    expect(await app.content()).toEqual(failed);
  });

  test('after the first write, in an object already written, is never overwritten; abandoned, it is listed', async ({
    expect,
  }) => {
    const { app, guard, failed } = await guardBadDeploy(engine, 'already-written');
    const edited = hooks.before(
      'writeBatch',
      ({ run, stage }) => run.application === app.name && stage === 'workloads',
      () => changeOneByte('eu', app, 'calM'),
    );
    await guard.fail();
    await edited;

    const { decision } = await blocked(guard);
    expect(decision?.reason).toMatch(byKubectl);
    expect(differences(await app.content(), failed)).toEqual(['eu/ConfigMap/settings']);

    await resolveGuard(engine, guard, 'abandon');
    expect(await guard.result()).toMatchObject({
      outcome: 'abandoned',
      reason: expect.stringContaining('ada: looked at it'),
      blocked: [{ target: 'eu', object: expect.stringContaining('settings'), why: expect.stringMatching(byKubectl) }],
    });
  });

  for (const [how, goOn] of [
    ['goes on by itself once it is put back', () => Promise.resolve()],
    ['goes on at once when told to try again', (guard: Guard) => resolveGuard(engine, guard, 'retry')],
  ] as const) {
    test(`after the pivot blocks the run, names object and manager, and ${how}`, async ({ expect }) => {
      const { app, guard, before } = await guardBadDeploy(engine, 'after-pivot');
      const edited = hooks.before(
        'verifyTarget',
        ({ run, expect: claim }) => run.application === app.name && claim === 'baseline',
        () => changeOneByte('ap', app, 'calM'),
      );
      await guard.fail();
      await edited;

      const { decision } = await blocked(guard);
      expect(decision?.objects).toMatchObject([
        { target: 'ap', object: expect.stringContaining('settings'), why: expect.stringMatching(byKubectl) },
      ]);
      expect(differences(await app.content(), before)).toEqual(['ap/ConfigMap/settings']);

      await changeOneByte('ap', app, 'calm');
      await goOn(guard);
      expect(await guard.result()).toMatchObject({ outcome: 'restored' });
      expect(await app.content()).toEqual(before);
    });
  }
});

/** `cluster/kind/name` of what is not the same. */
function differences(content: Record<string, unknown>, expected: Record<string, unknown>): string[] {
  return Object.keys(expected).flatMap((cluster) => {
    const [is, should] = [content[cluster], expected[cluster]] as [Record<string, unknown>, Record<string, unknown>];
    const names = [...new Set([...Object.keys(is), ...Object.keys(should)])];
    return names
      .filter((name) => JSON.stringify(is[name]) !== JSON.stringify(should[name]))
      .map((name) => `${cluster}/${name}`);
  });
}
