import { describe, expect, it } from 'vitest';
import { createLiveClusters } from '../../../../src/adapters/kubernetes/live/live-cluster.ts';
import type { Pace } from '../../../../src/adapters/kubernetes/live/pace.ts';
import type { LiveCluster } from '../../../../src/ports/live-cluster.ts';
import type { KubeObject } from '../../../../src/schema/json.ts';
import { pollUntil } from '../../../support/poll.ts';
import { cleanUp, failureOf } from '../support/rig.ts';
import { CONFIG_MAPS, openSandboxSite, type SandboxSite } from '../support/sandbox-site.ts';

/** Nothing checks, polls or pauses by itself within a test, unless it is told to. */
const still: Partial<Pace> = {
  check: 60_000,
  poll: 60_000,
  identity: 60_000,
  firstPause: 5,
  longestPause: 40,
  linger: 0,
};

interface Looking extends SandboxSite {
  open(): LiveCluster;
  readonly view: LiveCluster;
}

async function look(pace: Partial<Pace> = {}): Promise<Looking> {
  const site = await openSandboxSite();
  const live = createLiveClusters(() => site.cluster, { ...still, ...pace });
  cleanUp(async () => live.close());
  const open = () => live.open('east');
  return { ...site, open, view: open() };
}

const namesOf = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name).sort();

/** Looks at each change until the names are these; bounded by the test's own time. */
async function see({ query }: Pick<Looking, 'query'>, view: LiveCluster, names: readonly string[]): Promise<void> {
  for (;;) {
    const seen = await view.list(query).then(({ objects }) => namesOf(objects));
    if (JSON.stringify(seen) === JSON.stringify(names)) return;
    await view.changed(2000, new AbortController().signal);
  }
}

async function isWatching({ east }: Pick<Looking, 'east'>, count = 1): Promise<void> {
  await pollUntil(
    `${count} watches`,
    async () => east.watches.paths(CONFIG_MAPS),
    ({ length }) => length === count,
  );
}

describe('a live view', () => {
  it('shows what comes, changes and goes, for one list and one watch', async () => {
    const site = await look();
    await site.put('a');
    await see(site, site.view, ['a']);
    await isWatching(site);
    await site.put('b');
    await see(site, site.view, ['a', 'b']);
    await site.remove('a');
    await see(site, site.view, ['b']);
    expect([site.asked('list'), site.asked('watch')]).toEqual([1, 1]);
  });

  it('selects by labels itself, so that all selectors share one watch, and finds single objects in it', async () => {
    const site = await look();
    await site.put('a', { tier: 'web' });
    await site.put('b', { tier: 'db' });
    const { query, view } = site;
    expect(namesOf((await view.list({ ...query, selector: 'tier in (db)' })).objects)).toEqual(['b']);
    expect(namesOf((await view.list({ ...query, selector: '!tier' })).objects)).toEqual([]);
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'a' };
    expect(await view.get(ref)).toEqual(await site.cluster.get(ref));
    expect(await view.get({ ...ref, name: 'none' })).toBeUndefined();
    await isWatching(site);
    expect([site.asked('list'), site.asked('watch')]).toEqual([1, 1]);
  });

  it('keeps of Secrets only what was asked for', async () => {
    const { view, cluster, east } = await look();
    const type = (await cluster.discover()).find(({ kind }) => kind === 'Secret');
    if (!type) throw new Error('Secrets are not served');
    await view.list({ type, namespace: 'shop', selector: 'owner=helm' });
    await view.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'payment' });
    const asked = east.audit().filter(({ user, resource }) => user === 'engine' && resource === 'secrets');
    expect(asked.map(({ verb, path }) => `${verb} ${path.replace(/&timeoutSeconds.*/, '')}`)).toContain(
      'get /api/v1/namespaces/shop/secrets/payment',
    );
    expect(asked.every(({ path }) => /labelSelector=owner%3Dhelm|payment/.test(path))).toBe(true);
  });

  it('shares one watch with all others, and ends it when nobody looks any more', async () => {
    const site = await look({ linger: 30 });
    const views = Array.from({ length: 50 }, () => site.open());
    await Promise.all(views.map((view) => see(site, view, [])));
    await site.put('a');
    await Promise.all(views.map((view) => see(site, view, ['a'])));
    expect([site.asked('list'), site.asked('watch')]).toEqual([1, 1]);
    for (const view of views) view.close();
    await see(site, site.view, ['a']);
    expect(site.asked('list')).toBe(1);
    site.view.close();
    await isWatching(site, 0);
  });

  it('tells a change that came between a look and the question for changes', async () => {
    const site = await look();
    await see(site, site.view, []);
    await site.view.changed(50, new AbortController().signal);
    await isWatching(site);
    await site.put('a');
    const other = site.open();
    await see(site, other, ['a']);
    const asked = performance.now();
    await site.view.changed(5000, new AbortController().signal);
    expect(performance.now() - asked).toBeLessThan(1000);
  });

  it('answers changed after its time, or at once when its signal is aborted', async () => {
    const site = await look();
    await see(site, site.view, []);
    await site.view.changed(30, new AbortController().signal);
    await site.view.changed(60_000, AbortSignal.timeout(30));
  });

  it('tells the server’s time as it goes on between reads', async () => {
    const { view, east } = await look();
    const first = Date.parse((await view.identity()).serverTime);
    await view.changed(60, new AbortController().signal);
    const second = Date.parse((await view.identity()).serverTime);
    expect(second - first).toBeGreaterThanOrEqual(50);
    expect(Math.abs(second - Date.now())).toBeLessThan(1500);
    expect(east.audit().filter(({ resource }) => resource === 'namespaces').length).toBeLessThan(4);
  });
});

