import { describe, expect, it } from 'vitest';
import { aggregated, group, version } from './support/discovery-fixture.ts';
import { CONFIG_MAP, failureOf, startRig } from './support/rig.ts';
import { failure, json } from './support/scripted-server.ts';

const WIDGETS = {
  resource: 'widgets',
  responseKind: { kind: 'Widget' },
  scope: 'Namespaced',
  verbs: ['get'],
};

describe('discovery', () => {
  it('takes two requests, and each kind once at its preferred version', async () => {
    const { server, cluster } = await startRig();
    const types = await cluster.discover();
    expect(types.map((type) => `${type.apiVersion} ${type.kind} ${type.scope}`)).toEqual([
      'v1 ConfigMap namespaced',
      'v1 Secret namespaced',
      'v1 Pod namespaced',
      'v1 Namespace cluster',
      'apps/v1 Deployment namespaced',
      'autoscaling/v2 HorizontalPodAutoscaler namespaced',
      'rbac.authorization.k8s.io/v1 ClusterRole cluster',
    ]);
    expect(types.find((type) => type.kind === 'Deployment')?.subresources).toEqual(['scale', 'status']);
    expect(server.seen).toHaveLength(2);
    expect(server.seen[0]?.headers.accept).toContain('as=APIGroupDiscoveryList');
  });

  it('is kept for 30 seconds, and read anew on request', async () => {
    let time = 0;
    const { server, cluster } = await startRig({ now: () => time });
    await cluster.discover();
    time = 29_999;
    await cluster.discover();
    expect(server.seen).toHaveLength(2);
    await cluster.discover('refresh');
    expect(server.seen).toHaveLength(4);
    time += 30_001;
    await cluster.discover();
    expect(server.seen).toHaveLength(6);
  });

  it('is read once for callers that ask at the same time', async () => {
    const { server, cluster } = await startRig();
    await Promise.all([cluster.discover(), cluster.discover(), cluster.discover('refresh')]);
    expect(server.seen).toHaveLength(2);
  });

  it('is read anew when a kind is missing', async () => {
    const { server, cluster } = await startRig();
    await cluster.discover();
    server.on('GET', '/apis', json(200, aggregated(group('x.io', version('v1', [WIDGETS])))));
    server.on('GET', '/apis/x.io/v1/namespaces/shop/widgets/web', json(200, { kind: 'Widget' }));
    expect(await cluster.get({ ...CONFIG_MAP, apiVersion: 'x.io/v1', kind: 'Widget' })).toEqual({ kind: 'Widget' });
  });

  it('does not keep a failure', async () => {
    const { server, cluster } = await startRig();
    server.on('GET', '/api', failure(403, 'Forbidden'));
    expect(await failureOf(cluster.discover())).toMatchObject({ kind: 'denied' });
    server.on('GET', '/api', json(200, aggregated()));
    expect(await cluster.discover()).toHaveLength(3);
  });

  it('says unavailable, not "not served", for kinds of a server that is away', async () => {
    const { cluster } = await startRig();
    const error = await failureOf(cluster.get({ apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics', name: 'a' }));
    expect(error.kind).toBe('unavailable');
  });
});

describe('discovery on a server without the aggregated form', () => {
  const resources = [
    { name: 'configmaps', kind: 'ConfigMap', namespaced: true, verbs: ['get', 'list'] },
    { name: 'namespaces', kind: 'Namespace', namespaced: false, verbs: ['get'] },
    { name: 'namespaces/status', kind: 'Namespace', namespaced: false, verbs: ['get'] },
  ];
  const versions = [{ groupVersion: 'x.io/v1beta1' }, { groupVersion: 'x.io/v1' }];
  const widgets = { resources: [{ name: 'widgets', kind: 'Widget', namespaced: true, verbs: ['get'] }] };

  async function startClassic() {
    const rig = await startRig();
    rig.server.on('GET', '/api', json(200, { kind: 'APIVersions', versions: ['v1'] }));
    rig.server.on('GET', '/api/v1', json(200, { kind: 'APIResourceList', resources }));
    const groups = [{ name: 'x.io', versions, preferredVersion: { groupVersion: 'x.io/v1' } }];
    rig.server.on('GET', '/apis', json(200, { kind: 'APIGroupList', groups }));
    rig.server.on('GET', '/apis/x.io/v1', json(200, widgets));
    rig.server.on('GET', '/apis/x.io/v1beta1', json(200, widgets));
    return rig;
  }

  it('reads one document per group and version', async () => {
    const { cluster } = await startClassic();
    expect(await cluster.discover()).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        resource: 'configmaps',
        scope: 'namespaced',
        verbs: ['get', 'list'],
        subresources: [],
      },
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        resource: 'namespaces',
        scope: 'cluster',
        verbs: ['get'],
        subresources: ['status'],
      },
      {
        apiVersion: 'x.io/v1',
        kind: 'Widget',
        resource: 'widgets',
        scope: 'namespaced',
        verbs: ['get'],
        subresources: [],
      },
    ]);
  });

  it('keeps the other groups when one does not answer', async () => {
    const { server, cluster } = await startClassic();
    server.on('GET', '/apis/x.io/v1', failure(503, 'ServiceUnavailable'));
    server.on('GET', '/apis/x.io/v1beta1', failure(503, 'ServiceUnavailable'));
    expect((await cluster.discover()).map((type) => type.kind)).toEqual(['ConfigMap', 'Namespace']);
    const error = await failureOf(cluster.get({ ...CONFIG_MAP, apiVersion: 'x.io/v1', kind: 'Widget' }));
    expect(error.kind).toBe('unavailable');
  });
});
