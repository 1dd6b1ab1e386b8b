import { describe, expect, it, test } from 'vitest';
import { refKey } from '../../../../src/domain/kubernetes/identity.ts';
import { applySetOf, parseParent } from '../../../../src/domain/kubernetes/inventory/apply-set.ts';
import { isTrackedBy } from '../../../../src/domain/kubernetes/inventory/argo.ts';
import { fluxInventory, releaseOf } from '../../../../src/domain/kubernetes/inventory/flux.ts';
import {
  currentRecords,
  isReleaseRecord,
  refsInManifest,
  releaseSelector,
} from '../../../../src/domain/kubernetes/inventory/helm.ts';
import { kappAppOf, kappRecordNames } from '../../../../src/domain/kubernetes/inventory/kapp.ts';
import type { Json } from '../../../../src/schema/json.ts';
import { exact } from '../objects.ts';

type Fields = Record<string, unknown>;
const of = (apiVersion: string, kind: string, metadata: Fields, rest: Fields = {}) =>
  exact({ apiVersion, kind, metadata: { name: 'shop', namespace: 'shop', ...metadata }, ...rest });

describe('a Helm release', () => {
  const record = (version: number, status: string) =>
    of(
      'v1',
      'Secret',
      {
        name: `sh.helm.release.v1.shop.v${version}`,
        labels: { name: 'shop', owner: 'helm', status, version: String(version), modifiedAt: '1763888400' },
      },
      { type: 'helm.sh/release.v1', data: { release: 'SDRz' } },
    );
  const versions = (...records: ReturnType<typeof record>[]) =>
    currentRecords(records).map(({ metadata }) => metadata.name.split('.').at(-1));

  it.each([
    ['of one revision is that one', [record(1, 'deployed')], ['v1']],
    ['is its newest revision by number, not by text', [record(9, 'superseded'), record(10, 'deployed')], ['v10']],
    [
      'that failed to upgrade is the new revision and the deployed one',
      [record(1, 'deployed'), record(2, 'failed')],
      ['v2', 'v1'],
    ],
    [
      'that was tried again after a failure is every try, whatever became of the last one',
      [record(1, 'superseded'), record(2, 'failed'), record(3, 'pending-upgrade'), record(4, 'deployed')],
      ['v4', 'v3', 'v2'],
    ],
    [
      'that went back by itself half-way is all three',
      [record(1, 'deployed'), record(2, 'failed'), record(3, 'pending-rollback')],
      ['v3', 'v2', 'v1'],
    ],
    ['whose first install hangs is that', [record(1, 'pending-install')], ['v1']],
    ['that was never installed is none', [], []],
  ])('%s', (_, records, expected) => {
    expect(versions(...records)).toEqual(expected);
  });

  it('is found by the labels of its records and told from other Secrets by their type', () => {
    expect(releaseSelector('shop')).toBe('owner=helm,name=shop');
    expect([
      isReleaseRecord(record(1, 'deployed')),
      isReleaseRecord(of('v1', 'Secret', {}, { type: 'Opaque' })),
    ]).toEqual([true, false]);
  });

  it('names the objects of its manifest, in the release’s namespace where they name none', () => {
    const documents: Json[] = [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
      null,
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'edge' } },
      { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }] },
      { kind: 'Broken' },
    ];
    expect(refsInManifest(documents, 'shop').map(refKey)).toEqual([
      'apps/v1/Deployment/shop/web',
      'v1/Service/edge/web',
      'v1/ConfigMap/shop/c',
    ]);
  });
});

describe('an ApplySet', () => {
  const id = 'applyset-0eFHV8ySqp7XoShsGvyWFQD3s96yqwHmzc4e0HR1dsY-v1';

  it('is what its parent says', () => {
    const parent = of('v1', 'Secret', {
      labels: { 'applyset.kubernetes.io/id': id },
      annotations: {
        'applyset.kubernetes.io/tooling': 'kubectl/v1.32.0',
        'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap,Deployment.apps,Widget.example.com',
        'applyset.kubernetes.io/additional-namespaces': 'edge,jobs',
      },
    });
    expect(applySetOf(parent)).toEqual({
      selector: `applyset.kubernetes.io/part-of=${id}`,
      groupKinds: ['ConfigMap', 'Deployment.apps', 'Widget.example.com'],
      namespaces: ['edge', 'jobs'],
    });
  });

  it('without hints has no kinds, and an object without its label is no parent', () => {
    const bare = of('v1', 'ConfigMap', { labels: { 'applyset.kubernetes.io/id': id } });
    expect(applySetOf(bare)).toMatchObject({ groupKinds: [], namespaces: [] });
    expect(applySetOf(of('v1', 'ConfigMap', {}))).toBeUndefined();
  });

  it.each([
    [id, { kind: 'id', selector: `applyset.kubernetes.io/id=${id}` }],
    ['Secret/shop', { kind: 'object', groupKind: 'Secret', name: 'shop' }],
    ['Bundle.example.com/shop', { kind: 'object', groupKind: 'Bundle.example.com', name: 'shop' }],
  ])('is named by %s', (text, expected) => {
    expect(parseParent(text)).toEqual(expected);
  });
});

