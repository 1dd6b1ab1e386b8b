import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Metrics } from '../../src/ports/metrics.ts';
import { PortError } from '../../src/ports/port-error.ts';
import { resolveGuard } from '../support/bad-deploy.ts';
import { clusterNames, type Guard, useEngine } from '../support/engine.ts';
import { installSmallApp, type SmallApp } from '../support/small-app.ts';
import { uniqueName } from '../support/temporal.ts';

/** What a query answers, by its text, at every instant; what is not here does not answer. */
const answers = new Map<string, number>();

const metrics: Metrics = {
  valuesOf: async (query, { start, end, step }) => {
    const value = answers.get(query);
    if (value === undefined)
      throw new PortError('unavailable', 'the provider of metrics does not answer: ECONNREFUSED');
    const count = Math.floor((end - start) / step) + 1;
    return Array.from({ length: count }, (_, index) => ({ at: start + index * step, value }));
  },
};

const engine = useEngine({ adapt: (deps) => ({ ...deps, metrics }) });

const often = { interval: '500ms', consecutive: 2 } as const;

/** A front door for every application, by path; the status is what it answers. */
const doors = new Map<string, number>();
const front = createServer((request, response) => response.writeHead(doors.get(request.url ?? '') ?? 404).end());
beforeAll(async () => await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve)));
afterAll(async () => await new Promise((resolve) => front.close(resolve)));

async function guard(
  name: string,
  options: Parameters<typeof engine.request>[1],
): Promise<{ app: SmallApp; guard: Guard }> {
  const app = await installSmallApp(engine.sandbox, uniqueName(name));
  const started = await engine.start(engine.request(app.name, options));
  await started.ready();
  return { app, guard: started };
}

/** Watched in one cluster alone: here it is not about them. */
async function guardInOne(name: string, query: string, options: Parameters<typeof engine.request>[1]) {
  const app = await installSmallApp(engine.sandbox, uniqueName(name));
  const targets = [{ cluster: 'eu', namespace: app.name, scope: { selector: `app=${app.name}` } }];
  const detect = [{ name: 'errors', metric: { query, max: 1, window: '0s', ...often } }];
  const started = await engine.start(engine.request(app.name, { targets, detect, ...options }));
  await started.ready();
  return { app, guard: started };
}

async function deploy(app: SmallApp, failingIn: readonly string[] = []): Promise<void> {
  for (const cluster of clusterNames) {
    const image = failingIn.includes(cluster) ? 'registry/app:v2-missing' : 'registry/app:v2';
    await app.put(cluster, app.deployment(image));
  }
}

