import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../../src/ports/cluster.ts';
import { pollUntil } from '../../support/poll.ts';
import { failureOf } from './support/rig.ts';
import { openSandboxSite, type SandboxSite } from './support/sandbox-site.ts';

interface Heard {
  /** `stored a`, `deleted a`, `bookmark`. */
  readonly told: readonly string[];
  readonly events: readonly WatchEvent[];
  /** Settles when the watch has ended. */
  readonly ended: Promise<void>;
  stop(): void;
  until(count: number): Promise<unknown>;
}

async function watch({ cluster, query, east }: SandboxSite, from?: string): Promise<Heard> {
  const events: WatchEvent[] = [];
  const told: string[] = [];
  const abort = new AbortController();
  const version = from ?? (await cluster.list(query)).resourceVersion;
  const ended = (async () => {
    for await (const event of cluster.watch(query, version, abort.signal)) {
      events.push(event);
      told.push(event.kind === 'bookmark' ? 'bookmark' : `${event.kind} ${event.object.metadata.name}`);
    }
  })();
  ended.catch(() => undefined);
  if (from === undefined) await pollUntil('the watch is open', async () => east.watches.paths(), isNotEmpty);
  const until = (count: number) =>
    pollUntil(
      'events',
      async () => told,
      ({ length }) => length >= count,
    );
  return { told, events, ended, stop: () => abort.abort(), until };
}

const isNotEmpty = (list: readonly unknown[]) => list.length > 0;

describe('a watch', () => {
  it('tells what happens after a version, exactly as a read shows it', async () => {
    const site = await openSandboxSite();
    const heard = await watch(site);
    await site.put('a');
    await site.put('a', { role: 'web' });
    await site.remove('a');
    await heard.until(3);
    expect(heard.told).toEqual(['stored a', 'stored a', 'deleted a']);
    await site.put('b');
    await heard.until(4);
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'b' };
    expect(heard.events[3]).toEqual({ kind: 'stored', object: await site.cluster.get(ref) });
  });

  it('says how far it has come while nothing happens to what it watches', async () => {
    const site = await openSandboxSite();
    const heard = await watch(site);
    await site.east.request('POST', '/api/v1/namespaces', { metadata: { name: 'elsewhere' } });
    await heard.until(1);
    const bookmark = heard.events[0];
    expect(bookmark?.kind === 'bookmark' && bookmark.resourceVersion).toBe(
      (await site.cluster.list(site.query)).resourceVersion,
    );
  });

  it('holds neither a place among the requests nor a connection that they wait for', async () => {
    const site = await openSandboxSite({ parallelism: 1 });
    const all = [await watch(site), await watch(site), await watch(site)];
    await pollUntil(
      'three watches',
      async () => site.east.watches.paths(),
      ({ length }) => length === 3,
    );
    await site.put('a');
    expect((await site.cluster.list(site.query)).objects).toHaveLength(1);
    for (const heard of all) await heard.until(1);
  });

  it('ends without a word when its signal is aborted, and with the adapter', async () => {
    const site = await openSandboxSite();
    const [one, other] = [await watch(site), await watch(site)];
    one.stop();
    await one.ended;
    await site.cluster.close();
    expect(await failureOf(other.ended)).toMatchObject({ kind: 'unavailable' });
    await pollUntil(
      'no watch is open',
      async () => site.east.watches.paths(),
      ({ length }) => length === 0,
    );
  });

  it('ends as the server ends it', async () => {
    const site = await openSandboxSite();
    const heard = await watch(site);
    site.east.watches.strike('end');
    await heard.ended;
  });

  it('that is cut is unavailable, and half an event is none', async () => {
    const site = await openSandboxSite();
    const heard = await watch(site);
    await site.put('a');
    await heard.until(1);
    site.east.watches.strike('cutMidLine');
    expect(await failureOf(heard.ended)).toMatchObject({ kind: 'unavailable' });
    expect(heard.told).toEqual(['stored a']);
  });

  it.each(['at its start', 'on its way'])(
    'from a version that is too old, %s, is unavailable with 410',
    async (when) => {
      const site = await openSandboxSite();
      if (when === 'at its start') site.east.compact();
      const heard = await watch(site, when === 'at its start' ? '101' : undefined);
      if (when === 'on its way') site.east.watches.strike('expire');
      expect(await failureOf(heard.ended)).toMatchObject({ kind: 'unavailable', details: { status: 410 } });
    },
  );

  it('that is not allowed is denied', async () => {
    const site = await openSandboxSite();
    site.east.deny({ user: 'engine', verb: 'watch', resource: 'configmaps' });
    expect(await failureOf((await watch(site, '1')).ended)).toMatchObject({ kind: 'denied' });
  });

  it('of a server that takes it and says nothing is given up after the time of a read', async () => {
    const site = await openSandboxSite();
    site.east.faults.inject({ match: { path: 'watch=1' }, effect: { kind: 'blackHole' } });
    const failure = await failureOf((await watch(site, '1')).ended);
    expect(failure).toMatchObject({ kind: 'unavailable', details: { reason: 'UND_ERR_HEADERS_TIMEOUT' } });
  });
});