describe('when a watch is in trouble, a live view', () => {
  it.each(['end', 'cut', 'cutMidLine', 'expire'] as const)('goes on after "%s" and misses nothing', async (trouble) => {
    const site = await look();
    await site.put('a');
    await see(site, site.view, ['a']);
    await isWatching(site);
    site.east.faults.inject({ match: { path: 'watch=1' }, effect: { kind: 'delay', ms: 30 } });
    expect(site.east.watches.strike(trouble, CONFIG_MAPS)).toBe(1);
    await site.remove('a');
    await site.put('b');
    await see(site, site.view, ['b']);
    await isWatching(site);
    await site.put('c');
    await see(site, site.view, ['b', 'c']);
  });

  it('goes on from the last version, without a list, when the server ends a watch in its time', async () => {
    const site = await look({ settled: 0 });
    await see(site, site.view, []);
    await isWatching(site);
    site.east.watches.strike('end', CONFIG_MAPS);
    await pollUntil(
      'a second watch',
      async () => site.asked('watch'),
      (count) => count === 2,
    );
    await site.put('a');
    await see(site, site.view, ['a']);
    expect(site.asked('list')).toBe(1);
  });

  it('finds out by a list that a watch has fallen silent, and watches anew', async () => {
    const site = await look({ check: 60 });
    await see(site, site.view, []);
    await isWatching(site);
    site.east.watches.strike('silence', CONFIG_MAPS);
    await site.put('a');
    await see(site, site.view, ['a']);
    await pollUntil(
      'a second watch',
      async () => site.asked('watch'),
      (count) => count === 2,
    );
    await isWatching(site);
    await site.put('b');
    await see(site, site.view, ['a', 'b']);
  });

  it('sees that an object was deleted and made anew meanwhile', async () => {
    const site = await look({ check: 60 });
    await site.put('a');
    await see(site, site.view, ['a']);
    await isWatching(site);
    site.east.watches.strike('silence', CONFIG_MAPS);
    const before = (await site.view.list(site.query)).objects[0]?.metadata.uid;
    await site.remove('a');
    await site.put('a');
    await pollUntil(
      'another object of the name',
      () => site.view.list(site.query),
      ({ objects }) => objects[0]?.metadata.uid !== before,
    );
  });

  it('answers a storm of 410 with ever longer pauses, and shows what the lists show', async () => {
    const site = await look({ firstPause: 20, longestPause: 200 });
    const storm = site.east.faults.inject({ match: { path: 'watch=1' }, effect: { kind: 'respond', status: 410 } });
    await see(site, site.view, []);
    await storm.whenFired(3);
    await site.put('a');
    await see(site, site.view, ['a']);
    await storm.whenFired(6);
    const began = performance.now();
    const fired = storm.fired;
    await storm.whenFired(fired + 3);
    expect(performance.now() - began).toBeGreaterThan(200);
    storm.remove();
    await isWatching(site);
    await site.put('b');
    await see(site, site.view, ['a', 'b']);
  });

  it('lists again and again what it may not watch, says why, and watches once it may', async () => {
    const site = await look({ poll: 30, denied: 200 });
    const allow = site.east.deny({ user: 'engine', verb: 'watch', resource: 'configmaps' });
    await see(site, site.view, []);
    await site.put('a');
    await see(site, site.view, ['a']);
    expect(site.view.unwatched()).toEqual([expect.stringContaining('cannot watch configmaps in shop: HTTP 403')]);
    expect(site.asked('watch')).toBeLessThan(4);
    allow();
    await isWatching(site);
    await site.put('b');
    await see(site, site.view, ['a', 'b']);
    expect(site.view.unwatched()).toEqual([]);
  });

  it('says that the cluster does not answer, and shows it as it is when it does', async () => {
    const site = await look({ identity: 20 });
    await see(site, site.view, []);
    await site.view.identity();
    await site.east.refuse();
    await pollUntil(
      'a failure',
      () => failureOf(site.view.list(site.query)).catch(() => null),
      (error) => error !== null,
    );
    await pollUntil(
      'a failure',
      () => failureOf(site.view.identity()).catch(() => null),
      (error) => error !== null,
    );
    expect(await failureOf(site.view.list(site.query))).toMatchObject({ kind: 'unavailable' });
    await site.east.restore();
    await site.put('a');
    await pollUntil(
      'an answer',
      () => site.view.identity().catch(() => null),
      (identity) => identity !== null,
    );
    await pollUntil(
      'an answer',
      () => site.view.list(site.query).catch(() => null),
      (list) => list !== null,
    );
    await see(site, site.view, ['a']);
  });

  it('lists anew when a cluster answers that had not, for it may have lost its watches', async () => {
    const site = await look({ identity: 20 });
    await see(site, site.view, []);
    await site.view.identity();
    await isWatching(site);
    site.east.watches.strike('silence', CONFIG_MAPS);
    const away = site.east.faults.inject({ match: { path: 'kube-system' }, effect: { kind: 'respond', status: 500 } });
    await pollUntil(
      'a failure',
      () => failureOf(site.view.identity()).catch(() => null),
      (error) => error !== null,
    );
    await site.put('a');
    away.remove();
    await see(site, site.view, ['a']);
  });

  it('reads an object alone where its kind may not be listed', async () => {
    const site = await look({ poll: 30 });
    site.east.deny({ user: 'engine', verb: 'list', resource: 'configmaps' });
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'a' };
    expect(await site.view.get(ref)).toBeUndefined();
    await site.put('a');
    await pollUntil(
      'the object',
      () => site.view.get(ref),
      (object) => object !== undefined,
    );
  });
});
