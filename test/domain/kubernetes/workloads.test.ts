import { describe, expect, it } from 'vitest';
import { type HealthBaseline, healthBaseline, workloadVerdict } from '../../../src/domain/kubernetes/workloads.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import {
  atStart,
  deployment,
  exact,
  pod,
  podStart,
  replicaSet,
  running,
  template,
  waiting,
  withMetadata,
} from './objects.ts';

type Parts = Record<string, unknown>;
const clean: HealthBaseline = { objects: {}, restarts: {}, brokenPods: [] };
const badImage = waiting('ImagePullBackOff', 'shop/checkout:v2: not found');
const crashing = (restartCount: number) => waiting('CrashLoopBackOff', 'back-off', { restartCount });

const oldSet = replicaSet('rs-1', 'shop/checkout:v1', { revision: '1' });
const newSet = replicaSet('rs-2', 'shop/checkout:v2', { revision: '2' });
const rolling = deployment({
  spec: { template: template('shop/checkout:v2') },
  status: { updatedReplicas: 1, replicas: 3 },
});
/** Before the deploy changed it. */
const earlier = withMetadata(rolling, { generation: 2 });
const podOf = (set: string, ...containerStatuses: Parts[]) =>
  pod(`${set}-a`, { owner: ['ReplicaSet', set], status: { containerStatuses } });

const judge = (
  children: readonly KubeObject[],
  more: {
    members?: readonly KubeObject[];
    baseline?: HealthBaseline;
    after?: number;
    deployedAfter?: number | null;
  } = {},
) =>
  workloadVerdict({
    members: more.members ?? [rolling],
    children,
    baseline: more.baseline ?? clean,
    now: atStart + (more.after ?? 1000),
    deployedAt: more.deployedAfter == null ? null : atStart + more.deployedAfter,
  });
const verdict = (...given: Parameters<typeof judge>) => judge(...given).verdict;

describe('a deploy is failing', () => {
  it('at the first fatal signal of a pod of the new revision', () => {
    expect(judge([oldSet, newSet, podOf('rs-2', badImage)])).toMatchObject({
      verdict: 'failing',
      evidence: [
        { object: 'Deployment/checkout', reason: 'ImagePullBackOff', message: 'rs-2-a: shop/checkout:v2: not found' },
      ],
    });
  });

  it('before its controller has reported, since the ReplicaSet is known by its template', () => {
    const unseen = withMetadata(rolling, { generation: 4 });
    expect(verdict([oldSet, newSet, podOf('rs-2', badImage)], { members: [unseen] })).toBe('failing');
  });

  it('when a member failed', () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'late' }];
    const { evidence } = judge([], { members: [deployment({ status: { conditions } })] });
    expect(evidence).toEqual([
      {
        object: 'Deployment/checkout',
        reason: 'Failed',
        message: 'ProgressDeadlineExceeded: late',
        why: 'its own status says so',
      },
    ]);
  });

  it.each([
    ['a crash loop before its third restart', 2, 59_000, 'progressing'],
    ['a crash loop at its third restart', 3, 5_000, 'failing'],
    ['a crash loop of a minute, since kubelets restart sooner', 2, 60_000, 'progressing'],
  ])('%s: %i restarts after %i ms is %s', (_, restarts, after, expected) => {
    expect(verdict([newSet, podOf('rs-2', crashing(restarts))], { after })).toBe(expected);
  });

  it('for the reason that the kubelet gives, not for restarting as such', () => {
    const { evidence } = judge([newSet, podOf('rs-2', crashing(3))]);
    expect(evidence.map(({ reason }) => reason)).toEqual(['CrashLoopBackOff']);
  });

  it('when an unscheduled pod has waited a minute since its creation', () => {
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', lastTransitionTime: podStart },
    ];
    const stuck = pod('a', { owner: ['ReplicaSet', 'rs-2'], status: { startTime: undefined, conditions } });
    expect([verdict([newSet, stuck], { after: 59_000 }), verdict([newSet, stuck], { after: 60_000 })]).toEqual([
      'progressing',
      'failing',
    ]);
  });

  it('when pods are refused for more than some seconds', () => {
    const failure = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'exceeded quota',
      lastTransitionTime: podStart,
    };
    const refused = replicaSet('rs-2', 'shop/checkout:v2', { status: { conditions: [failure] } });
    expect(verdict([refused], { after: 4000 })).toBe('progressing');
    expect(judge([refused], { after: 5000 }).evidence).toMatchObject([
      { reason: 'FailedCreate', message: 'FailedCreate: exceeded quota' },
    ]);
    expect(verdict([refused], { after: 5000, baseline: healthBaseline([earlier], [refused], atStart) })).toBe(
      'progressing',
    );
  });

  it('when a container restarts again and again, though it is ready in between', () => {
    const flapping = podOf('rs-2', running({ restartCount: 3, lastState: { terminated: { exitCode: 137 } } }));
    expect(judge([newSet, flapping]).evidence).toEqual([
      {
        object: 'Deployment/checkout',
        reason: 'Restarting',
        message: 'rs-2-a: a container restarted 3 times',
        why: 'restarted 3 times or more since the deploy',
      },
    ]);
    expect(verdict([newSet, flapping], { baseline: { ...clean, restarts: { 'rs-2-a': 1 } } })).toBe('progressing');
  });

  it('with one piece of evidence for many pods with the same trouble', () => {
    const many = ['a', 'b', 'c'].map((name) =>
      pod(name, { owner: ['ReplicaSet', 'rs-2'], status: { containerStatuses: [badImage] } }),
    );
    expect(judge([newSet, ...many]).evidence).toHaveLength(1);
  });

  it('with messages of at most 300 characters', () => {
    const { evidence } = judge([newSet, podOf('rs-2', waiting('InvalidImageName', 'x'.repeat(500)))]);
    expect(evidence[0]?.message).toHaveLength(300);
  });
});

