import { describe, expect, it } from 'vitest';
import { type HealthBaseline, healthAfterRestore, healthBaseline } from '../../../src/domain/kubernetes/workloads.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import { atStart, deployment, pod, replicaSet, running, waiting } from './objects.ts';

const clean: HealthBaseline = { objects: {}, restarts: {}, brokenPods: [] };
const key = 'apps/v1/Deployment/shop/checkout';
const oldSet = replicaSet('rs-1', 'shop/checkout:v1', { revision: '1' });
const newSet = replicaSet('rs-2', 'shop/checkout:v2', { revision: '2' });
const badImage = waiting('ImagePullBackOff', 'shop/checkout:v1: not found');
const podOf = (set: string, ...containerStatuses: Record<string, unknown>[]) =>
  pod(`${set}-a`, { owner: ['ReplicaSet', set], status: { containerStatuses } });

describe('the baseline holds', () => {
  it('the health of each member, and the restarts of each pod', () => {
    const pods = [
      podOf('rs-1', running({ restartCount: 2 })),
      pod('x', { owner: ['ReplicaSet', 'rs-2'], status: { containerStatuses: [running({ restartCount: 5 })] } }),
    ];
    expect(healthBaseline([deployment()], [oldSet, newSet, ...pods], atStart)).toEqual({
      objects: { [key]: 'current' },
      restarts: { 'rs-1-a': 2, 'rs-1/': 2, x: 5, 'rs-2/': 5 },
      brokenPods: [],
      brokenRevisions: {},
      generations: { [key]: '3' },
    });
  });

  it('nothing about a healthy pod with a past', () => {
    const survivor = podOf('rs-1', running({ restartCount: 9, lastState: { terminated: { exitCode: 1 } } }));
    expect(healthBaseline([deployment()], [oldSet, survivor], atStart).brokenPods).toEqual([]);
  });

  it('pods in trouble, and how many of each revision they are', () => {
    const pods = ['a', 'b'].map((name) =>
      pod(name, { owner: ['ReplicaSet', 'rs-1'], status: { containerStatuses: [badImage] } }),
    );
    expect(healthBaseline([deployment()], [oldSet, ...pods], atStart)).toMatchObject({
      brokenPods: ['a', 'b'],
      brokenRevisions: { 'rs-1/': 2 },
    });
  });

  it('pods that failed', () => {
    expect(healthBaseline([], [pod('gone', { status: { phase: 'Failed' } })], atStart).brokenPods).toEqual(['gone']);
  });
});

describe('after a restore', () => {
  const health = (members: readonly KubeObject[], baseline: HealthBaseline, children: readonly KubeObject[] = []) =>
    healthAfterRestore({ members, children, baseline, now: atStart });
  const stuck = deployment({ status: { readyReplicas: 1, availableReplicas: 1 } });
  const well = healthBaseline([deployment()], [], atStart);

  it('is healthy when every member is current', () =>
    expect(health([deployment()], clean)).toEqual({ kind: 'healthy', current: 1, notAssessed: 0 }));

  it('is unhealthy when a member is worse than before', () => {
    expect(health([stuck], well)).toMatchObject({
      kind: 'unhealthy',
      evidence: [{ object: 'Deployment/checkout', reason: 'Progressing', message: '1 of 2 replicas available' }],
    });
  });

  it('is unhealthy when a member that was not there before is not well', () =>
    expect(health([stuck], clean).kind).toBe('unhealthy'));

  it('is not worse than the baseline when what is not well was not well before', () => {
    expect(health([stuck], healthBaseline([stuck], [], atStart))).toMatchObject({
      kind: 'not worse than baseline',
      evidence: [{}],
    });
  });

  it('is unhealthy when a paused rollout keeps the pods of the failed deploy', () => {
    const paused = deployment({ spec: { paused: true }, status: { updatedReplicas: 0 } });
    expect(health([paused], well).kind).toBe('unhealthy');
    expect(health([paused], healthBaseline([paused], [], atStart)).kind).toBe('healthy');
  });

  it('names the trouble of the pods', () => {
    const restored = deployment({ status: { readyReplicas: 0 } });
    const found = health([restored], well, [oldSet, podOf('rs-1', badImage)]);
    expect(found).toMatchObject({ kind: 'unhealthy', evidence: [{ reason: 'ImagePullBackOff' }] });
  });
});
