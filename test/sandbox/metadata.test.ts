import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, SandboxCluster } from '../../src/sandbox/index.ts';
import { CONFIG_MAPS, configMap, DAEMON_SETS, JOBS, metaOf, oneCluster, template } from './support.ts';

let cluster: SandboxCluster;
beforeAll(async () => {
  const started = await oneCluster({ workloads: 'off' });
  cluster = started.cluster;
  return () => started[Symbol.asyncDispose]();
});

const EPOCH = '2001-01-01T00:00:00Z';
const TEMPLATES = 'deprecated.daemonset.template.generation';

function job(name: string, labels: JsonObject, spec: JsonObject = {}): JsonObject {
  const pod = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'x:v1' }] };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: { metadata: { labels }, spec: pod }, ...spec },
  };
}

function daemonSet(name: string, annotations: JsonObject): JsonObject {
  const spec = { selector: { matchLabels: { app: name } }, template: template(name, 'x:v1') };
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name, annotations }, spec };
}

const fieldsOf = (causes: readonly string[]) => ({
  status: 422,
  body: { details: { causes: causes.map((field) => ({ field })) } },
});

describe('a generation', () => {
  it('is kept from a POST where the kind does not count its own, and ignored in a PUT', async () => {
    const posted = await cluster.request('POST', CONFIG_MAPS, configMap('counted', {}, { generation: 7 }));
    expect(metaOf(posted.body).generation).toBe(7);
    const put = await cluster.request('PUT', `${CONFIG_MAPS}/counted`, configMap('counted', {}, { generation: 9 }));
    expect(metaOf(put.body)).toMatchObject({ generation: 7, resourceVersion: metaOf(posted.body).resourceVersion });
  });
});

describe('a PUT', () => {
  it('drops selfLink', async () => {
    await cluster.request('POST', CONFIG_MAPS, configMap('linked'));
    const { body } = await cluster.request('PUT', `${CONFIG_MAPS}/linked`, configMap('linked', {}, { selfLink: '/x' }));
    expect(metaOf(body).selfLink).toBeUndefined();
  });

  it('may not mark an object as deleted, nor change the mark', async () => {
    const path = `${CONFIG_MAPS}/marked`;
    const marked = configMap('marked', {}, { deletionTimestamp: EPOCH, finalizers: ['a.b/c'] });
    await cluster.request('POST', CONFIG_MAPS, configMap('marked', {}, { finalizers: ['a.b/c'] }));
    expect(await cluster.request('PUT', path, marked)).toMatchObject(fieldsOf(['metadata.deletionTimestamp']));
    await cluster.request('DELETE', path);
    expect(await cluster.request('PUT', path, marked)).toMatchObject(fieldsOf(['metadata.deletionTimestamp']));
    const mark = metaOf(cluster.read(path)).deletionTimestamp;
    const { body } = await cluster.request('PUT', path, configMap('marked', {}, { finalizers: ['a.b/c'] }));
    expect(metaOf(body).deletionTimestamp).toBe(mark);
  });
});

describe('a new DaemonSet', () => {
  it.each([
    ['9', '9'],
    ['0', '1'],
  ])('whose template generation is %s starts at %s', async (given, start) => {
    const { body } = await cluster.request('POST', DAEMON_SETS, daemonSet(`from-${given}`, { [TEMPLATES]: given }));
    expect(metaOf(body).annotations).toEqual({ [TEMPLATES]: start });
  });
});

describe('a new Job', () => {
  const uid = '11111111-2222-3333-4444-555555555555';

  it('with a selector that was not generated for it is refused', async () => {
    const selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
    const answer = await cluster.request('POST', JOBS, job('chosen', {}, { selector }));
    expect(answer).toMatchObject(fieldsOf(['spec.selector', 'spec.template.metadata.labels']));
  });

  it("with another Job's labels in its template is refused", async () => {
    const labels = { 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': 'other' };
    expect(await cluster.request('POST', JOBS, job('labelled', labels))).toMatchObject(
      fieldsOf([
        'spec.template.metadata.labels[batch.kubernetes.io/controller-uid]',
        'spec.template.metadata.labels[batch.kubernetes.io/job-name]',
        'spec.template.metadata.labels',
      ]),
    );
  });

  it('may choose its own selector if it says so', async () => {
    const spec = { manualSelector: true, selector: { matchLabels: { app: 'manual' } } };
    const { status, body } = await cluster.request('POST', JOBS, job('manual', { app: 'manual' }, spec));
    expect(status).toBe(201);
    expect(body.spec).toMatchObject({ selector: { matchLabels: { app: 'manual' } } });
    expect(metaOf(body).labels).toBeUndefined();
  });
});

describe('an option that is no option', () => {
  it('as propagation policy is 422 and names the field', async () => {
    await cluster.request('POST', CONFIG_MAPS, configMap('stays'));
    const answer = await cluster.request('DELETE', `${CONFIG_MAPS}/stays?propagationPolicy=Sideways`);
    expect(answer).toMatchObject(fieldsOf(['propagationPolicy']));
    expect(cluster.read(`${CONFIG_MAPS}/stays`)).toBeDefined();
  });

  it.each(['5', 'soon', '1x'])('as timeout (%s) is 400', async (timeout) => {
    expect(await cluster.request('GET', `${CONFIG_MAPS}?timeout=${timeout}`)).toMatchObject({
      status: 400,
      body: { reason: 'BadRequest' },
    });
  });

  it.each(['5s', '1m30s', '0', '250ms', '0.5h'])('is not %s', async (timeout) => {
    expect(await cluster.request('GET', `${CONFIG_MAPS}?timeout=${timeout}`)).toMatchObject({ status: 200 });
  });
});