describe('is no evidence', () => {
  it('a pod of the old revision', () => expect(verdict([oldSet, newSet, podOf('rs-1', badImage)])).toBe('progressing'));

  it("another owner's pod of the same name", () => {
    const stranger = replicaSet('rs-2', 'shop/checkout:v2', { owner: 'd-0' });
    expect(verdict([stranger, podOf('rs-2', badImage)])).toBe('progressing');
  });

  it('a single restart of each of many pods', () => {
    const pods = ['a', 'b', 'c'].map((name) =>
      pod(name, { owner: ['ReplicaSet', 'rs-2'], status: { containerStatuses: [running({ restartCount: 1 })] } }),
    );
    expect(verdict([newSet, ...pods])).toBe('progressing');
  });

  it('a pod that was broken before the deploy', () => {
    const broken = podOf('rs-2', badImage);
    const baseline = healthBaseline([earlier], [newSet, broken], atStart);
    expect(baseline.brokenPods).toEqual(['rs-2-a']);
    expect(verdict([newSet, broken], { baseline })).toBe('progressing');
  });

  it('a member that had failed before the deploy', () => {
    const failed = job({ conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] });
    const baseline = healthBaseline([failed], [], atStart);
    expect(verdict([], { members: [failed] })).toBe('failing');
    expect(verdict([], { members: [failed, deployment()], baseline })).toBe('healthy');
  });

  it("a Job's pod that crashed, since the Job retries it", () => {
    const crashed = pod('j', { owner: ['Job', 'j-1'], status: { containerStatuses: [crashing(5)] } });
    expect(verdict([crashed], { members: [job({})], after: 90_000 })).toBe('progressing');
    const wrong = pod('j', { owner: ['Job', 'j-1'], status: { containerStatuses: [badImage] } });
    expect(verdict([wrong], { members: [job({})] })).toBe('failing');
  });
});

describe('the new revision', () => {
  it('is the ReplicaSet with the highest revision when a webhook has changed its template', () => {
    const mutated = replicaSet('rs-3', 'mirror/checkout:v2', { revision: '10' });
    const other = replicaSet('rs-2', 'mirror/checkout:v1', { revision: '9' });
    expect(verdict([other, mutated, podOf('rs-3', badImage)])).toBe('failing');
    expect(verdict([other, mutated, podOf('rs-2', badImage)])).toBe('progressing');
    expect(
      verdict([other, mutated, podOf('rs-3', badImage)], { members: [withMetadata(rolling, { generation: 4 })] }),
    ).toBe('progressing');
  });

  it.each([
    ['b', 1, 'failing'],
    ['a', 1, 'progressing'],
    ['b', 2, 'progressing'],
  ])('of a StatefulSet is its update revision: a pod of %s at generation %i is %s', (hash, generation, expected) => {
    const set = workload('StatefulSet', { observedGeneration: 1, replicas: 1, updateRevision: 'b' }, { generation });
    expect(verdict([daemonPod('p', { 'controller-revision-hash': hash })], { members: [set] })).toBe(expected);
  });

  const daemonSet = (annotations: Parts = {}) =>
    workload('DaemonSet', { observedGeneration: 1, desiredNumberScheduled: 1 }, { generation: 1, annotations });
  it.each([
    ['2', 'failing'],
    ['1', 'progressing'],
  ])("of a DaemonSet is its template's generation: a pod of %s is %s", (generation, expected) => {
    const members = [daemonSet({ 'deprecated.daemonset.template.generation': '2' })];
    expect(verdict([daemonPod('p', { 'pod-template-generation': generation })], { members })).toBe(expected);
  });

  it('of a DaemonSet without one is that of its youngest pod', () => {
    const old = daemonPod('p', { 'controller-revision-hash': 'a' });
    const young = daemonPod(
      'q',
      { 'controller-revision-hash': 'b' },
      { creationTimestamp: '2025-11-23T09:30:00Z', uid: 'q' },
    );
    const healthy = { ...young, status: {} } as KubeObject;
    expect(verdict([old, young], { members: [daemonSet()] })).toBe('failing');
    expect(verdict([old, healthy], { members: [daemonSet()] })).toBe('progressing');
  });

  it('of a bare pod is the pod itself', () => {
    const bare = pod('bare', { status: { containerStatuses: [badImage] } });
    expect(verdict([bare], { members: [bare] })).toBe('failing');
  });
});

