import { describe, expect, test } from 'vitest';
import { claimsOn } from '../../../src/domain/owners/claims.ts';
import { describeManager } from '../../../src/domain/owners/managers.ts';
import type { JsonObject, KubeObject } from '../../../src/schema/json.ts';

const settings = (metadata: JsonObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'shop', ...metadata },
});

const flux = (kind: string) => ({
  labels: { [`${kind}.toolkit.fluxcd.io/name`]: 'shop', [`${kind}.toolkit.fluxcd.io/namespace`]: 'flux-system' },
});

const tracked = (id: string) => settings({ annotations: { 'argocd.argoproj.io/tracking-id': id } });

const instance = (manager: string) =>
  settings({
    labels: { 'app.kubernetes.io/instance': 'shop' },
    managedFields: [{ manager, operation: 'Apply', fieldsV1: {} }],
  });

describe('who applies an object is known from', () => {
  test.each([
    [
      'a label of a Kustomization',
      settings(flux('kustomize')),
      'Kustomization.kustomize.toolkit.fluxcd.io',
      'flux-system',
    ],
    ['a label of a HelmRelease', settings(flux('helm')), 'HelmRelease.helm.toolkit.fluxcd.io', 'flux-system'],
    [
      'a tracking id, which names no namespace',
      tracked('shop:/ConfigMap:shop/settings'),
      'Application.argoproj.io',
      null,
    ],
    [
      'a tracking id of an Application elsewhere',
      tracked('team_shop:/ConfigMap:shop/settings'),
      'Application.argoproj.io',
      'team',
    ],
    ['an instance label where Argo CD has written', instance('argocd-controller'), 'Application.argoproj.io', null],
  ])('%s', (_, object, groupKind, namespace) => {
    expect(claimsOn([object])).toMatchObject([
      { groupKind, name: 'shop', namespace, via: expect.stringContaining('ConfigMap/settings') },
    ]);
  });
});

describe('nobody is claimed by', () => {
  test.each([
    ['an object without marks', settings({})],
    ['an instance label alone, which is Helm’s too', instance('helm')],
    ['a tracking id that was copied from another object', tracked('shop:apps/Deployment:shop/web')],
    [
      'an object that Flux is told to leave alone',
      settings({ ...flux('kustomize'), annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' } }),
    ],
  ])('%s', (_, object) => {
    expect(claimsOn([object])).toEqual([]);
  });
});

test('many objects of one owner make one claim', () => {
  expect(claimsOn([settings(flux('kustomize')), settings({ ...flux('kustomize'), name: 'other' })])).toHaveLength(1);
});

test('managers of GitOps tools are named with their tool', () => {
  expect(['kustomize-controller', 'argocd-controller', 'kubectl-edit', 'toString'].map(describeManager)).toEqual([
    'kustomize-controller (Flux)',
    'argocd-controller (Argo CD)',
    'kubectl-edit',
    'toString',
  ]);
});
