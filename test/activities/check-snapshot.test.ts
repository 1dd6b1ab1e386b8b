import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import { createSnapshotActivities } from '../../activities/snapshot.ts';
import { createMemoryObjectStore } from '../../src/adapters/memory-object-store.ts';
import { createSealedSnapshotStore } from '../../src/adapters/sealed-snapshot-store.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import type { SnapshotCheck } from '../../src/schema/activities.ts';
import type { Ref } from '../../src/schema/outcome.ts';
import type { ResolvedRequest } from '../../src/schema/resolved-request.ts';
import { oldRing } from '../adapters/keys.ts';
import { configMap, replaceValue } from '../adapters/sealed-store.ts';
import { partOf } from '../support/plan-builders.ts';

/** More members than one file lists. */
const count = 120;
const { target, serverTime, clusterId, application, environment } = partOf();
const ids = { guardId: 'shop-1', workflowId: 'shop', firstRunId: 'first', runId: 'first', operationId: 'shop' };
const run = { application, environment, storeId: 'memory', ...ids };
const request: ResolvedRequest = {
  ...{ application, environment, revision: null, targets: [target], manifests: [], onFailure: 'rollback' },
  ...{ deadline: 1, bake: 1, unreachableWait: 1, readyTimeout: 1, haltTimeout: 1 },
};

function snapshotsOver(store: ObjectStore) {
  const snapshots = createSealedSnapshotStore(store, oldRing);
  return { snapshots, activities: createSnapshotActivities({ snapshots } as Dependencies) };
}

/** A snapshot of one target, in a store of its own. */
async function sealed(): Promise<{ store: ObjectStore; ref: Ref }> {
  const store = createMemoryObjectStore();
  const { snapshots, activities } = snapshotsOver(store);
  const objects = Array.from({ length: count }, (_, index) => configMap(`settings-${index}`, { id: randomUUID() }));
  const blobs = await snapshots.putObjects(objects);
  const members = blobs.map((blob, index) => ({
    ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: `settings-${index}` },
    uid: randomUUID(),
    resourceVersion: String(index),
    blob,
    terminating: false,
    because: 'selector' as const,
  }));
  const part = await snapshots.putDocument('parts', partOf({ members }));
  const one = { target: target.id, part, clusterId, serverTime, objects: count, versions: '', contents: '' };
  const { snapshot } = await activities.sealSnapshot({ run, request, parts: [one] });
  return { store, ref: snapshot };
}

describe('a snapshot', () => {
  let store: ObjectStore;
  let ref: Ref;

  beforeEach(async () => {
    ({ store, ref } = await sealed());
  });

  /** By a worker that has seen nothing of it. */
  function check(): Promise<SnapshotCheck> {
    const { checkSnapshot } = snapshotsOver(store).activities;
    const input = { run, snapshot: ref, clusterIds: { [target.id]: clusterId } };
    return new MockActivityEnvironment().run(checkSnapshot, input) as Promise<SnapshotCheck>;
  }

  /** What is answered when one file is damaged, for each file in turn: documents, pieces of them, and objects. */
  async function answersAfter(damage: (key: string, bytes: Uint8Array) => Promise<void>): Promise<Set<string>> {
    const answers = new Set<string>();
    const keys = await store.list('');
    expect(keys.length).toBeGreaterThan(count + 5);
    for (const key of keys) {
      const bytes = (await store.get(key)) ?? new Uint8Array();
      await damage(key, bytes);
      answers.add((await check()).kind);
      await replaceValue(store, key, bytes);
    }
    return answers;
  }

  it('of more objects than one file lists is usable', async () => {
    expect(await check()).toMatchObject({ kind: 'usable', snapshot: { snapshot: ref, objects: count } });
  });

  it('of which any file is gone is missing', async () => {
    expect(await answersAfter((key) => store.delete(key))).toEqual(new Set(['missing']));
  });

  it('of which any file is cut short is corrupt', async () => {
    const cut = (key: string, bytes: Uint8Array) => replaceValue(store, key, bytes.slice(0, bytes.length >> 1));
    expect(await answersAfter(cut)).toEqual(new Set(['corrupt']));
  });

  it('of which any file has a bit flipped is corrupt', async () => {
    const flip = (key: string, bytes: Uint8Array) => replaceValue(store, key, bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1));
    expect(await answersAfter(flip)).toEqual(new Set(['corrupt']));
  });

  it('of which any file is replaced by one of another snapshot is corrupt', async () => {
    const other = (await sealed()).store;
    const foreign = async (key: string) => {
      const [name = ''] = await other.list(key.slice(0, key.indexOf('/') + 1));
      await replaceValue(store, key, (await other.get(name)) ?? new Uint8Array());
    };
    expect(await answersAfter(foreign)).toEqual(new Set(['corrupt']));
  });
});
