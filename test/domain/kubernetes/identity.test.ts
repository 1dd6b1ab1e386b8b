import { describe, expect, it } from 'vitest';
import {
  annotationsOf,
  controllerOf,
  describeRef,
  generationOf,
  isKept,
  isTerminating,
  labelsOf,
  ownerUids,
  refKey,
  refOf,
  resourceVersionOf,
  uidOf,
} from '../../../src/domain/kubernetes/identity.ts';
import { deployment, exact, pod, withMetadata } from './objects.ts';

const clusterRole = exact({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'view' },
});

describe('names', () => {
  it('an object in a namespace', () => {
    const ref = refOf(deployment());
    expect(ref).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout' });
    expect(refKey(ref)).toBe('apps/v1/Deployment/shop/checkout');
    expect(describeRef(ref)).toBe('Deployment/checkout');
  });

  it('an object of the whole cluster, without a namespace', () => {
    expect('namespace' in refOf(clusterRole)).toBe(false);
    expect(refKey(refOf(clusterRole))).toBe('rbac.authorization.k8s.io/v1/ClusterRole/view');
  });
});

describe('reads', () => {
  it('uid, resourceVersion and generation', () => {
    expect([uidOf(deployment()), resourceVersionOf(deployment()), generationOf(deployment())]).toEqual([
      'd-1',
      '7',
      '3',
    ]);
    expect([uidOf(clusterRole), resourceVersionOf(clusterRole), generationOf(clusterRole)]).toEqual([
      '',
      '',
      undefined,
    ]);
  });

  it('a deletion timestamp as terminating', () => {
    expect(isTerminating(withMetadata(deployment(), { deletionTimestamp: '2025-01-01T00:00:00Z' }))).toBe(true);
    expect(isTerminating(withMetadata(deployment(), { deletionTimestamp: null }))).toBe(false);
    expect(isTerminating(deployment())).toBe(false);
  });

  it('the controller and all owners', () => {
    const plain = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'c-1' };
    const owned = pod('a', { owner: ['ReplicaSet', 'rs-1'] });
    const both = withMetadata(owned, { ownerReferences: [plain, ...(owned.metadata.ownerReferences as never[])] });
    expect(controllerOf(both)).toMatchObject({ kind: 'ReplicaSet', name: 'rs-1', uid: 'rs-1' });
    expect(ownerUids(both)).toEqual(['c-1', 'rs-1']);
    expect(controllerOf(withMetadata(owned, { ownerReferences: [plain] }))).toBeUndefined();
  });

  it('labels and annotations, empty when there are none', () => {
    expect(labelsOf(pod('a', { labels: { app: 'x' } }))).toEqual({ app: 'x' });
    expect([labelsOf(clusterRole), annotationsOf(clusterRole)]).toEqual([{}, {}]);
  });
});

describe('a keep marker', () => {
  it.each([
    ['helm.sh/resource-policy', 'keep'],
    ['helm.sh/resource-policy', ' Keep '],
    ['cli-utils.sigs.k8s.io/on-remove', 'keep'],
    ['client.lifecycle.config.k8s.io/deletion', 'detach'],
    ['argocd.argoproj.io/sync-options', 'Prune=false'],
    ['argocd.argoproj.io/sync-options', 'Validate=false, Prune=confirm'],
    ['kustomize.toolkit.fluxcd.io/prune', 'disabled'],
  ])('is %s: %s', (annotation, value) => {
    expect(isKept(withMetadata(deployment(), { annotations: { [annotation]: value } }))).toBe(
      `${annotation}: ${value}`,
    );
  });

  it.each([
    ['helm.sh/resource-policy', 'delete'],
    ['argocd.argoproj.io/sync-options', 'Prune=true'],
    ['argocd.argoproj.io/sync-options', 'PruneLast=false'],
  ])('is not %s: %s', (annotation, value) => {
    expect(isKept(withMetadata(deployment(), { annotations: { [annotation]: value } }))).toBeUndefined();
  });
});