describe('a deploy is', () => {
  const silent = exact({ apiVersion: 'x.io/v1', kind: 'A', metadata: { name: 'a' } });
  const config = exact({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } });
  const paused = deployment({ spec: { paused: true }, status: { updatedReplicas: 0 } });
  const balancer = exact({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'shop' },
    spec: { type: 'LoadBalancer' },
  });

  it('healthy when every member is current', () =>
    expect(judge([], { members: [deployment(), config] })).toEqual({
      verdict: 'healthy',
      evidence: [],
      notAssessed: 0,
    }));

  it('progressing while one is not, and says which', () => {
    expect(judge([], { members: [config, rolling] })).toMatchObject({
      verdict: 'progressing',
      evidence: [{ object: 'Deployment/checkout', reason: 'Progressing', message: '1 of 2 replicas updated' }],
    });
  });

  it('progressing while a member is being deleted', () => {
    expect(verdict([], { members: [withMetadata(config, { deletionTimestamp: podStart }), deployment()] })).toBe(
      'progressing',
    );
  });

  it('progressing while a slow pod of it only waits', () => {
    const slow = podOf('rs-2', waiting('ContainerCreating'));
    expect(verdict([newSet, slow], { after: 500_000 })).toBe('progressing');
    expect(verdict([newSet, podOf('rs-2', running({ ready: false }))], { after: 500_000 })).toBe('progressing');
  });

  it('not held up by a custom resource that says nothing', () =>
    expect(verdict([], { members: [silent, deployment()] })).toBe('healthy'));

  it('inconclusive when nothing says anything', () => {
    expect([verdict([], { members: [silent] }), verdict([], { members: [] })]).toEqual([
      'inconclusive',
      'inconclusive',
    ]);
  });

  it('inconclusive when a rollout was paused half-way, unless it already was before', () => {
    expect(judge([], { members: [paused, config] })).toMatchObject({
      verdict: 'inconclusive',
      evidence: [{ reason: 'NotAssessed' }],
    });
    expect(verdict([], { members: [paused, config], baseline: healthBaseline([paused], [], atStart) })).toBe('healthy');
  });

  it('not held up by a load balancer that never had an address', () => {
    expect(verdict([], { members: [balancer, deployment()] })).toBe('progressing');
    expect(verdict([], { members: [balancer, deployment()], baseline: healthBaseline([balancer], [], atStart) })).toBe(
      'healthy',
    );
  });

  it('held up by a rollout, even if one was under way before', () => {
    const baseline = healthBaseline([earlier], [], atStart);
    expect(verdict([], { members: [rolling], baseline })).toBe('progressing');
  });

  it('not held up by a workload that it does not touch and that was not well before', () => {
    const baseline = healthBaseline([rolling], [], atStart);
    expect(verdict([], { members: [rolling, config], baseline })).toBe('healthy');
  });
});

function job(status: Parts) {
  return exact({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'shop', uid: 'j-1' },
    spec: {},
    status,
  });
}

function workload(kind: string, status: Parts, metadata: Parts) {
  return exact({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'w', namespace: 'shop', uid: 'w-1', ...metadata },
    spec: { replicas: 1 },
    status,
  });
}

function daemonPod(name: string, labels: Parts, metadata: Parts = {}) {
  const owned = pod(name, { owner: ['DaemonSet', 'w-1'], labels, status: { containerStatuses: [badImage] } });
  return withMetadata(owned, exact({ metadata } as never).metadata);
}
