import { describe, expect, test } from 'vitest';
import { type HealQuestion, podsToHeal, readersOf } from '../../../src/domain/kubernetes/heal.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import { exact } from './objects.ts';

const since = '2026-01-01T10:00:00.400Z';
const before = '2026-01-01T09:00:00Z';
const after = '2026-01-01T10:00:00Z';
const settings = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'settings' };

interface PodParts {
  readonly made?: string;
  readonly ready?: boolean;
  readonly revision?: string;
  readonly restarts?: number;
  readonly state?: object;
  readonly lastState?: object;
  readonly spec?: object;
  readonly dying?: boolean;
  readonly owner?: string;
}

const reading = { containers: [{ name: 'app', envFrom: [{ configMapRef: { name: 'settings' } }] }] };

function pod(name: string, parts: PodParts = {}): KubeObject {
  const { made = after, ready = true, revision = 'failed', restarts = 0, owner = 'w' } = parts;
  return exact({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      creationTimestamp: made,
      labels: { 'controller-revision-hash': revision },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'X', name: 'db', uid: owner, controller: true }],
      ...(parts.dying ? { deletionTimestamp: after } : {}),
    },
    spec: parts.spec ?? reading,
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [
        {
          name: 'app',
          restartCount: restarts,
          state: parts.state ?? { running: { startedAt: made } },
          lastState: parts.lastState ?? {},
        },
      ],
    },
  });
}

function workload(kind: string, spec: object = {}, status: object = {}): KubeObject {
  return exact({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'db', namespace: 'shop', uid: 'w', generation: 3 },
    spec: { replicas: 3, ...spec },
    status: { observedGeneration: 3, updateRevision: 'good', desiredNumberScheduled: 3, ...status },
  });
}

function heal(member: KubeObject, pods: readonly KubeObject[], more: Partial<HealQuestion> = {}) {
  const key = `apps/v1/${member.kind}/shop/db`;
  return podsToHeal({
    members: [member],
    children: pods,
    written: new Set([key]),
    readers: [],
    since,
    baseline: { objects: { [key]: 'current' }, restarts: {}, brokenPods: [] },
    restartPods: 'whenConfigChanged',
    ...more,
  });
}

const ways = ({ pods }: ReturnType<typeof podsToHeal>) => pods.map(({ how, name }) => `${how} ${name}`);
const reader = (name: string, restarts = 0) => ({ uid: `uid-${name}`, restarts, of: ['ConfigMap/settings'] });
const good: PodParts = { revision: 'good', made: before };
const onDelete = { updateStrategy: { type: 'OnDelete' } };

describe('a StatefulSet', () => {
  test('gets its broken pods of the failed revision deleted, highest number first', () => {
    const pods = [pod('db-0', good), pod('db-2', { ready: false }), pod('db-10', { ready: false })];
    const healing = heal(workload('StatefulSet'), pods);
    expect(ways(healing)).toEqual(['delete db-10', 'delete db-2']);
    expect(healing.evidence).toMatchObject([{ object: 'StatefulSet/db', reason: 'StalePods' }]);
  });

  test.each<[string, PodParts, object, Partial<HealQuestion>]>([
    ['is ready: its controller replaces it', {}, {}, {}],
    ['has the restored revision', { revision: 'good', ready: false }, {}, {}],
    ['was broken before the deploy', { made: before, ready: false }, {}, {}],
    ['is going already', { ready: false, dying: true }, {}, {}],
    ['belongs to somebody else', { ready: false, owner: 'other' }, {}, {}],
    ['is below the partition', { ready: false }, { updateStrategy: { rollingUpdate: { partition: 3 } } }, {}],
    ['is of a set that the plan does not write', { ready: false }, {}, { written: new Set() }],
  ])('keeps a pod that %s', (_which, parts, spec, more) => {
    expect(heal(workload('StatefulSet', spec), [pod('db-2', parts)], more)).toEqual({
      pods: [],
      evidence: [],
      stale: [],
    });
  });

  test('is not judged before its controller has seen the restored template', () => {
    const unseen = workload('StatefulSet', {}, { observedGeneration: 2 });
    expect(ways(heal(unseen, [pod('db-2', { ready: false })]))).toEqual([]);
  });
});

describe('OnDelete', () => {
  test('lets go what serves nobody at once, then what serves one by one', () => {
    const mixed = [pod('db-0', {}), pod('db-1', { ready: false }), pod('db-2', {})];
    expect(ways(heal(workload('StatefulSet', onDelete), mixed))).toEqual(['delete db-1']);
    const ready = [pod('db-0', {}), pod('db-1', { revision: 'good' }), pod('db-2', {})];
    expect(ways(heal(workload('StatefulSet', onDelete), ready))).toEqual(['evict db-2']);
    expect(ways(heal(workload('DaemonSet', { ...onDelete, replicas: undefined }), ready))).toHaveLength(1);
  });

  test('pods of an older revision from before the deploy stay', () => {
    expect(ways(heal(workload('StatefulSet', onDelete), [pod('db-0', { made: before })]))).toEqual([]);
  });
});

