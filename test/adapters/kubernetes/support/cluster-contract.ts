import { expect, it } from 'vitest';
import type { Cluster } from '../../../../src/ports/cluster.ts';
import type { KubeObject } from '../../../../src/schema/json.ts';
import type { ObjectRef } from '../../../../src/schema/object-ref.ts';
import { failureOf, PROVE, WRITE } from './rig.ts';

export interface ContractSubject {
  readonly cluster: Cluster;
  /** Exists, and is empty at the start of each test. */
  readonly namespace: string;
}

/**
 * What holds for the adapter and any API server behind it. The sandbox does not validate the fields of built-in kinds;
 * all else it shares with a real one.
 */
export function clusterContract(server: 'sandbox' | 'real', open: () => Promise<ContractSubject>): void {
  const start = async () => {
    const { cluster, namespace } = await open();
    return { cluster, ...sampleObjects(namespace) };
  };

  it('a created object is read back as it was stored, with the server’s uid and not the one sent', async () => {
    const { cluster, object, ref } = await start();
    const stored = await cluster.create(object({ uid: 'mine', resourceVersion: '3' }), WRITE);
    expect(await cluster.get(ref)).toEqual(stored);
    expect(stored.metadata.uid).not.toBe('mine');
  });

  it('creating a name that is taken is a conflict', async () => {
    const { cluster, object } = await start();
    await cluster.create(object(), WRITE);
    const error = await failureOf(cluster.create(object(), WRITE));
    expect(error).toMatchObject({ kind: 'conflict', details: { reason: 'AlreadyExists' } });
  });

  it('a dry run answers what a replace stores then, and stores nothing itself', async () => {
    const { cluster, object, ref } = await start();
    const before = await cluster.create(object(), WRITE);
    const wanted = { ...before, data: { color: 'red' } };
    const proved = await cluster.replace(wanted, fenceOf(before), PROVE);
    expect(await cluster.get(ref)).toEqual(before);
    const stored = await cluster.replace(wanted, fenceOf(before), WRITE);
    expect(contentOf(stored)).toEqual(contentOf(proved));
  });

  it('a replace removes what the new content lacks', async () => {
    const { cluster, object } = await start();
    const before = await cluster.create({ ...object(), data: { color: 'green', size: 'XL' } }, WRITE);
    const after = await cluster.replace({ ...before, data: { color: 'green' } }, fenceOf(before), WRITE);
    expect(after.data).toEqual({ color: 'green' });
  });

  it('an unchanged replace does not move the resourceVersion', async () => {
    const { cluster, object } = await start();
    const before = await cluster.create(object(), WRITE);
    expect(fenceOf(await cluster.replace(before, fenceOf(before), WRITE))).toEqual(fenceOf(before));
  });

  it('a stale resourceVersion and a wrong uid are conflicts for every kind of write, and change nothing', async () => {
    const { cluster, object, ref } = await start();
    const first = await cluster.create(object(), WRITE);
    const now = await cluster.replace({ ...first, data: { color: 'red' } }, fenceOf(first), WRITE);
    for (const fence of [fenceOf(first), { ...fenceOf(now), uid: '00000000-0000-0000-0000-000000000000' }]) {
      expect(await failureOf(cluster.replace(first, fence, WRITE))).toMatchObject({ kind: 'conflict' });
      expect(await failureOf(cluster.putOwnership(ref, [], fence, WRITE))).toMatchObject({ kind: 'conflict' });
      expect(await failureOf(cluster.remove(ref, fence, WRITE))).toMatchObject({ kind: 'conflict' });
    }
    expect(await cluster.get(ref)).toEqual(now);
  });

  it('a replace does not bring back what was deleted', async () => {
    const { cluster, object, ref } = await start();
    const before = await cluster.create(object(), WRITE);
    await cluster.remove(ref, fenceOf(before), WRITE);
    expect(await failureOf(cluster.replace(before, fenceOf(before), WRITE))).toMatchObject({ kind: 'notFound' });
    expect(await cluster.get(ref)).toBeUndefined();
  });

  it('ownership is put back as it was, without a change of content', async () => {
    const { cluster, object, ref } = await start();
    const theirs = await cluster.create(object(), { ...WRITE, fieldManager: 'team' });
    const ours = await cluster.replace({ ...theirs, data: { color: 'red' } }, fenceOf(theirs), WRITE);
    expect(ours.metadata.managedFields).not.toEqual(theirs.metadata.managedFields);
    const fields = theirs.metadata.managedFields ?? [];
    const after = await cluster.putOwnership(ref, fields, fenceOf(ours), WRITE);
    expect(after.metadata.managedFields).toEqual(theirs.metadata.managedFields);
    expect(after.data).toEqual(ours.data);
  });

  it('a removed object is gone, and removing it again answers nothing', async () => {
    const { cluster, object, ref } = await start();
    const before = await cluster.create(object(), WRITE);
    expect((await cluster.remove(ref, fenceOf(before), WRITE))?.metadata.uid).toBe(before.metadata.uid);
    expect(await cluster.get(ref)).toBeUndefined();
    expect(await cluster.remove(ref, fenceOf(before), WRITE)).toBeUndefined();
  });

  it('a dry-run removal removes nothing', async () => {
    const { cluster, object, ref } = await start();
    const before = await cluster.create(object(), WRITE);
    await cluster.remove(ref, fenceOf(before), PROVE);
    expect(await cluster.get(ref)).toEqual(before);
  });

  if (server === 'real') validationFacts(start);

  it('a list and a census find the same objects, each with its kind', async () => {
    const { cluster, object, ref } = await start();
    const stored = await cluster.create({ ...object({ name: 'other' }) }, WRITE);
    const marked = object();
    await cluster.create({ ...marked, metadata: { ...marked.metadata, labels: { app: 'web' } } }, WRITE);
    const type = (await cluster.discover()).find(({ kind, apiVersion }) => kind === 'ConfigMap' && apiVersion === 'v1');
    if (!type || !ref.namespace) throw new Error('ConfigMaps are not served');
    const all = await cluster.list({ type, namespace: ref.namespace });
    expect(all.objects).toContainEqual(stored);
    const census = await cluster.listMetadata({ type, namespace: ref.namespace });
    expect(census.map((entry) => entry.uid)).toEqual(all.objects.map((one) => one.metadata.uid));
    const selected = await cluster.list({ type, namespace: ref.namespace, selector: 'app=web' });
    expect(selected.objects.map((one) => [one.kind, one.metadata.name])).toEqual([['ConfigMap', 'web']]);
  });

  it('an object in a namespace that does not exist is not there, and cannot be created', async () => {
    const { cluster, object, ref } = await start();
    expect(await cluster.get({ ...ref, namespace: 'nowhere' })).toBeUndefined();
    const error = await failureOf(cluster.create(object({ namespace: 'nowhere' }), WRITE));
    expect(error).toMatchObject({ kind: 'notFound' });
  });

  it('a kind that is not served is told apart from a missing object', async () => {
    const { cluster, ref } = await start();
    const error = await failureOf(cluster.get({ ...ref, apiVersion: 'nowhere.io/v1', kind: 'Widget' }));
    expect(error).toMatchObject({ kind: 'notFound', details: { reason: 'KindNotServed' } });
  });

  it('an admin may update', async () => {
    const { cluster, ref } = await start();
    expect(await cluster.mayI('update', ref)).toBe(true);
  });

  it('the cluster’s identity stays the same and its clock is near ours', async () => {
    const { cluster } = await start();
    const first = await cluster.identity();
    expect((await cluster.identity()).uid).toBe(first.uid);
    expect(Math.abs(Date.parse(first.serverTime) - Date.now())).toBeLessThan(60_000);
  });
}

