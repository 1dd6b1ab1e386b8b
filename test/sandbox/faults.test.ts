import { describe, expect, it } from 'vitest';
import type { AuditEntry, Fault, FaultHandle, SandboxCluster } from '../../src/sandbox/index.ts';
import { CONFIG_MAPS, configMap, metaOf, oneCluster, until } from './support.ts';

const BLACK_HOLE_MS = 60;

const onPost = (cluster: SandboxCluster, effect: Fault['effect']): FaultHandle =>
  cluster.faults.inject({ match: { method: 'POST' }, effect, count: 1 });

/** A client that gives up so long after its request has met the fault: on a busy machine it may take a while to arrive. */
const patience = (fault: FaultHandle, ms: number): AbortSignal => {
  const client = new AbortController();
  void fault.whenFired().then(() => setTimeout(() => client.abort(), ms));
  return client.signal;
};

const lastRequest = (cluster: SandboxCluster): AuditEntry | undefined => cluster.audit().at(-1);

describe('a fault', () => {
  it('answers with a status instead of acting, as often as told, and counts itself', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    const effect = { kind: 'respond', status: 429, retryAfter: 1 } as const;
    const fault = cluster.faults.inject({ match: { method: 'POST', path: 'configmaps' }, effect, nth: 2, count: 1 });
    const statuses: number[] = [];
    for (const name of ['a', 'b', 'c'])
      statuses.push((await cluster.request('POST', CONFIG_MAPS, configMap(name))).status);
    expect(statuses).toEqual([201, 429, 201]);
    expect(fault.fired).toBe(1);
    expect(cluster.read(`${CONFIG_MAPS}/b`)).toBeUndefined();
    expect(cluster.faults.report()).toMatchObject([{ matched: 3, fired: 1 }]);
  });

  it('carries the reason and Retry-After of a real refusal', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    sandbox.cluster.faults.inject({ effect: { kind: 'respond', status: 429, retryAfter: 3 } });
    const answer = await sandbox.cluster.request('GET', CONFIG_MAPS);
    expect(answer.headers.get('retry-after')).toBe('3');
    expect(answer.body).toMatchObject({ kind: 'Status', reason: 'TooManyRequests', details: { retryAfterSeconds: 3 } });
  });

  it('can spare dry runs, or hit only them, or only one user', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    cluster.faults.inject({
      match: { dryRun: 'never', method: 'POST', user: 'engine' },
      effect: { kind: 'respond', status: 503 },
    });
    const post = (query: string, user: 'admin' | 'engine') =>
      cluster.request('POST', `${CONFIG_MAPS}${query}`, configMap('a'), { user });
    expect((await post('?dryRun=All', 'engine')).status).toBe(201);
    expect((await post('', 'engine')).status).toBe(503);
    expect((await post('', 'admin')).status).toBe(201);
  });

  it('cuts the connection before anything happened', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    onPost(cluster, { kind: 'drop' });
    await expect(cluster.request('POST', CONFIG_MAPS, configMap('a'))).rejects.toThrow();
    expect(cluster.read(`${CONFIG_MAPS}/a`)).toBeUndefined();
  });

  it('cuts the connection after it happened', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    onPost(cluster, { kind: 'doThenDrop' });
    await expect(cluster.request('POST', CONFIG_MAPS, configMap('a'))).rejects.toThrow();
    expect(cluster.read(`${CONFIG_MAPS}/a`)).toBeDefined();
    expect(lastRequest(cluster)).toMatchObject({ status: 201, outcome: 'dropped' });
  });

  it('reports a failure although it happened', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    onPost(cluster, { kind: 'doThenRespond', status: 500 });
    expect(await cluster.request('POST', CONFIG_MAPS, configMap('a'))).toMatchObject({ status: 500 });
    expect(cluster.read(`${CONFIG_MAPS}/a`)).toBeDefined();
  });

  it('takes the request and never answers, without or with its effect', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    for (const kind of ['blackHole', 'doThenBlackHole'] as const) {
      const fault = onPost(cluster, { kind });
      const options = { signal: patience(fault, BLACK_HOLE_MS) };
      await expect(cluster.request('POST', CONFIG_MAPS, configMap(kind.toLowerCase()), options)).rejects.toThrow();
      cluster.faults.clear();
    }
    expect(cluster.read(`${CONFIG_MAPS}/blackhole`)).toBeUndefined();
    expect(cluster.read(`${CONFIG_MAPS}/dothenblackhole`)).toBeDefined();
  });

  it('delays in the network past the deadline of the request, which then still happens', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    cluster.faults.inject({ effect: { kind: 'delay', ms: 40 } });
    expect(await cluster.request('POST', `${CONFIG_MAPS}?timeout=10ms`, configMap('late'))).toMatchObject({
      status: 201,
    });
  });

  it('delays in the server until the deadline of the request, which then does not happen', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    cluster.faults.inject({ match: { method: 'POST' }, effect: { kind: 'delay', ms: 60_000, where: 'server' } });
    const answer = await cluster.request('POST', `${CONFIG_MAPS}?timeout=10ms`, configMap('late'));
    expect(answer).toMatchObject({ status: 504, body: { reason: 'Timeout' } });
    expect(cluster.read(`${CONFIG_MAPS}/late`)).toBeUndefined();
  });

  it('lets a client that gave up see its request happen later', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    const fault = onPost(cluster, { kind: 'delay', ms: 50 });
    const options = { signal: patience(fault, 10) };
    await expect(cluster.request('POST', CONFIG_MAPS, configMap('late'), options)).rejects.toThrow();
    await until('it happens', () => cluster.read(`${CONFIG_MAPS}/late`) !== undefined);
  });

  it('runs a function of the test between two requests', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    await cluster.request('POST', CONFIG_MAPS, configMap('a'));
    const foreign = async () =>
      void (await cluster.request('PUT', `${CONFIG_MAPS}/a`, configMap('a', { by: 'another' })));
    const { resourceVersion } = metaOf(cluster.read(`${CONFIG_MAPS}/a`));
    const fault = cluster.faults.inject({
      match: { method: 'PUT', user: 'engine' },
      effect: { kind: 'call', when: 'before', run: foreign },
    });
    const mine = configMap('a', { by: 'me' }, { resourceVersion });
    expect(await cluster.request('PUT', `${CONFIG_MAPS}/a`, mine, { user: 'engine' })).toMatchObject({ status: 409 });
    await fault.whenFired();
  });

  it('refuses connections and takes them again on the same port', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    await cluster.refuse();
    await expect(cluster.request('GET', '/api')).rejects.toThrow();
    await cluster.restore();
    expect(await cluster.request('GET', '/api')).toMatchObject({ status: 200 });
    cluster.faults.inject({ effect: { kind: 'refuse', ms: 30 }, count: 1 });
    await expect(cluster.request('GET', '/api')).rejects.toThrow();
    let status = 0;
    await until('it listens again', () => {
      cluster.request('GET', '/api').then(
        (answer) => {
          status = answer.status;
        },
        () => undefined,
      );
      return status === 200;
    });
  });
});

describe('the audit', () => {
  it('has every request in order of arrival, and none of the test helpers', async () => {
    await using sandbox = await oneCluster({ workloads: 'off' });
    const { cluster } = sandbox;
    await cluster.request('POST', `${CONFIG_MAPS}?dryRun=All&fieldManager=belay:1`, configMap('a'), {
      user: 'engine',
      userAgent: 'belay/1',
    });
    cluster.read(`${CONFIG_MAPS}/a`);
    await cluster.request('GET', '/apis/apps/v1/namespaces/x/deployments/d/scale', undefined, { user: 'deployer' });
    expect(cluster.audit()).toMatchObject([
      {
        seq: 1,
        cluster: 'eu',
        user: 'engine',
        userAgent: 'belay/1',
        verb: 'create',
        method: 'POST',
        resource: 'configmaps',
        namespace: 'default',
        name: 'a',
        dryRun: true,
        fieldManager: 'belay:1',
        status: 201,
        outcome: 'answered',
      },
      {
        seq: 2,
        user: 'deployer',
        verb: 'get',
        group: 'apps',
        resource: 'deployments',
        subresource: 'scale',
        namespace: 'x',
        name: 'd',
        dryRun: false,
        status: 404,
      },
    ]);
  });
});