describe('configuration that was put back', () => {
  const stand = [pod('db-0', good), pod('db-1', good), pod('db-2', good)];

  test('one reader goes at a time, and only while all that are wanted are ready', () => {
    const readers = [reader('db-1'), reader('db-2')];
    expect(ways(heal(workload('ReplicaSet'), stand, { readers }))).toEqual(['evict db-1']);
    const waiting = heal(workload('ReplicaSet'), stand.slice(1), { readers });
    expect(ways(waiting)).toEqual([]);
    expect(waiting.evidence[0]?.message).toBe('db-1, db-2 runs with the failed content of ConfigMap/settings');
  });

  test('readers that are not ready go at once, and first', () => {
    const pods = [pod('db-0', { ...good, ready: false }), pod('db-1', { ...good, ready: false }), pod('db-2', good)];
    const readers = ['db-0', 'db-1', 'db-2'].map((name) => reader(name));
    expect(ways(heal(workload('ReplicaSet'), pods, { readers }))).toEqual(['evict db-0', 'evict db-1']);
  });

  test('a workload that did not stand before the deploy is not waited for', () => {
    const baseline = {
      objects: { 'apps/v1/ReplicaSet/shop/db': 'progressing' as const },
      restarts: {},
      brokenPods: [],
    };
    const healing = heal(workload('ReplicaSet'), stand.slice(1), { readers: [reader('db-1')], baseline });
    expect(ways(healing)).toEqual(['evict db-1']);
  });

  test('a pod that has restarted since has read the restored content', () => {
    const pods = [pod('db-0', { ...good, restarts: 2 }), ...stand.slice(1)];
    expect(heal(workload('ReplicaSet'), pods, { readers: [reader('db-0', 1)] }).evidence).toEqual([]);
    expect(ways(heal(workload('ReplicaSet'), pods, { readers: [reader('db-0', 2)] }))).toEqual(['evict db-0']);
  });

  test('by policy readers are left and named, and hold nobody up', () => {
    const healing = heal(workload('ReplicaSet'), stand, { readers: [reader('db-0')], restartPods: 'never' });
    expect(healing).toEqual({
      pods: [],
      evidence: [],
      stale: [{ object: 'ReplicaSet/db', reason: 'db-0 runs with the failed content of ConfigMap/settings' }],
    });
  });

  test.each(['Pod', 'Job'])('a %s is never restarted', (kind) => {
    const member = { ...workload(kind), apiVersion: kind === 'Pod' ? 'v1' : 'batch/v1' };
    expect(ways(heal(member, stand, { readers: [reader('db-0')] }))).toEqual([]);
  });
});

describe('a reader of configuration', () => {
  const names = (one: KubeObject) => readersOf([one], [settings], since).map(({ of }) => of.join());
  const crash = (startedAt: string) => ({ terminated: { exitCode: 1, startedAt } });

  test.each<[string, object]>([
    ['envFrom', reading],
    ['an env variable', { containers: [{ env: [{ valueFrom: { configMapKeyRef: { name: 'settings' } } }] }] }],
    ['a volume', { containers: [{}], volumes: [{ configMap: { name: 'settings' } }] }],
    [
      'a projected volume',
      { containers: [{}], volumes: [{ projected: { sources: [{ configMap: { name: 'settings' } }] } }] },
    ],
    ['an init container', { containers: [{}], initContainers: reading.containers }],
  ])('names it by %s', (_how, spec) => {
    expect(names(pod('p', { spec }))).toEqual(['ConfigMap/settings']);
  });

  test.each<[string, PodParts, readonly string[]]>([
    ['was made in the second in which the baseline was read', {}, ['ConfigMap/settings']],
    ['is from before', { made: before }, []],
    [
      'is from before, with a container restarted since',
      { made: before, state: { running: { startedAt: after } } },
      ['ConfigMap/settings'],
    ],
    [
      'crashed since and waits',
      { made: before, state: { waiting: {} }, lastState: crash(after) },
      ['ConfigMap/settings'],
    ],
    ['has never started', { state: { waiting: {} } }, []],
    ['is going', { dying: true }, []],
    ['names other configuration', { spec: { containers: [{ envFrom: [{ configMapRef: { name: 'other' } }] }] } }, []],
  ])('is %s', (_which, parts, expected) => {
    expect(names(pod('p', parts))).toEqual(expected);
  });
});
