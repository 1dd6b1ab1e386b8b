import { beforeAll, describe, expect, it } from 'vitest';
import { objectAt, type SandboxCluster } from '../../src/sandbox/index.ts';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, LEASES, metaOf, oneCluster, SERVICES } from './support.ts';

let cluster: SandboxCluster;

beforeAll(async () => {
  const started = await oneCluster({ workloads: 'off' });
  cluster = started.cluster;
  return () => started[Symbol.asyncDispose]();
});

const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const clusterRole = (metadata: Record<string, string>) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata,
  rules: [],
});

describe('creating', () => {
  it('is refused with 500 when the body has a resourceVersion, but a dry run is not', async () => {
    const body = configMap('a', {}, { resourceVersion: '5' });
    const real = await cluster.request('POST', CONFIG_MAPS, body);
    expect(real).toMatchObject({
      status: 500,
      body: { message: 'resourceVersion should not be set on objects to be created' },
    });
    expect(real.body).not.toHaveProperty('reason');
    expect(await cluster.request('POST', `${CONFIG_MAPS}?dryRun=All`, body)).toMatchObject({ status: 201 });
  });

  it('ignores the uid and the managedFields of the body', async () => {
    const managedFields = [
      { manager: 'x', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': {} } },
    ];
    const { body } = await cluster.request(
      'POST',
      CONFIG_MAPS,
      configMap('ignored', { a: '1' }, { uid: 'mine', managedFields }),
    );
    expect(metaOf(body).uid).not.toBe('mine');
    expect(JSON.stringify(metaOf(body).managedFields)).not.toContain('Apply');
  });

  it('of a taken name is 409 AlreadyExists, in a dry run too', async () => {
    await cluster.request('POST', CONFIG_MAPS, configMap('taken'));
    for (const query of ['', '?dryRun=All']) {
      const again = await cluster.request('POST', `${CONFIG_MAPS}${query}`, configMap('taken'));
      expect(again).toMatchObject({ status: 409, body: { reason: 'AlreadyExists' } });
    }
  });

  it('in a missing namespace is 404 about the namespace', async () => {
    const answer = await cluster.request('POST', '/api/v1/namespaces/nope/configmaps', configMap('a'));
    expect(answer).toMatchObject({ status: 404, body: { reason: 'NotFound', message: 'namespaces "nope" not found' } });
  });

  it('in a dry run stores nothing and takes no version', async () => {
    const before = (await cluster.request('GET', CONFIG_MAPS)).body;
    await cluster.request('POST', `${CONFIG_MAPS}?dryRun=All`, configMap('ghost'));
    const after = (await cluster.request('GET', CONFIG_MAPS)).body;
    expect(metaOf(after).resourceVersion).toBe(metaOf(before).resourceVersion);
    expect(cluster.read(`${CONFIG_MAPS}/ghost`)).toBeUndefined();
  });
});

describe('replacing', () => {
  it('with a stale resourceVersion is 409 Conflict', async () => {
    const { body } = await cluster.request('POST', CONFIG_MAPS, configMap('stale'));
    await cluster.request('PUT', `${CONFIG_MAPS}/stale`, configMap('stale', { a: '2' }));
    const late = configMap('stale', { a: '3' }, { resourceVersion: metaOf(body).resourceVersion });
    const answer = await cluster.request('PUT', `${CONFIG_MAPS}/stale`, late);
    expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    expect(answer.text).toContain('the object has been modified');
  });

  it('with another uid is 409 Conflict', async () => {
    await cluster.request('POST', CONFIG_MAPS, configMap('uid'));
    const answer = await cluster.request('PUT', `${CONFIG_MAPS}/uid`, configMap('uid', {}, { uid: 'other' }));
    expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
  });

  it('by the same content moves neither resourceVersion nor generation', async () => {
    const made = (await cluster.request('POST', DEPLOYMENTS, deployment('same', 'x:v1'))).body;
    const again = (await cluster.request('PUT', `${DEPLOYMENTS}/same`, deployment('same', 'x:v1'))).body;
    expect(metaOf(again)).toEqual(metaOf(made));
  });

  it('moves the generation with the spec, and on Deployments with annotations, but not with labels', async () => {
    await cluster.request('POST', DEPLOYMENTS, deployment('counted', 'x:v1'));
    const patch = async (body: object) =>
      metaOf(
        (
          await cluster.request('PATCH', `${DEPLOYMENTS}/counted`, JSON.stringify(body), {
            contentType: 'application/merge-patch+json',
          })
        ).body,
      ).generation;
    expect(await patch({ metadata: { labels: { b: 'c' } } })).toBe(1);
    expect(await patch({ spec: { replicas: 5 } })).toBe(2);
    expect(await patch({ metadata: { annotations: { b: 'c' } } })).toBe(3);
  });

  it('in a dry run answers exactly what the real one then stores', async () => {
    await cluster.request('POST', DEPLOYMENTS, deployment('proof', 'x:v1'));
    const wanted = deployment('proof', 'x:v2', { replicas: 7 });
    const dry = (await cluster.request('PUT', `${DEPLOYMENTS}/proof?dryRun=All`, wanted)).body;
    const real = (await cluster.request('PUT', `${DEPLOYMENTS}/proof`, wanted)).body;
    const comparable = ({ metadata, ...rest }: typeof real) => ({
      ...rest,
      metadata: { ...objectAt(metadata), resourceVersion: '', managedFields: '' },
    });
    expect(comparable(dry)).toEqual(comparable(real));
  });

  it('of an absent object is 404, but RBAC kinds, Leases and Services are created', async () => {
    expect(await cluster.request('PUT', `${CONFIG_MAPS}/absent`, configMap('absent'))).toMatchObject({ status: 404 });
    expect(
      await cluster.request('PUT', `${BINDINGS}/by-put`, clusterRole({ name: 'by-put', resourceVersion: '77' })),
    ).toMatchObject({ status: 201 });
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'by-put' },
      spec: { ports: [{ port: 80 }] },
    };
    expect(await cluster.request('PUT', `${SERVICES}/by-put`, service)).toMatchObject({ status: 201 });
  });

  it('of an absent object with a uid is 409 even where it could be created', async () => {
    const answer = await cluster.request('PUT', `${BINDINGS}/absent`, clusterRole({ name: 'absent', uid: 'old' }));
    expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
  });

  it('a Lease without a resourceVersion is 422', async () => {
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
      spec: { holderIdentity: 'a' },
    };
    await cluster.request('POST', LEASES, lease);
    const answer = await cluster.request('PUT', `${LEASES}/l`, lease);
    expect(answer).toMatchObject({
      status: 422,
      body: { details: { causes: [{ field: 'metadata.resourceVersion' }] } },
    });
  });

  it('without annotations leaves none, also when a patch removed the last one', async () => {
    await cluster.request('POST', CONFIG_MAPS, configMap('fence'));
    const before = cluster.read(`${CONFIG_MAPS}/fence`);
    await cluster.request('PATCH', `${CONFIG_MAPS}/fence`, [
      { op: 'add', path: '/metadata/annotations', value: { 'belay.dev/fence': 'x' } },
    ]);
    await cluster.request('PATCH', `${CONFIG_MAPS}/fence`, [
      { op: 'remove', path: '/metadata/annotations/belay.dev~1fence' },
    ]);
    const after = cluster.read(`${CONFIG_MAPS}/fence`);
    const moved = Number(metaOf(after).resourceVersion) - Number(metaOf(before).resourceVersion);
    expect(moved).toBe(2);
    expect({ ...metaOf(after), resourceVersion: '' }).toEqual({ ...metaOf(before), resourceVersion: '' });
  });
});

