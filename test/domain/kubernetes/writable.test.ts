import { describe, expect, it } from 'vitest';
import { canonicalText, sameContent } from '../../../src/domain/kubernetes/canonical.ts';
import { at } from '../../../src/domain/kubernetes/json.ts';
import { forCreate, forUpdate, isPutBack, remapOwners } from '../../../src/domain/kubernetes/writable.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import { deployment, exact, object, withMetadata } from './objects.ts';
import { claim, cm, core, job, of, type Parts, revision, role, tokenSecret, webhooks } from './special-objects.ts';

const path = (text: string) => text.split(/\.(?![^<]*>)/).map((part) => part.replace(/[<>]/g, ''));
const read = (body: KubeObject, text: string) => at(body, ...path(text));

const server = {
  uid: 'u-1',
  resourceVersion: '9',
  generation: 4,
  creationTimestamp: '2025-01-01T00:00:00Z',
  selfLink: '/x',
  deletionTimestamp: '2025-01-02T00:00:00Z',
  deletionGracePeriodSeconds: 0,
  managedFields: [{ manager: 'kubectl' }],
};

describe('both bodies', () => {
  it('leave out what only the server writes', () => {
    const snapshot = cm({ ...server, labels: { a: '1' } });
    const expected = { name: 'x', namespace: 'shop', labels: { a: '1' } };
    expect(forUpdate(snapshot, cm(server)).metadata).toEqual(expected);
    expect(forCreate(snapshot).metadata).toEqual(expected);
  });

  it('keep numbers exactly as they came', () => {
    const text =
      '{"apiVersion":"x.io/v1","kind":"A","metadata":{"name":"a"},"spec":{"big":9007199254740993,"one":1.0}}';
    for (const body of [forUpdate(object(text), object(text)), forCreate(object(text))]) {
      expect(canonicalText(body)).toContain('"spec":{"big":9007199254740993,"one":1.0}');
    }
  });

  it('keep the last applied configuration, labels and annotations of the snapshot', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', own: '1' };
    const snapshot = cm({ labels: { app: 'a' }, annotations });
    const live = cm({ labels: { app: 'b', added: '1' }, annotations: { added: '1' } });
    for (const body of [forUpdate(snapshot, live), forCreate(snapshot)]) {
      expect(body.metadata).toEqual({ name: 'x', namespace: 'shop', labels: { app: 'a' }, annotations });
    }
  });

  it('keep cluster IPs, node ports and health check ports of the snapshot', () => {
    const spec = {
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      healthCheckNodePort: 3,
      ports: [{ port: 80, nodePort: 30001 }],
    };
    const snapshot = core('Service', { spec });
    expect(forUpdate(snapshot, core('Service', { spec: { clusterIP: '10.0.0.2' } }))).toEqual(snapshot);
    expect(forCreate(snapshot)).toEqual(snapshot);
  });
});

describe('an update removes', () => {
  it('everything that the failed deploy added', () => {
    const snapshot = deployment();
    const live = deployment({
      metadata: { labels: { added: '1' }, annotations: { added: '1' } },
      spec: { minReadySeconds: 10, template: { spec: { containers: [{ name: 'app' }, { name: 'sidecar' }] } } },
    });
    expect(sameContent(forUpdate(snapshot, live), snapshot)).toBe(true);
  });
});

