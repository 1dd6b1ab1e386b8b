import { describe, test } from 'vitest';
import { at, type JsonObject } from '../../src/sandbox/index.ts';
import { createHooks } from '../support/hooks.ts';
import { useLabEngine } from '../support/lab-engine.ts';
import { openRuleSite, type RuleSite, uidOf } from '../support/lab-rules.ts';

/** What cannot be read, what is going away, and what goes with its owner. */
const hooks = createHooks();
const engine = useLabEngine({ wrap: hooks.wrap });

const open = () => openRuleSite(engine);

const hold = 'example.com/hold';

function claim(site: RuleSite, more: JsonObject = {}): JsonObject {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: site.meta('data', more), spec };
}

/** Only our finalizer holds it then, and no controller has anything left to write. */
async function doomClaim(site: RuleSite): Promise<void> {
  await site.until('bound', claim(site), (live) => at(live, 'status', 'phase') === 'Bound');
  await site.doom(claim(site));
  const isHeld = (live?: JsonObject) => JSON.stringify(at(live, 'metadata', 'finalizers')) === JSON.stringify([hold]);
  await site.until('left by its own controller', claim(site), isHeld);
}

test('a listed kind that may not be read lets no deploy through, and is named', async ({ expect }) => {
  const groups = ['', 'apps', 'autoscaling'];
  const resources = ['configmaps', 'pods', 'replicasets', 'horizontalpodautoscalers'];
  const read = { apiGroups: groups, resources, verbs: ['get', 'list', 'watch'] };
  const lock = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] };
  const site = await openRuleSite(engine, { engine: [read, lock] });
  await site.create(site.configMap('settings', { mode: 'calm' }));
  const guard = await site.start({ scope: { kinds: ['v1/ConfigMap', 'v1/Secret'] } });
  const result = await guard.result();
  expect(result).toMatchObject({ outcome: 'unready', reason: expect.stringMatching(/Secret cannot be listed/) });
  const records = await engine.deps.journal.read({ application: site.name, environment: 'test' });
  expect(records.map(({ event }) => event)).not.toContain('ready');
});

describe.concurrent('going away', () => {
  for (const when of ['since before the deploy', 'of the deploy']) {
    test(`a volume claim that a finalizer ${when} holds is refused at once, and named`, async ({ expect }) => {
      const site = await open();
      const own = when === 'of the deploy';
      const settings = site.configMap('settings', { mode: 'calm' });
      await site.create(claim(site, own ? {} : { finalizers: [hold] }), settings);
      const started = hooks.count('planRestore', ({ run }) => run.application === site.name);
      const { result, failed, after } = await site.rollBack(async () => {
        await site.patch(settings, { data: { mode: 'wild' } });
        if (own) await site.patch(claim(site), { metadata: { finalizers: [hold] } });
        await doomClaim(site);
      });
      await site.patch(claim(site), { metadata: { finalizers: null } });
      expect(result).toMatchObject({
        outcome: 'refused',
        reason: expect.stringContaining('PersistentVolumeClaim/data: it is going away, and its contents with it'),
      });
      expect(result.reason).toContain(hold);
      expect(started()).toBe(1);
      expect(after).toEqual(failed);
    });
  }

  test('a volume claim that the deploy itself has made and doomed is refused at once, and named', async ({
    expect,
  }) => {
    const site = await open();
    const settings = site.configMap('settings', { mode: 'calm' });
    await site.create(settings);
    const started = hooks.count('planRestore', ({ run }) => run.application === site.name);
    const { result, failed, after } = await site.rollBack(async () => {
      await site.patch(settings, { data: { mode: 'wild' } });
      await site.create(claim(site, { finalizers: [hold] }));
      await doomClaim(site);
    });
    await site.patch(claim(site), { metadata: { finalizers: null } });
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/PersistentVolumeClaim\/data: it is going away, .*example\.com\/hold/),
    });
    expect(started()).toBe(1);
    expect(after).toEqual(failed);
  });

  test('a ConfigMap whose finalizer goes soon is waited for, and created anew', async ({ expect }) => {
    const site = await open();
    const settings = site.configMap('settings', { mode: 'calm' });
    await site.create(settings);
    const uid = uidOf(await site.live(settings));
    const ours = hooks.count('planRestore', ({ run }) => run.application === site.name);
    const before = await site.content();
    const guard = await site.start();
    await guard.ready();
    await site.patch(settings, { metadata: { finalizers: [hold] } });
    await site.doom(settings);
    const freed = hooks.before(
      'planRestore',
      ({ run }) => run.application === site.name && ours() === 2,
      () => site.patch(settings, { metadata: { finalizers: null } }),
    );
    await guard.fail();
    await freed;
    expect(await guard.result()).toMatchObject({ outcome: 'restored', left: [] });
    expect(await site.content()).toEqual(before);
    expect(uidOf(await site.live(settings))).not.toBe(uid);
  });

  test('an owner and what went with it are created anew, and the garbage collector lets the child live', async ({
    expect,
  }) => {
    const site = await open();
    const owner = site.configMap('owner', { mode: 'calm' });
    await site.create(owner);
    const child = (name: string, uid: string) => {
      const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
      return site.configMap(name, { of: 'owner' }, { metadata: site.meta(name, { ownerReferences }) });
    };
    const uid = uidOf(await site.live(owner));
    await site.create(child('child', uid));
    const { result } = await site.rollBack(async () => {
      await site.remove(owner);
      await site.until('collected', child('child', uid), (live) => live === undefined);
    });
    expect(result).toMatchObject({ outcome: 'restored', left: [] });
    const now = uidOf(await site.live(owner));
    expect(now).not.toBe(uid);
    // One with the old uid is collected: the collector has looked.
    await site.create(child('stale', uid));
    await site.until('collected', child('stale', uid), (live) => live === undefined);
    expect(await site.live(child('child', now))).toMatchObject({
      data: { of: 'owner' },
      metadata: { ownerReferences: [{ name: 'owner', uid: now }] },
    });
  });
});
