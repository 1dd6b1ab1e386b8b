import { describe, test } from 'vitest';
import { requestRollback } from '../../src/client/index.ts';
import { at, type JsonObject } from '../../src/sandbox/index.ts';
import type { RunResult } from '../../src/schema/outcome.ts';
import { createHooks } from '../support/hooks.ts';
import { useLabEngine } from '../support/lab-engine.ts';
import { openRuleSite, type RuleOptions, type RuleSite } from '../support/lab-rules.ts';
import { pollUntil } from '../support/poll.ts';

/** Others who write, and the Lease that tells them who is at work. */
const hooks = createHooks();
const engine = useLabEngine({ wrap: hooks.wrap });

interface Shop {
  readonly site: RuleSite;
  readonly settings: JsonObject;
  readonly deploy: () => Promise<void>;
}

async function open(): Promise<Shop> {
  const site = await openRuleSite(engine);
  const settings = site.configMap('settings', { mode: 'calm' });
  await site.create(settings);
  return { site, settings, deploy: () => site.patch(settings, { data: { mode: 'wild' } }) };
}

/** By a manager that is neither the deploy's nor a controller. */
async function edit(site: RuleSite, object: JsonObject, change: JsonObject): Promise<void> {
  await site.admin.patch(await site.admin.pathOf(object), change, { userAgent: 'kubectl-edit/v1' });
}

async function leaseOf(site: RuleSite): Promise<JsonObject> {
  const [lease] = await site.admin.list(`/apis/coordination.k8s.io/v1/namespaces/${site.name}/leases`);
  // Items of a list do not say what they are.
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease };
}

/** Servers cut times to the second: what comes now is surely after what was. */
async function nextSecond(): Promise<void> {
  const from = Date.now();
  const now = async () => Date.now();
  await pollUntil('the second has passed', now, (time) => time > from + 1100);
}

describe.concurrent('somebody else', () => {
  /** After the deploy has ended somebody changes a Secret; then a rollback to the last known good is asked for. */
  async function changedOutside(options?: RuleOptions) {
    const { site, settings, deploy } = await open();
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: site.meta('payment'), data: { key: 'b2xk' } };
    await site.create(secret);
    const kept = await site.start(options);
    await kept.ready();
    await site.patch(settings, { data: { mode: 'calmer' } });
    await kept.deployed();
    await kept.result();
    const start = await site.content();
    const bad = await site.start(options);
    await bad.ready();
    await deploy();
    await bad.signal('cancel', { guardId: bad.request.guardId, by: 'ada', reason: 'gone home' });
    await bad.result();
    await nextSecond();
    await edit(site, secret, { data: { key: 'bmV3' } });
    const failed = await site.content();
    const { client, address, namespace } = engine.temporal;
    const belay = { temporal: client, address, namespace, close: () => Promise.resolve() };
    await requestRollback(belay, { application: site.name, environment: 'test' }, { by: 'ada', reason: 'slow' });
    const result = (await client.workflow.getHandle(bad.workflowId).result()) as RunResult;
    return { start, failed, result, after: await site.content() };
  }

  test('who changed a Secret outside the deploy is named with the time, and the rollback refused', async ({
    expect,
  }) => {
    const { result, failed, after } = await changedOutside();
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/Secret\/payment: changed by kubectl-edit at \d{4}-.*Z, .*allow: foreign/),
    });
    expect(after).toEqual(failed);
  });

  test('who changed a Secret outside the deploy is overwritten with consent', async ({ expect }) => {
    const { result, start, after } = await changedOutside({ consent: [{ allow: 'foreign', kind: 'v1/Secret' }] });
    expect(result).toMatchObject({ outcome: 'restored', left: [] });
    expect(after).toEqual(start);
  });

  test('who writes between plan and first write gets one new round, and is then named in the refusal', async ({
    expect,
  }) => {
    const { site, settings, deploy } = await open();
    const ours = ({ run }: { run: { application: string } }) => run.application === site.name;
    const rounds = hooks.count('planRestore', ours);
    const edited = hooks.before('writeBatch', ours, () => edit(site, settings, { data: { mode: 'wilD' } }));
    const { result } = await site.rollBack(deploy);
    await edited;
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/ConfigMap\/settings: changed by kubectl-edit at \d{4}-/),
    });
    expect(rounds()).toBe(2);
    expect(at(await site.live(settings), 'data', 'mode')).toBe('wilD');
  });

  test('who adds an object behind the pivot blocks the run, and object and manager are named', async ({ expect }) => {
    const { site, deploy } = await open();
    const extra = site.configMap('extra', { by: 'somebody' });
    const added = hooks.before(
      'verifyTarget',
      (input) => input.run.application === site.name && input.expect === 'baseline',
      async () => {
        await site.admin.create(extra);
      },
    );
    const before = await site.content();
    const guard = await site.start();
    await guard.ready();
    await deploy();
    await guard.fail();
    await added;
    const { decision } = await guard.until('blocked', ({ phase }) => phase === 'waiting(blocked)');
    expect(decision?.objects).toMatchObject([
      {
        ...{ target: site.cluster.name, object: 'ConfigMap/extra', expected: 'not in scope', actual: 'present' },
        why: expect.stringMatching(/^created by lab-admin at \d{4}-.* after the plan was made$/),
      },
    ]);
    expect(await site.steps()).toContain('pivot');
    await site.remove(extra);
    expect(await guard.result()).toMatchObject({ outcome: 'restored' });
    expect(await site.content()).toEqual(before);
  });
});

describe.concurrent('the Lease', () => {
  test('names its holder while a guard is open, counts each of them, and keeps the head of the journal', async ({
    expect,
  }) => {
    const { site, deploy } = await open();
    for (const epoch of [1, 2]) {
      const guard = await site.start();
      await guard.ready();
      const held = await leaseOf(site);
      expect(at(held, 'spec', 'leaseTransitions')).toBe(epoch);
      expect(at(held, 'spec', 'holderIdentity')).toContain(`${engine.temporal.address}/`);
      expect(at(held, 'spec', 'holderIdentity')).toContain(`/${guard.workflowId}/`);
      await deploy();
      await guard.deployed();
      const { outcome, journal } = await guard.result();
      expect(outcome).toBe('kept');
      const released = await leaseOf(site);
      expect(at(released, 'spec')).toMatchObject({ holderIdentity: '', leaseTransitions: epoch });
      const head = `${journal?.sequence} ${journal?.digest}`;
      expect(at(released, 'metadata', 'annotations', 'belay.dev/journal-head')).toBe(head);
    }
  });

  test('that another Temporal holds lets no second guard through, and is left to its holder', async ({ expect }) => {
    const { site } = await open();
    const first = await site.start();
    await first.ready();
    await first.signal('cancel', { guardId: first.request.guardId, by: 'ada', reason: 'only for its Lease' });
    await first.result();
    const holder = 'elsewhere:7233/default/belay:test/shop/3f2a';
    const lease = await leaseOf(site);
    await site.admin.patch(await site.admin.pathOf(lease), { spec: { holderIdentity: holder } });

    const second = await site.start();
    expect(await second.result()).toMatchObject({
      outcome: 'unready',
      reason: expect.stringContaining(`is held by ${holder}`),
    });
    expect(at(await leaseOf(site), 'spec')).toMatchObject({ holderIdentity: holder, leaseTransitions: 1 });
  });
});
