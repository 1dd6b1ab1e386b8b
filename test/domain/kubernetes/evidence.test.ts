import { describe, expect, it } from 'vitest';
import { type HealthBaseline, healthBaseline, workloadVerdict } from '../../../src/domain/kubernetes/workloads.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import { atStart, deployment, exact, pod, podStart, replicaSet, running, template, waiting } from './objects.ts';

type Parts = Record<string, unknown>;
const clean: HealthBaseline = { objects: {}, restarts: {}, brokenPods: [] };
const oldSet = replicaSet('rs-1', 'shop/checkout:v1', { revision: '1' });
const newSet = replicaSet('rs-2', 'shop/checkout:v2', { revision: '2' });
const rolling = deployment({ spec: { template: template('shop/checkout:v2') }, status: { updatedReplicas: 1 } });
const ready = { type: 'Ready', status: 'True', lastTransitionTime: podStart };

const podOf = (name: string, status: Parts) => pod(name, { owner: ['ReplicaSet', 'rs-2'], status });
const later = (seconds: number) => `${new Date(atStart + seconds * 1000).toISOString().slice(0, 19)}Z`;

interface Question {
  readonly children: readonly KubeObject[];
  readonly member?: KubeObject;
  readonly baseline?: HealthBaseline;
  /** Seconds after `podStart`. */
  readonly after: number;
  readonly deployedAfter?: number;
}

function reasons(question: Question): string[] {
  return evidenceOf(question).map(({ reason }) => reason);
}

function evidenceOf({ children, member = rolling, baseline = clean, after, deployedAfter }: Question) {
  const deployedAt = deployedAfter === undefined ? null : atStart + deployedAfter * 1000;
  const seen = { members: [member], children, baseline, now: atStart + after * 1000, deployedAt };
  const { verdict, evidence } = workloadVerdict(seen);
  return verdict === 'failing' ? evidence : [];
}

describe('evidence tells why it counts', () => {
  it.each([
    [waiting('ImagePullBackOff', 'shop/checkout:v2: not found'), 'does not pass by itself'],
    [
      waiting('CreateContainerConfigError', 'configmap "settings" not found'),
      'nothing that the deploy has brought cures it',
    ],
    [waiting('ErrImagePull', 'dial tcp: i/o timeout'), 'has not passed by itself in the time that it gets'],
    [waiting('CrashLoopBackOff', 'back-off', { restartCount: 3 }), 'restarted 3 times or more since the deploy'],
  ])('%#', (container, why) => {
    const children = [newSet, podOf('a', { containerStatuses: [container] })];
    expect(evidenceOf({ children, after: 61, deployedAfter: 1 })).toMatchObject([{ why }]);
  });

  it('of a pod as a whole', () => {
    const unscheduled = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      lastTransitionTime: podStart,
    };
    const children = [newSet, podOf('a', { conditions: [unscheduled] })];
    expect(evidenceOf({ children, after: 61 })).toMatchObject([{ why: 'lasts longer than such a wait takes' }]);
  });
});

describe('a ConfigMap or Secret that is not there', () => {
  const children = [
    newSet,
    podOf('a', { containerStatuses: [waiting('CreateContainerConfigError', 'configmap "settings" not found')] }),
  ];
  it.each([
    ['may come with a later part of the deploy', 59, undefined, 0],
    ['is a failure when it has not come in a minute', 60, undefined, 1],
    ['gets the time of a second look of the kubelet after "deployed"', 34, 5, 0],
    ['is a failure when the second look finds it missing, too', 35, 5, 1],
    ['gets that time also from the start of a pod that came later', 29, -100, 0],
  ])('%s', (_, after, deployedAfter, count) => {
    const when = deployedAfter === undefined ? { after } : { after, deployedAfter };
    expect(reasons({ children, ...when })).toHaveLength(count);
  });
});

describe('a minute for what may pass', () => {
  it('begins when the pod stops being ready, not when it started', () => {
    const lost = { ...ready, status: 'False', lastTransitionTime: later(100) };
    const found = podOf('a', { conditions: [lost], containerStatuses: [waiting('PostStartHookError')] });
    expect(reasons({ children: [newSet, found], after: 159 })).toEqual([]);
    expect(reasons({ children: [newSet, found], after: 160 })).toEqual(['PostStartHookError']);
  });

  it('begins when the init containers are done', () => {
    const conditions = [
      { ...ready, status: 'False' },
      { type: 'Initialized', status: 'True', lastTransitionTime: later(50) },
    ];
    const late = podOf('a', { conditions, containerStatuses: [waiting('ErrImagePull', 'i/o timeout')] });
    expect(reasons({ children: [newSet, late], after: 109 })).toEqual([]);
    expect(reasons({ children: [newSet, late], after: 110 })).toEqual(['ErrImagePull']);
  });
});