function validationFacts(start: () => Promise<{ cluster: Cluster } & ReturnType<typeof sampleObjects>>): void {
  it('strict proof names a field that the server does not know', async () => {
    const { cluster, object } = await start();
    const before = await cluster.create(object(), WRITE);
    const error = await failureOf(cluster.replace({ ...before, colour: 'red' }, fenceOf(before), PROVE));
    expect(error).toMatchObject({ kind: 'invalid', details: { fields: ['colour'] } });
  });

  it('a Secret that is not valid is refused without its values', async () => {
    const { cluster, object } = await start();
    const secret = { ...object(), kind: 'Secret', data: { password: 'hunter2-not-base64!' } };
    const error = await failureOf(cluster.create(secret, WRITE));
    expect(error).toMatchObject({ kind: 'invalid' });
    expect(`${error.stack}${JSON.stringify(error.details)}`).not.toContain('hunter2');
  });
}

function sampleObjects(namespace: string) {
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'web' };
  const object = (metadata: Record<string, string> = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web', namespace, ...metadata },
    data: { color: 'green' },
  });
  return { ref, object };
}

function fenceOf({ metadata }: KubeObject) {
  return { uid: String(metadata.uid), resourceVersion: String(metadata.resourceVersion) };
}

function contentOf({ metadata, ...rest }: KubeObject) {
  const { name, namespace, uid, labels = null } = metadata;
  return { ...rest, metadata: { name, namespace, uid, labels } };
}