describe('a kapp application', () => {
  const spec = {
    labelKey: 'kapp.k14s.io/app',
    labelValue: '1763888400123456789',
    lastChangeName: 'shop-change-x7k2p',
    lastChange: { startedAt: '2025-11-23T09:00:00Z', successful: true, namespaces: ['shop', 'edge'] },
    usedGVs: [{ Group: '', Version: 'v1' }],
    usedGKs: [
      { Group: '', Kind: 'ConfigMap' },
      { Group: 'apps', Kind: 'Deployment' },
    ],
  };
  const record = (text: string) =>
    of('v1', 'ConfigMap', { labels: { 'kapp.k14s.io/is-app': '' } }, { data: { spec: text } });

  it('is what its record says', () => {
    expect(kappAppOf(record(JSON.stringify(spec)))).toEqual({
      selector: 'kapp.k14s.io/app=1763888400123456789',
      groupKinds: ['ConfigMap', 'Deployment.apps'],
      namespaces: ['shop', 'edge'],
    });
    expect(kappRecordNames('shop')).toEqual(['shop.apps.k14s.io', 'shop']);
  });

  it.each([
    ['text that is no JSON', 'labelKey: kapp.k14s.io/app'],
    ['a record without its kinds', JSON.stringify({ ...spec, usedGKs: undefined })],
    ['a record without its label', JSON.stringify({ ...spec, labelValue: '' })],
  ])('is not made up from %s', (_, text) => {
    expect(kappAppOf(record(text))).toBeUndefined();
  });
});

describe('a Flux inventory', () => {
  const owner = (status: Fields, fields: Fields = {}) =>
    of('helm.toolkit.fluxcd.io/v2', 'HelmRelease', { namespace: 'flux-system' }, { spec: fields, status });

  it.each([
    ['of a namespaced object', 'shop_web_apps_Deployment', 'v1', 'apps/v1/Deployment/shop/web'],
    ['of the core group', 'shop_settings__ConfigMap', 'v1', 'v1/ConfigMap/shop/settings'],
    [
      'of a cluster-scoped object',
      '_shops.example.com_apiextensions.k8s.io_CustomResourceDefinition',
      'v1',
      'apiextensions.k8s.io/v1/CustomResourceDefinition/shops.example.com',
    ],
    [
      'with a colon in its name',
      '_shop__reader_rbac.authorization.k8s.io_ClusterRole',
      'v1',
      'rbac.authorization.k8s.io/v1/ClusterRole/shop:reader',
    ],
  ])('has an entry %s', (_, id, v, expected) => {
    expect(fluxInventory(owner({ inventory: { entries: [{ id, v }] } })).map(refKey)).toEqual([expected]);
  });

  it('that is missing or broken names nothing', () => {
    expect(fluxInventory(owner({}))).toEqual([]);
    expect(fluxInventory(owner({ inventory: { entries: [{ id: 'x', v: 'v1' }, { id: 'a_b_c_D' }] } }))).toEqual([]);
  });

  it.each<[string, ReturnType<typeof owner>, { name: string; namespace: string } | undefined]>([
    ['not yet', owner({}), undefined],
    ['by its own name', owner({ storageNamespace: 'flux-system' }), { name: 'shop', namespace: 'flux-system' }],
    [
      'with its target’s namespace',
      owner({ storageNamespace: 'apps' }, { targetNamespace: 'prod' }),
      { name: 'prod-shop', namespace: 'apps' },
    ],
    [
      'by a given name',
      owner({ storageNamespace: 'apps' }, { releaseName: 'store' }),
      { name: 'store', namespace: 'apps' },
    ],
    [
      'as history has it',
      owner({ storageNamespace: 'apps', history: [{ name: 'prod-shop-1a2b3c' }] }, { releaseName: 'store' }),
      { name: 'prod-shop-1a2b3c', namespace: 'apps' },
    ],
  ])('of a HelmRelease stands for its release: %s', (_, object, expected) => {
    expect(releaseOf(object)).toEqual(expected);
  });
});

describe('Argo CD tracks', () => {
  const tracked = (id: string | undefined, labels: Fields = {}) =>
    of('apps/v1', 'Deployment', {
      labels,
      annotations: id === undefined ? {} : { 'argocd.argoproj.io/tracking-id': id },
    });

  test.each([
    ['an object by its id', tracked('store:apps/Deployment:shop/shop'), true],
    ['no object whose id is another’s', tracked('store:apps/ReplicaSet:shop/shop-7d9f'), false],
    ['no object of another application', tracked('stores:apps/Deployment:shop/shop'), false],
    ['an object by its instance label', tracked(undefined, { 'app.kubernetes.io/instance': 'store' }), true],
    [
      'by the id before the label',
      tracked('other:apps/Deployment:shop/shop', { 'app.kubernetes.io/instance': 'store' }),
      false,
    ],
    ['nothing without either', tracked(undefined), false],
  ])('%s', (_, object, expected) => {
    expect(isTrackedBy(object, 'store')).toBe(expected);
  });

  test('an object of the core group by its id', () => {
    const annotations = { 'argocd.argoproj.io/tracking-id': 'store:/Service:shop/shop' };
    expect(isTrackedBy(of('v1', 'Service', { annotations }), 'store')).toBe(true);
  });
});
