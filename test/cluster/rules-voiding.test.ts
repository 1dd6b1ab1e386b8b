import { afterAll, describe, test } from 'vitest';
import { type JsonObject, objectAt } from '../../src/sandbox/index.ts';
import { clusterNames } from '../support/engine.ts';
import { createHoldingProxy, type Rule } from '../support/holding-proxy.ts';
import { createHooks } from '../support/hooks.ts';
import { useLabEngine } from '../support/lab-engine.ts';
import { openRuleSite, type RuleSite } from '../support/lab-rules.ts';

/** Writes that stand still on their way: what real API servers do with them when they arrive after all. */
const hooks = createHooks();
const proxy = createHoldingProxy();
const engine = useLabEngine({
  wrap: hooks.wrap,
  entries: async (lab) => {
    const kubeconfig = await proxy.through(lab.kubeconfig(lab.engine));
    return clusterNames.map((name) => ({ name, kubeconfig, context: name }));
  },
});

afterAll(() => proxy.close());

interface Shop {
  readonly site: RuleSite;
  readonly settings: JsonObject;
  readonly banner: JsonObject;
  readonly ours: (input: { readonly run: { readonly application: string } }) => boolean;
  /** Meets real requests of one method about one object, or about a new one, and no dry run. */
  meet(method: string, name: string, does: Rule['does']): ReturnType<typeof proxy.rule>;
}

/** Its settings are applied on the server by a team, its prices are what another write is refused on. */
async function open(): Promise<Shop> {
  const site = await openRuleSite(engine);
  const settings = site.configMap('settings', { mode: 'calm', limit: '3' });
  const banner = site.configMap('banner', { text: 'hello' });
  await site.deployer.apply(settings, { manager: 'team' });
  await site.create(site.configMap('prices', { tea: '3' }), banner);
  const meet: Shop['meet'] = (method, name, does) => {
    const path = new RegExp(`/namespaces/${site.name}/configmaps${name === '' ? '' : `/${name}`}\\?(?!.*dryRun)`);
    return proxy.rule({ method, path, does });
  };
  return { site, settings, banner, meet, ours: ({ run }) => run.application === site.name };
}

async function deploy({ site, settings, banner }: Shop): Promise<void> {
  await site.deployer.apply({ ...settings, data: { mode: 'wild' } }, { manager: 'team' });
  await site.patch(site.configMap('prices', {}), { data: { tea: '99' } });
  await site.remove(banner);
}

/** Everything but the version: field ownership with its times, too. */
function whole(object: JsonObject | undefined): JsonObject {
  const { resourceVersion: _version, ...metadata } = objectAt(object, 'metadata');
  return { ...object, metadata };
}

describe.concurrent('a write that stands still on its way', () => {
  test('and arrives after the outcome is turned away; content, owners and their times are as the failed deploy left them', async ({
    expect,
  }) => {
    const shop = await open();
    const { site, settings, meet, ours } = shop;
    const held = meet('PUT', 'settings', 'hold');
    const refused = meet('PUT', 'prices', 'refuse');
    const guard = await site.start();
    await guard.ready();
    await deploy(shop);
    const failed = await site.content();
    const left = whole(await site.live(settings));
    const undoing = hooks.before('undoBatch', ours, async () => held.end());
    await guard.fail();
    await undoing;
    expect(await guard.result()).toMatchObject({
      outcome: 'reverted',
      reason: expect.stringContaining('the write is forbidden'),
    });
    expect(whole(await site.live(settings))).toEqual(left);

    expect(held.held).toBeGreaterThan(0);
    const answers = await held.release();
    expect(new Set(answers)).toEqual(new Set([409]));
    expect(whole(await site.live(settings))).toEqual(left);
    expect(await site.content()).toEqual(failed);
    refused.end();
  });

  test('and creates an object after it was looked for is found by the last reading, and the object is taken back', async ({
    expect,
  }) => {
    const shop = await open();
    const { site, banner, meet, ours } = shop;
    const held = meet('POST', '', 'hold');
    const refused = meet('PUT', 'prices', 'refuse');
    const guard = await site.start();
    await guard.ready();
    await deploy(shop);
    const failed = await site.content();
    const answers: number[] = [];
    const landed = hooks.before(
      'verifyTarget',
      (input) => ours(input) && input.expect === 'failedState',
      async () => {
        held.end();
        answers.push(...(await held.release()));
      },
    );
    await guard.fail();
    await landed;
    expect(await guard.result()).toMatchObject({ outcome: 'reverted' });
    expect(answers).toContain(201);
    expect(await site.live(banner)).toBeUndefined();
    expect(await site.content()).toEqual(failed);
    refused.end();
  });
});