describe('an update keeps as live', () => {
  const cases: readonly [string, KubeObject, KubeObject, string, unknown][] = [
    [
      'revision annotations',
      cm(revision('1')),
      cm(revision('3')),
      'metadata.annotations.<deployment.kubernetes.io/revision>',
      '3',
    ],
    [
      'an ignored annotation the snapshot lacks',
      cm({}),
      cm(revision('3')),
      'metadata.annotations.<deployment.kubernetes.io/revision>',
      '3',
    ],
    ['an ignored annotation that is gone', cm(revision('1')), cm({}), 'metadata.annotations', undefined],
    [
      "kcp's placement labels",
      cm({ labels: { 'state.workload.kcp.io/a': 'Sync' } }),
      cm({ labels: { 'state.workload.kcp.io/b': 'Sync' } }),
      'metadata.labels',
      { 'state.workload.kcp.io/b': 'Sync' },
    ],
    ["a claim's volume", claim({ volumeName: 'a' }), claim({ volumeName: 'b' }), 'spec.volumeName', 'b'],
    ["a claim's missing volume", claim({ volumeName: 'a' }), claim({}), 'spec.volumeName', undefined],
    [
      "a claim's class",
      claim({ storageClassName: 'a' }),
      claim({ storageClassName: 'b' }),
      'spec.storageClassName',
      'b',
    ],
    [
      "a claim's mode",
      claim({ volumeMode: 'Block' }),
      claim({ volumeMode: 'Filesystem' }),
      'spec.volumeMode',
      'Filesystem',
    ],
    [
      "a volume's claim",
      core('PersistentVolume', { spec: { claimRef: { uid: 'a' } } }),
      core('PersistentVolume', { spec: { claimRef: { uid: 'b' } } }),
      'spec.claimRef',
      { uid: 'b' },
    ],
    [
      "a pod's node",
      core('Pod', { spec: { nodeName: 'a' } }),
      core('Pod', { spec: { nodeName: 'b' } }),
      'spec.nodeName',
      'b',
    ],
    [
      "a Namespace's own finalizers",
      core('Namespace', { spec: { finalizers: ['kubernetes'] } }),
      core('Namespace', { spec: { finalizers: ['kubernetes', 'x'] } }),
      'spec.finalizers',
      ['kubernetes', 'x'],
    ],
    [
      "an aggregated ClusterRole's rules",
      role([{ verbs: ['a'] }]),
      role([{ verbs: ['b'] }]),
      'rules',
      [{ verbs: ['b'] }],
    ],
    [
      "a webhook's CA bundle",
      webhooks(['a', 'old'], ['b', 'b1']),
      webhooks(['b', 'b2'], ['a', 'new']),
      'webhooks.0.clientConfig.caBundle',
      'new',
    ],
    ['a token', tokenSecret('old'), tokenSecret('new'), 'data.token', 'new'],
    ["a Job's controller uid", job('u-1'), job('u-2'), 'spec.selector.matchLabels.controller-uid', 'u-2'],
    [
      "a Job's template labels",
      job('u-1'),
      job('u-2'),
      'spec.template.metadata.labels.<batch.kubernetes.io/controller-uid>',
      'u-2',
    ],
    [
      'finalizers that only live has',
      cm({ finalizers: ['a'] }),
      cm({ finalizers: ['b', 'a'] }),
      'metadata.finalizers',
      ['a', 'b'],
    ],
    ['finalizers where the snapshot has none', cm({}), cm({ finalizers: ['b'] }), 'metadata.finalizers', ['b']],
  ];
  it.each(cases)('%s', (_, snapshot, live, where, expected) => {
    const found = read(forUpdate(snapshot, live), where);
    expect(found).toEqual(expected === undefined ? undefined : at(exact({ expected }), 'expected'));
  });

  it('generated secrets of a ServiceAccount, beside those that were declared', () => {
    const snapshot = core('ServiceAccount', { secrets: [{ name: 'mine' }, { name: 'x-token-old11' }] });
    const live = core('ServiceAccount', {
      secrets: [{ name: 'added' }, { name: 'x-token-new11' }],
      imagePullSecrets: [{ name: 'x-dockercfg-abcde' }],
    });
    const body = forUpdate(snapshot, live);
    expect(body.secrets).toEqual([{ name: 'mine' }, { name: 'x-token-new11' }]);
    expect(body.imagePullSecrets).toEqual([{ name: 'x-dockercfg-abcde' }]);
  });

  it('the uids of owners, found by kind and name', () => {
    const owner = (name: string, uid: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid });
    const snapshot = cm({ ownerReferences: [owner('a', 'old'), owner('b', 'old')] });
    const live = cm({ ownerReferences: [owner('c', 'new'), owner('a', 'new')] });
    expect(forUpdate(snapshot, live).metadata.ownerReferences).toEqual([owner('a', 'new'), owner('b', 'old')]);
  });
});