describe.concurrent('a deploy that fails in 1 of 3 clusters', () => {
  test('is rolled back under "any"', async () => {
    const { app, guard: run } = await guard('group-any', { verdict: 'any' });
    const before = await app.content();
    await deploy(app, ['us']);
    await run.deployed();
    expect(await run.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
  });

  test('is kept under "all", and the reason names what was tolerated', async () => {
    const { app, guard: run } = await guard('group-all', { verdict: 'all' });
    await deploy(app, ['us']);
    await run.deployed();
    const result = await run.result();
    expect(result).toMatchObject({ outcome: 'kept' });
    expect(result.reason).toBe('healthy in 2 of 3 targets, failing and tolerated: us for 1 s');
  });

  test('is rolled back under a quorum of two when a second one follows, and the first cause is told', async () => {
    const { app, guard: run } = await guard('group-second', { verdict: { quorum: 2 }, bake: '30s' });
    await deploy(app, ['us']);
    await run.deployed();
    await run.until('us tolerated', ({ progress }) => progress.some(({ text }) => text.includes('tolerated: us')));
    await app.put('ap', app.deployment('registry/app:v2-missing'));
    expect(await run.result()).toMatchObject({ outcome: 'restored' });
    const { failure } = await run.status();
    expect(failure?.reason).toMatch(/^us\/.*\(2 of 3 targets failing\)$/);
  });

  test('is rolled back under "all" when a probe fails, whatever the rule says of targets', async () => {
    const name = uniqueName('door');
    doors.set(`/${name}`, 503);
    const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}/${name}`;
    const detect = [{ name: 'front', probe: { http: { url }, ...often } }];
    const { app, guard: run } = await guard('group-probe', { verdict: 'all', detect });
    const before = await app.content();
    await deploy(app);
    await run.deployed();
    expect(await run.result()).toMatchObject({ outcome: 'restored' });
    expect(await app.content()).toEqual(before);
    const { failure } = await run.status();
    expect(failure).toMatchObject({ source: 'probe', reason: 'front WrongStatus: answered 503, expected 200 to 299' });
  });
});

describe.concurrent('a deploy that is watched by its metrics', () => {
  test('is kept when they stay good through the bake, and the view shows them', async () => {
    const query = uniqueName('good');
    answers.set(query, 0);
    const { app, guard: run } = await guardInOne('metric-good', query, { bake: '2s' });
    await deploy(app);
    await run.deployed();
    const { sources } = await run.until('healthy metrics', (view) => view.sources?.[0]?.verdict === 'healthy');
    expect(sources).toMatchObject([{ name: 'errors', kind: 'metric' }]);
    const result = await run.result();
    expect(result).toMatchObject({ outcome: 'kept', reason: 'healthy in every target and by metric errors for 2 s' });
  });

  test('is rolled back when they turn bad only late in the bake', async () => {
    const query = uniqueName('late');
    answers.set(query, 0);
    const { app, guard: run } = await guardInOne('metric-late', query, { bake: '20s' });
    const before = await app.content();
    await deploy(app);
    await run.deployed();
    await run.until('baking', ({ progress }) => progress.some(({ key, mark }) => key === 'bake' && mark === 'running'));
    answers.set(query, 7);
    expect(await run.result()).toMatchObject({ outcome: 'restored' });
    expect((await app.content()).eu).toEqual(before.eu);
    const { failure } = await run.status();
    expect(failure).toMatchObject({ source: 'metric', reason: 'errors AboveMaximum: 7, 7: must not be above 1' });
  });
});

describe.concurrent('a deploy whose metrics do not answer', () => {
  const unanswered = async (name: string, options: Parameters<typeof engine.request>[1] = {}) => {
    const query = uniqueName(name);
    const { app, guard: run } = await guardInOne(name, query, { deadline: '15s', ...options });
    const before = await app.content();
    await deploy(app);
    await run.deployed();
    const view = await run.until('a person asked', ({ phase }) => phase === 'waiting(hold)');
    expect(view.decision).toMatchObject({ kind: 'hold', reason: 'no answer from metric errors within 15 s' });
    expect(view.sources?.[0]?.evidence[0]).toMatchObject({ reason: 'ProviderUnavailable' });
    return { app, run, before, query };
  };

  test('waits for a person, and is kept when it is promoted', async () => {
    const { run } = await unanswered('silent-promoted');
    await run.signal('promote', { guardId: run.request.guardId, by: 'mia' });
    expect(await run.result()).toMatchObject({ outcome: 'kept', reason: 'promoted by mia' });
  });

  test('ends at once when it is cancelled', async () => {
    const { run } = await unanswered('silent-cancelled');
    await run.signal('cancel', { guardId: run.request.guardId, by: 'mia', reason: 'another way' });
    expect(await run.result()).toMatchObject({ outcome: 'cancelled' });
  });

  test('is left as it is when a person says so', async () => {
    const { run } = await unanswered('silent-accepted');
    await resolveGuard(engine, run, 'accept');
    expect(await run.result()).toMatchObject({ outcome: 'held' });
  });

  test('is rolled back when a person says so, who is not asked twice', async () => {
    const { app, run, before } = await unanswered('silent-resumed', { onFailure: 'hold' });
    const handle = engine.temporal.client.workflow.getHandle(run.workflowId);
    await handle.executeUpdate('resume', { args: [{ by: 'ada', reason: 'looks bad' }] });
    expect(await run.result()).toMatchObject({ outcome: 'restored' });
    expect((await app.content()).eu).toEqual(before.eu);
  });

  test('is kept by itself when they answer after all, and are good through the bake', async () => {
    const { run, query } = await unanswered('silent-answered');
    answers.set(query, 0);
    expect(await run.result()).toMatchObject({ outcome: 'kept' });
  });

  test('is rolled back by itself when they answer after all, and are bad', async () => {
    const { run, query } = await unanswered('silent-bad');
    answers.set(query, 7);
    expect(await run.result()).toMatchObject({ outcome: 'restored' });
  });
});