describe('patching', () => {
  it('with a failed JSON patch test is 422, not 409', async () => {
    await cluster.request('POST', CONFIG_MAPS, configMap('tested'));
    const answer = await cluster.request('PATCH', `${CONFIG_MAPS}/tested`, [
      { op: 'test', path: '/metadata/resourceVersion', value: '1' },
    ]);
    expect(answer).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
  });

  it('in a form the sandbox lacks is 415', async () => {
    for (const contentType of ['application/apply-patch+yaml', 'application/strategic-merge-patch+json']) {
      expect(await cluster.request('PATCH', `${CONFIG_MAPS}/tested`, '{}', { contentType })).toMatchObject({
        status: 415,
      });
    }
  });

  it('with a stale resourceVersion in a merge patch is 409', async () => {
    const answer = await cluster.request('PATCH', `${CONFIG_MAPS}/tested`, {
      metadata: { resourceVersion: '1' },
      data: { b: '2' },
    });
    expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
  });
});

describe('deleting', () => {
  it('with another uid or a stale resourceVersion is 409, and the object stays', async () => {
    const { body } = await cluster.request('POST', CONFIG_MAPS, configMap('kept'));
    for (const preconditions of [{ uid: 'x' }, { resourceVersion: '1' }]) {
      expect(await cluster.request('DELETE', `${CONFIG_MAPS}/kept`, { preconditions })).toMatchObject({
        status: 409,
        body: { reason: 'Conflict' },
      });
    }
    const exact = { uid: String(metaOf(body).uid), resourceVersion: String(metaOf(body).resourceVersion) };
    expect(await cluster.request('DELETE', `${CONFIG_MAPS}/kept?dryRun=All`, { preconditions: exact })).toMatchObject({
      status: 200,
    });
    expect(cluster.read(`${CONFIG_MAPS}/kept`)).toBeDefined();
    expect(await cluster.request('DELETE', `${CONFIG_MAPS}/kept`, { preconditions: exact })).toMatchObject({
      status: 200,
      body: { kind: 'Status', status: 'Success' },
    });
    expect(cluster.read(`${CONFIG_MAPS}/kept`)).toBeUndefined();
  });
});

describe('numbers', () => {
  it('come back as they were written', async () => {
    const text =
      '{"apiVersion":"v1","kind":"Event","metadata":{"name":"n"},"involvedObject":{},"big":9007199254740993,"one":1.0,"count":3}';
    await cluster.request('POST', '/api/v1/namespaces/default/events', text);
    const stored = await cluster.request('GET', '/api/v1/namespaces/default/events/n');
    expect(stored.text).toContain('"big":9007199254740993');
    expect(stored.text).toContain('"one":1.0');
    expect(stored.body.count).toBe(3);
  });
});