describe('an update', () => {
  it('puts a removed finalizer back', () => {
    expect(read(forUpdate(cm({ finalizers: ['a'] }), cm({})), 'metadata.finalizers')).toEqual(['a']);
  });

  it('keeps the CA bundle of the snapshot where live has none', () => {
    const body = forUpdate(webhooks(['a', 'old'], ['b', 'old']), webhooks(['a', undefined]));
    expect(read(body, 'webhooks.0.clientConfig.caBundle')).toBe('old');
    expect(read(body, 'webhooks.1.clientConfig.caBundle')).toBe('old');
  });

  it('makes up no conversion webhook for a definition that had none', () => {
    const definition = (conversion: Parts) =>
      of('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec: { conversion } });
    const live = definition({ strategy: 'Webhook', webhook: { clientConfig: { caBundle: 'x' } } });
    expect(forUpdate(definition({ strategy: 'None' }), live).spec).toEqual({ conversion: { strategy: 'None' } });
  });

  it('sends status only of kinds whose status may be plain data', () => {
    expect('status' in forUpdate(deployment(), deployment())).toBe(false);
    expect(forUpdate(of('x.io/v1', 'A', { status: { a: 'b' } }), of('x.io/v1', 'A')).status).toEqual({ a: 'b' });
  });

  it('of what is already so changes nothing', () => {
    const live = cm({ ...server, ...revision('3'), finalizers: ['live-only'] });
    expect(sameContent(forUpdate(cm(revision('1')), live), live)).toBe(true);
    expect([isPutBack(cm(revision('1')), live), sameContent(cm({}), live)]).toEqual([true, false]);
    expect(isPutBack(cm({ labels: { a: '1' } }), live)).toBe(false);
  });
});

describe('a re-creation drops', () => {
  const cases: readonly [string, KubeObject, string][] = [
    ['status', deployment(), 'status'],
    ['revision annotations', cm(revision('1')), 'metadata.annotations'],
    ["a claim's volume", claim({ volumeName: 'a' }), 'spec.volumeName'],
    ['binding annotations', cm({ annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }), 'metadata.annotations'],
    [
      "the uid of a volume's claim",
      core('PersistentVolume', { spec: { claimRef: { name: 'a', uid: 'u' } } }),
      'spec.claimRef.uid',
    ],
    ["a pod's node", core('Pod', { spec: { nodeName: 'a' } }), 'spec.nodeName'],
    ["a Namespace's own finalizers", core('Namespace', { spec: { finalizers: ['kubernetes'] } }), 'spec.finalizers'],
    ["an aggregated ClusterRole's rules", role([{ verbs: ['a'] }]), 'rules'],
    ['a token', tokenSecret('old'), 'data'],
    [
      'the ServiceAccount uid of a token',
      tokenSecret('old'),
      'metadata.annotations.<kubernetes.io/service-account.uid>',
    ],
    ["a Job's controller uid", job('u-1'), 'spec.selector.matchLabels.controller-uid'],
    ["a Job's own label of it", job('u-1'), 'metadata.labels'],
    ['generated secrets', core('ServiceAccount', { secrets: [{ name: 'x-token-abcde' }] }), 'secrets'],
    ['finalizers that nobody is known to have declared', cm({ finalizers: ['a'] }), 'metadata.finalizers'],
  ];
  it.each(cases)('%s', (_, snapshot, where) => expect(read(forCreate(snapshot), where)).toBeUndefined());

  it('finalizers of controllers, and keeps those that were applied or there from the start', () => {
    const holds = (manager: string, operation: string, time: string, name: string) => ({
      manager,
      operation,
      time,
      fieldsV1: { 'f:metadata': { 'f:finalizers': { [`v:"${name}"`]: {} } } },
    });
    const managedFields = [
      holds('operator', 'Update', '2025-01-01T00:00:05Z', 'operator'),
      holds('helm', 'Update', '2025-01-01T00:00:00Z', 'created'),
      holds('ci', 'Apply', '2025-01-01T00:00:09Z', 'applied'),
    ];
    const snapshot = cm({ finalizers: ['operator', 'created', 'applied'], managedFields });
    expect(forCreate(snapshot).metadata.finalizers).toEqual(['created', 'applied']);
  });
});

describe('a re-creation keeps', () => {
  const cases: readonly [string, KubeObject, string, unknown][] = [
    ["a claim's class", claim({ storageClassName: 'fast', volumeName: 'a' }), 'spec.storageClassName', 'fast'],
    [
      "the name of a volume's claim",
      core('PersistentVolume', { spec: { claimRef: { name: 'a', uid: 'u' } } }),
      'spec.claimRef',
      { name: 'a' },
    ],
    [
      'who provisioned a volume',
      cm({ annotations: { 'pv.kubernetes.io/provisioned-by': 'csi' } }),
      'metadata.annotations',
      { 'pv.kubernetes.io/provisioned-by': 'csi' },
    ],
    ["a webhook's CA bundle", webhooks(['a', 'old']), 'webhooks.0.clientConfig.caBundle', 'old'],
    [
      'declared pull secrets',
      core('ServiceAccount', { imagePullSecrets: [{ name: 'mine' }] }),
      'imagePullSecrets',
      [{ name: 'mine' }],
    ],
    ['the name of a token', tokenSecret('old'), 'metadata.annotations.<kubernetes.io/service-account.name>', 'sa'],
    ["a Job's other labels", job('u-1'), 'spec.template.metadata.labels', { 'job-name': 'x' }],
    ['replicas', deployment({ spec: { replicas: 5 } }), 'spec.replicas', { isLosslessNumber: true, value: '5' }],
  ];
  it.each(cases)('%s', (_, snapshot, where, expected) => expect(read(forCreate(snapshot), where)).toEqual(expected));
});

describe('owner references', () => {
  const owner = (name: string, uid: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid, controller: false });
  const owned = cm({ ownerReferences: [owner('a', 'old'), owner('gone', 'old')] });

  it('get the uids that their owners have now; one whose owner is gone is dropped and named', () => {
    const { object: remapped, dropped } = remapOwners(owned, ({ name }) => (name === 'a' ? 'new' : undefined));
    expect(remapped.metadata.ownerReferences).toEqual([owner('a', 'new')]);
    expect(dropped).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', name: 'gone' }]);
  });

  it('are left out when every owner is gone', () => {
    expect('ownerReferences' in remapOwners(owned, () => undefined).object.metadata).toBe(false);
  });
});

it('an update of any of these equals the snapshot in canonical form, apart from finalizers that only live has', () => {
  const pairs = [
    [claim({ volumeName: 'a' }), claim({ volumeName: 'b' })],
    [role([]), role([{ verbs: ['b'] }])],
    [tokenSecret('old'), tokenSecret('new')],
    [job('u-1'), job('u-2')],
    [webhooks(['a', 'old']), webhooks(['a', 'new'])],
    [cm(revision('1'), { a: '1' }), cm({ ...revision('2'), labels: { added: '1' } }, { b: '2' })],
    [core('ServiceAccount'), core('ServiceAccount', { secrets: [{ name: 'x-token-abcde' }, { name: 'added' }] })],
  ] as const;
  for (const [snapshot, live] of pairs) {
    const body = forUpdate(withMetadata(snapshot, { uid: 'old' }), withMetadata(live, { uid: 'new' }));
    expect(canonicalText(body)).toBe(canonicalText(snapshot));
  }
});