describe('restarts', () => {
  const crashing = (restartCount: number) => waiting('CrashLoopBackOff', 'back-off', { restartCount });
  it('count from what a pod had before the deploy, and nothing else makes them fewer', () => {
    const old = podOf('a', { containerStatuses: [running({ restartCount: 7 })] });
    const baseline = healthBaseline([rolling], [newSet, old], atStart);
    const now = (restarts: number) => [newSet, podOf('a', { containerStatuses: [crashing(restarts)] })];
    expect(reasons({ children: now(9), baseline, after: 600 })).toEqual([]);
    expect(reasons({ children: now(10), baseline, after: 600 })).toEqual(['CrashLoopBackOff']);
  });

  it('of a pod that is new count whatever the old ones had', () => {
    const old = pod('old', {
      owner: ['ReplicaSet', 'rs-1'],
      status: { containerStatuses: [running({ restartCount: 50 })] },
    });
    const baseline = healthBaseline([rolling], [oldSet, old], atStart);
    const children = [newSet, podOf('a', { containerStatuses: [running({ restartCount: 3 })] })];
    expect(reasons({ children, baseline, after: 5 })).toEqual(['Restarting']);
  });

  it('of a sidecar, which is an init container that stays, count', () => {
    const sidecar = { initContainerStatuses: [crashing(3)], containerStatuses: [running()] };
    expect(reasons({ children: [newSet, podOf('a', sidecar)], after: 5 })).toEqual(['CrashLoopBackOff']);
  });
});

describe('what was broken before is no evidence', () => {
  const broken = { containerStatuses: [waiting('InvalidImageName')] };
  const baseline = healthBaseline([rolling], [newSet, podOf('a', broken)], atStart);

  it('when its pod is made anew on another node', () => {
    expect(reasons({ children: [newSet, podOf('b', broken)], baseline, after: 5 })).toEqual([]);
  });

  it('but one more of its revision is', () => {
    const children = [newSet, podOf('a', broken), podOf('b', broken)];
    expect(reasons({ children, baseline, after: 5 })).toEqual(['InvalidImageName']);
  });
});

describe('pods that are refused', () => {
  const refused = (message: string) => {
    const failure = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message,
      lastTransitionTime: podStart,
    };
    return replicaSet('rs-2', 'shop/checkout:v2', { status: { conditions: [failure] } });
  };
  const others = [oldSet, pod('old', { owner: ['ReplicaSet', 'rs-1'] })];
  it.each([
    ['by a policy', 'admission webhook "policy.x" denied the request: no', 5, others],
    ['by a quota that nothing of the workload fills', 'exceeded quota: pods, requested: pods=1', 5, []],
    ['by a quota that old pods may still leave', 'exceeded quota: pods, requested: pods=1', 60, others],
    ['because a webhook does not answer', 'failed calling webhook "policy.x": connection refused', 60, others],
    [
      'for want of a ServiceAccount',
      'error looking up service account shop/web: serviceaccount "web" not found',
      60,
      [],
    ],
  ])('%s: %s counts after %i s', (_, message, seconds, children) => {
    expect(reasons({ children: [...children, refused(message)], after: seconds - 1 })).toEqual([]);
    expect(reasons({ children: [...children, refused(message)], after: seconds })).toEqual(['FailedCreate']);
  });
});

describe('pods that a controller only says in events that it cannot make', () => {
  const workload = (kind: string, parts: { spec?: Parts; status?: Parts; apiVersion?: string }) =>
    exact({
      apiVersion: parts.apiVersion ?? 'apps/v1',
      kind,
      metadata: {
        name: 'w',
        namespace: 'shop',
        uid: 'w-1',
        generation: 1,
        creationTimestamp: podStart,
        managedFields: [{ time: later(30) }],
      },
      spec: { replicas: 2, ...parts.spec },
      status: { ...(kind === 'Job' ? {} : { observedGeneration: 1 }), ...parts.status },
    });
  const first = (conditions: Parts[], metadata: Parts = {}) =>
    pod('w-0', { owner: ['StatefulSet', 'w-1'], metadata, status: { conditions } });
  const set = workload('StatefulSet', {});

  it.each([
    ['a StatefulSet whose next pod never comes', set, [first([ready])]],
    ['a DaemonSet that lacks one', workload('DaemonSet', { status: { desiredNumberScheduled: 1 } }), []],
    ['a Job that has not had any', workload('Job', { apiVersion: 'batch/v1', status: { startTime: podStart } }), []],
  ])('are missing after a minute in which nothing moved: %s', (_, member, children) => {
    expect(reasons({ member, children, after: 89 })).toEqual([]);
    expect(reasons({ member, children, after: 90 })).toEqual(['MissingPods']);
  });

  it.each([
    ['the one before is not ready', set, [first([{ ...ready, status: 'False' }])]],
    ['one is still going away', set, [first([ready], { deletionTimestamp: podStart })]],
    [
      'a Job makes a pause after a failed pod',
      workload('Job', { apiVersion: 'batch/v1', status: { startTime: podStart, failed: 1 } }),
      [],
    ],
    [
      'a Job is suspended',
      workload('Job', { apiVersion: 'batch/v1', spec: { suspend: true }, status: { startTime: podStart } }),
      [],
    ],
    ['none are wanted', workload('StatefulSet', { spec: { replicas: 0 } }), []],
  ])('are not missing while %s', (_, member, children) => {
    expect(reasons({ member, children, after: 600 })).toEqual([]);
  });

  it('are no evidence when they were missing before', () => {
    const baseline = healthBaseline([set], [first([ready])], atStart + 600_000);
    expect(reasons({ member: set, children: [first([ready])], baseline, after: 700 })).toEqual([]);
  });
});
