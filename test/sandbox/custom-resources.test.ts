import { beforeAll, describe, expect, it } from 'vitest';
import { type SandboxCluster, textAt } from '../../src/sandbox/index.ts';
import { conditionReason, metaOf, oneCluster, until } from './support.ts';

let cluster: SandboxCluster;

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';
const preserved = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const schema = {
  type: 'object',
  properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } }, status: preserved },
};

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {} } },
    ],
  },
};

const widget = (name: string, spec: Record<string, number>) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
});

beforeAll(async () => {
  const started = await oneCluster({ workloads: 'off' });
  cluster = started.cluster;
  await cluster.request('POST', DEFINITIONS, definition);
  await until(
    'it is established',
    () => conditionReason(cluster.read(`${DEFINITIONS}/widgets.example.com`), 'Established') !== undefined,
  );
  return () => started[Symbol.asyncDispose]();
});

describe('a CustomResourceDefinition', () => {
  it('makes its kind served, also in discovery', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { text } = await cluster.request('GET', '/apis', undefined, { accept });
    expect(text).toContain('"resource":"widgets"');
    expect(await cluster.request('POST', WIDGETS, widget('made', { size: 1 }))).toMatchObject({ status: 201 });
  });

  it('makes the server drop what its schema does not name, or refuse it if validation is strict', async () => {
    const { body } = await cluster.request('POST', WIDGETS, widget('pruned', { size: 1, junk: 2 }));
    expect(body.spec).toEqual({ size: 1 });
    const strict = await cluster.request(
      'POST',
      `${WIDGETS}?fieldValidation=Strict`,
      widget('strict', { size: 1, junk: 2 }),
    );
    expect(strict).toMatchObject({ status: 400, body: { reason: 'BadRequest' } });
    expect(strict.text).toContain('unknown field \\"spec.junk\\"');
  });

  it('makes a strict patch with what it does not name 422', async () => {
    await cluster.request('POST', WIDGETS, widget('patched', { size: 1 }));
    const patch = { spec: { junk: 2 } };
    expect(await cluster.request('PATCH', `${WIDGETS}/patched?fieldValidation=Strict`, patch)).toMatchObject({
      status: 422,
      body: { reason: 'Invalid', details: { causes: [{ field: 'patch' }] } },
    });
    expect(await cluster.request('PATCH', `${WIDGETS}/patched`, patch)).toMatchObject({ status: 200 });
  });

  it('may not change its group, which its name does not follow', async () => {
    const patch = { spec: { group: 'other.example.com' } };
    const { body } = await cluster.request('PATCH', `${DEFINITIONS}/widgets.example.com`, patch);
    expect(body.details).toMatchObject({ causes: [{ field: 'spec.group' }] });
    const misnamed = { ...definition, metadata: { name: 'gadgets.example.com' } };
    expect(await cluster.request('POST', DEFINITIONS, misnamed)).toMatchObject({ status: 422 });
  });

  it('may not change its scope, nor drop a stored version', async () => {
    const path = `${DEFINITIONS}/widgets.example.com`;
    expect(await cluster.request('PATCH', path, { spec: { scope: 'Cluster' } })).toMatchObject({ status: 422 });
    const renamed = [{ op: 'replace', path: '/spec/versions/0/name', value: 'v2' }];
    const answer = await cluster.request('PATCH', path, renamed);
    expect(answer).toMatchObject({
      status: 422,
      body: { details: { causes: [{ field: 'status.storedVersions[0]' }] } },
    });
  });

  it('takes its objects with it and is then no longer served', async () => {
    await cluster.request('DELETE', `${DEFINITIONS}/widgets.example.com`);
    await until('it is gone', () => cluster.read(`${DEFINITIONS}/widgets.example.com`) === undefined);
    expect(cluster.list(WIDGETS)).toEqual([]);
    expect(await cluster.request('GET', WIDGETS)).toMatchObject({ status: 404 });
    await cluster.request('POST', DEFINITIONS, definition);
    await until(
      'it is back',
      () => conditionReason(cluster.read(`${DEFINITIONS}/widgets.example.com`), 'Established') !== undefined,
    );
  });
});

describe('a custom resource', () => {
  it('is refused a PUT without resourceVersion', async () => {
    await cluster.request('POST', WIDGETS, widget('fenced', { size: 1 }));
    const answer = await cluster.request('PUT', `${WIDGETS}/fenced`, widget('fenced', { size: 2 }));
    expect(answer).toMatchObject({
      status: 422,
      body: { details: { causes: [{ field: 'metadata.resourceVersion' }] } },
    });
  });

  it('without a status subresource counts a change of its status as one of its content', async () => {
    const plain = structuredClone({ ...definition, metadata: { name: 'gadgets.example.com' } });
    plain.spec.names = { plural: 'gadgets', kind: 'Gadget' };
    plain.spec.versions = plain.spec.versions.map((version) => ({ ...version, subresources: {} as never }));
    await cluster.request('POST', DEFINITIONS, plain);
    const path = '/apis/example.com/v1/namespaces/default/gadgets';
    const gadget = { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'g' }, status: { phase: 'Good' } };
    await until('gadgets are served', () => {
      const live = cluster.read(`${DEFINITIONS}/gadgets.example.com`);
      return conditionReason(live, 'Established') !== undefined;
    });
    expect(await cluster.request('POST', path, gadget)).toMatchObject({ status: 201 });
    const { body } = await cluster.request('PATCH', `${path}/g`, { status: { phase: 'Bad' } });
    expect(body).toMatchObject({ status: { phase: 'Bad' }, metadata: { generation: 2 } });
  });

  it('with a status subresource keeps spec and status apart', async () => {
    await cluster.request('POST', WIDGETS, { ...widget('split', { size: 1 }), status: { phase: 'ignored' } });
    expect(cluster.read(`${WIDGETS}/split`)).not.toHaveProperty('status');
    await cluster.request('PATCH', `${WIDGETS}/split/status`, { spec: { size: 9 }, status: { phase: 'Ready' } });
    const stored = cluster.read(`${WIDGETS}/split`);
    expect(stored).toMatchObject({ spec: { size: 1 }, status: { phase: 'Ready' } });
    expect(metaOf(stored).generation).toBe(1);
    await cluster.request('PATCH', `${WIDGETS}/split`, { status: { phase: 'ignored' } });
    expect(textAt(cluster.read(`${WIDGETS}/split`), 'status', 'phase')).toBe('Ready');
  });
});
