import { describe, expect, test } from 'vitest';
import type { Ref } from '../../src/schema/outcome.ts';
import type { StatusView } from '../../src/schema/status.ts';
import { deployBadly } from '../support/bad-deploy.ts';
import { clusterNames, type Guard, useEngine } from '../support/engine.ts';
import { pollUntil } from '../support/poll.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

/** A watch that says nothing is checked after two seconds, instead of after thirty. */
const engine = useEngine({ pace: { check: 2000 } });

interface Watched {
  readonly app: SmallApp;
  readonly guard: Guard;
  readonly before: Record<string, unknown>;
}

const isHealthy = ({ phase, targets }: StatusView) =>
  phase === 'watching' && targets.every(({ verdict }) => verdict === 'healthy');

/** Deployed, healthy in every cluster, and watched for minutes to come. */
async function guardHealthy(name: string): Promise<Watched> {
  const app = await installSmallApp(engine.sandbox, uniqueName(name));
  const before = await app.content();
  const guard = await engine.start(engine.request(app.name, { deadline: '10m', bake: '5m' }));
  await guard.ready();
  await guard.deployed();
  await guard.until('healthy', isHealthy);
  return { app, guard, before };
}

/** The watches of the application's namespace that are open now. */
const watchesOf = (app: SmallApp, cluster: string) =>
  engine.sandbox.cluster(cluster).watches.paths(`/namespaces/${app.name}/`);

async function expectRollback({ app, guard, before }: Watched): Promise<void> {
  await deployBadly(app);
  const { outcome } = await guard.result();
  expect(outcome).toBe('restored');
  expect(await app.content()).toEqual(before);
  const { failure } = await guard.status();
  expect(failure).toMatchObject({ source: 'workloads', reason: expect.stringMatching(/Image/) });
  await expectEvidence(app);
}

/** All that was seen of the failure is kept, and the journal says where. */
async function expectEvidence({ name }: SmallApp): Promise<void> {
  const { journal, snapshots } = engine.deps;
  const failed = (await journal.read({ environment: 'test', application: name })).find(
    ({ event }) => event === 'failed',
  );
  const { us } = (failed?.data.evidence ?? {}) as Record<string, Ref>;
  expect(us && (await snapshots.readDocument('evidence', us))).toMatchObject({
    target: 'us',
    namespace: name,
    evidence: [{ object: 'Deployment/web', reason: expect.stringContaining('Image'), since: expect.any(String) }],
  });
}

describe.concurrent('a bad deploy is found and rolled back', () => {
  test('while every watch of it has fallen silent', async () => {
    const watched = await guardHealthy('silent');
    for (const cluster of clusterNames) {
      const path = `/namespaces/${watched.app.name}/`;
      expect(engine.sandbox.cluster(cluster).watches.strike('silence', path)).toBeGreaterThan(3);
    }
    await expectRollback(watched);
  });

  test('while every attempt to watch it is answered 410', async () => {
    const watched = await guardHealthy('storm');
    const path = `/namespaces/${watched.app.name}/.*watch=1`;
    const us = engine.sandbox.cluster('us');
    const storm = us.faults.inject({ match: { path }, effect: { kind: 'respond', status: 410 } });
    us.watches.strike('expire', `/namespaces/${watched.app.name}/`);
    await storm.whenFired(20);
    await expectRollback(watched);
    storm.remove();
  });

  test('although watching it is not allowed; the timeline says so, once', async () => {
    const name = uniqueName('forbidden');
    const path = `/namespaces/${name}/.*watch=1`;
    for (const cluster of clusterNames) {
      const effect = { kind: 'respond', status: 403, message: 'pods is forbidden: no watch' } as const;
      engine.sandbox.cluster(cluster).faults.inject({ match: { path }, effect });
    }
    const app = await installSmallApp(engine.sandbox, name);
    const before = await app.content();
    const guard = await engine.start(engine.request(name, { deadline: '10m', bake: '5m' }));
    await guard.ready();
    await guard.deployed();
    await guard.until('healthy', isHealthy);
    await expectRollback({ app, guard, before });
    const said = (await guard.status()).timeline.filter(({ text }) => text.startsWith('us: a right is missing'));
    expect(said).toHaveLength(1);
  });
});

test('a cluster that was unreachable for a while says nothing, and a bad deploy is found when it answers', async () => {
  const watched = await guardHealthy('away');
  const us = engine.sandbox.cluster('us');
  await us.refuse();
  const isLost = ({ targets }: StatusView) =>
    targets.some(
      ({ id, verdict, evidence }) => id === 'us' && verdict === 'inconclusive' && evidence[0]?.reason === 'Unreachable',
    );
  const { failure } = await watched.guard.until('us inconclusive', isLost);
  expect(failure).toBeNull();
  await us.restore();
  await watched.guard.until('healthy', isHealthy);
  await expectRollback(watched);
});

test('nothing is watched any more when nobody guards', async () => {
  const { app, guard } = await guardHealthy('idle');
  expect(watchesOf(app, 'eu').length).toBeGreaterThan(3);
  await guard.signal('cancel', { guardId: guard.request.guardId, by: 'ada', reason: 'enough' });
  await guard.result();
  await pollUntil(
    'no watch',
    async () => watchesOf(app, 'eu'),
    ({ length }) => length === 0,
  );
});
