import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText, changedPointers, sameContent } from '../../../src/domain/kubernetes/canonical.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import { deployment, exact, object } from './objects.ts';

type Parts = Record<string, unknown>;
const core = (kind: string, parts: Parts = {}, metadata: Parts = {}) =>
  exact({ apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'shop', ...metadata }, ...parts });
const of = (apiVersion: string, kind: string, parts: Parts, metadata: Parts = {}) =>
  exact({ apiVersion, kind, metadata: { name: 'x', ...metadata }, ...parts });
const annotated = (annotations: Parts) => core('ConfigMap', {}, { annotations });

describe('does not compare', () => {
  const webhook = (caBundle?: string) => ({ webhooks: [{ name: 'a', clientConfig: { url: 'u', caBundle } }] });
  const cases: readonly [string, KubeObject, KubeObject][] = [
    ['what only the server writes', core('ConfigMap'), core('ConfigMap', {}, serverMetadata())],
    ['status', core('Service', { status: { a: 1 } }), core('Service')],
    ['an emptied map and a missing one', core('ConfigMap', {}, { labels: {}, finalizers: [] }), core('ConfigMap')],
    ["a Deployment's revision", annotated({ 'deployment.kubernetes.io/revision': '3' }), core('ConfigMap')],
    [
      "a DaemonSet's template generation",
      annotated({ 'deprecated.daemonset.template.generation': '3', own: '1' }),
      annotated({ own: '1', 'deprecated.daemonset.template.generation': '5' }),
    ],
    [
      "a Deployment's past revisions",
      annotated({ 'deployment.kubernetes.io/revision-history': '1,3' }),
      core('ConfigMap'),
    ],
    ['binding annotations', annotated({ 'pv.kubernetes.io/bind-completed': 'yes' }), core('ConfigMap')],
    ['provisioners', annotated({ 'volume.beta.kubernetes.io/storage-provisioner': 'csi' }), core('ConfigMap')],
    [
      'provisioners by their later name',
      annotated({ 'volume.kubernetes.io/storage-provisioner': 'c' }),
      core('ConfigMap'),
    ],
    ['the selected node', annotated({ 'volume.kubernetes.io/selected-node': 'n1' }), core('ConfigMap')],
    ['leader locks', annotated({ 'control-plane.alpha.kubernetes.io/leader': '{}' }), core('ConfigMap')],
    ["kcp's placement", annotated({ 'kcp.io/cluster': 'abc' }), core('ConfigMap')],
    [
      "kcp's placement labels",
      core('ConfigMap', {}, { labels: { 'state.workload.kcp.io/a': 'Sync' } }),
      core('ConfigMap'),
    ],
    ["kcp's finalizers", core('ConfigMap', {}, { finalizers: ['finalizers.workload.kcp.io/a'] }), core('ConfigMap')],
    ['the uid of an owner', core('ConfigMap', {}, owned('u-1')), core('ConfigMap', {}, owned('u-2'))],
    [
      'the order of finalizers',
      core('ConfigMap', {}, { finalizers: ['b', 'a'] }),
      core('ConfigMap', {}, { finalizers: ['a', 'b'] }),
    ],
    [
      'what a claim is bound to',
      core('PersistentVolumeClaim', {
        spec: { volumeName: 'pv-1', storageClassName: 'fast', volumeMode: 'Filesystem' },
      }),
      core('PersistentVolumeClaim', { spec: {} }),
    ],
    [
      'what a volume is bound to',
      core('PersistentVolume', { spec: { claimRef: { name: 'a' } } }),
      core('PersistentVolume', { spec: {} }),
    ],
    ['where a pod runs', core('Pod', { spec: { nodeName: 'n1' } }), core('Pod', { spec: {} })],
    [
      "a Namespace's own finalizers",
      core('Namespace', { spec: { finalizers: ['kubernetes'] } }),
      core('Namespace', { spec: {} }),
    ],
    [
      'the rules of an aggregated ClusterRole',
      of('rbac.authorization.k8s.io/v1', 'ClusterRole', { aggregationRule: {}, rules: [{ verbs: ['get'] }] }),
      of('rbac.authorization.k8s.io/v1', 'ClusterRole', { aggregationRule: {}, rules: null }),
    ],
    [
      "a validating webhook's CA bundle",
      of('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', webhook('one')),
      of('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', webhook('two')),
    ],
    [
      "a mutating webhook's CA bundle",
      of('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', webhook('one')),
      of('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', webhook()),
    ],
    [
      "an APIService's CA bundle",
      of('apiregistration.k8s.io/v1', 'APIService', { spec: { caBundle: 'one' } }),
      of('apiregistration.k8s.io/v1', 'APIService', { spec: {} }),
    ],
    ["a conversion webhook's CA bundle", definition('one'), definition('two')],
    [
      'generated secrets of a ServiceAccount',
      core('ServiceAccount', {
        secrets: [{ name: 'x-token-abcde' }, { name: 'mine' }],
        imagePullSecrets: [{ name: 'x-dockercfg-zz9zz' }],
      }),
      core('ServiceAccount', { secrets: [{ name: 'mine' }] }),
    ],
    [
      'the content of a token Secret',
      core(
        'Secret',
        { type: 'kubernetes.io/service-account-token', data: { token: 'a' } },
        { annotations: { 'kubernetes.io/service-account.uid': '1' } },
      ),
      core('Secret', { type: 'kubernetes.io/service-account-token', data: { token: 'b' } }),
    ],
    ['the controller uid of a Job', job('u-1'), job('u-2')],
  ];
  it.each(cases)('%s', (_, a, b) => {
    expect(canonicalText(a)).toBe(canonicalText(b));
    expect(changedPointers(a, b)).toEqual([]);
  });
});

describe('compares', () => {
  const cases: readonly [string, KubeObject, KubeObject, readonly string[]][] = [
    [
      'labels',
      core('ConfigMap', {}, { labels: { a: '1' } }),
      core('ConfigMap', {}, { labels: { a: '2' } }),
      ['/metadata/labels/a'],
    ],
    [
      'the last applied configuration',
      annotated({ 'kubectl.kubernetes.io/last-applied-configuration': '1' }),
      annotated({ 'kubectl.kubernetes.io/last-applied-configuration': '2' }),
      ['/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration'],
    ],
    ['finalizers', core('ConfigMap', {}, { finalizers: ['a'] }), core('ConfigMap'), ['/metadata/finalizers']],
    [
      'the name of an owner',
      core('ConfigMap', {}, owned('u', 'a')),
      core('ConfigMap', {}, owned('u', 'b')),
      ['/metadata/ownerReferences'],
    ],
    [
      'cluster IPs',
      core('Service', { spec: { clusterIP: '10.0.0.1' } }),
      core('Service', { spec: { clusterIP: '10.0.0.2' } }),
      ['/spec/clusterIP'],
    ],
    [
      'node ports',
      ports([{ port: 80, nodePort: 30001 }]),
      ports([{ port: 80, nodePort: 30002 }]),
      ['/spec/ports/0/nodePort'],
    ],
    [
      'Secret data',
      core('Secret', { data: { password: 'YQ==' } }),
      core('Secret', { data: { password: 'Yg==' } }),
      ['/data/password'],
    ],
    ['the type of a Secret', core('Secret', { type: 'Opaque' }), core('Secret', { type: 'x' }), ['/type']],
    [
      'declared secrets of a ServiceAccount',
      core('ServiceAccount', { imagePullSecrets: [{ name: 'x-dockercfg-abcde' }, { name: 'mine' }] }),
      core('ServiceAccount', { imagePullSecrets: [{ name: 'yours' }] }),
      ['/imagePullSecrets'],
    ],
    [
      'rules of a ClusterRole that is not aggregated',
      of('rbac.authorization.k8s.io/v1', 'ClusterRole', { rules: [{ verbs: ['get'] }] }),
      of('rbac.authorization.k8s.io/v1', 'ClusterRole', { rules: [{ verbs: ['list'] }] }),
      ['/rules/0/verbs'],
    ],
    [
      "a Knative Service's fields as its own",
      of('serving.knative.dev/v1', 'Service', { spec: { nodeName: 'a' } }),
      of('serving.knative.dev/v1', 'Service', { spec: { nodeName: 'b' } }),
      ['/spec/nodeName'],
    ],
    ["Belay's fence annotation", annotated({ 'belay.dev/fence': '1' }), core('ConfigMap'), ['/metadata/annotations']],
    ['replicas', deployment(), deployment({ spec: { replicas: 3 } }), ['/spec/replicas']],
  ];
  it.each(cases)('%s', (_, a, b, pointers) => {
    expect(sameContent(a, b)).toBe(false);
    expect(changedPointers(a, b)).toEqual(pointers);
  });

  it('numbers that JavaScript cannot hold', () => {
    const at = (n: string) => object(`{"apiVersion":"x.io/v1","kind":"A","metadata":{"name":"a"},"spec":{"n":${n}}}`);
    expect(changedPointers(at('9007199254740993'), at('9007199254740992'))).toEqual(['/spec/n']);
    expect(sameContent(at('1.0'), at('1'))).toBe(false);
  });
});

const anyObject = fc
  .record({ spec: fc.jsonValue({ maxDepth: 4 }), labels: fc.dictionary(fc.string(), fc.string()) })
  .map(({ spec, labels }) => core('Thing', { spec }, { labels }));

/** Small enough that two of them are often nearly equal. */
const anyList = fc.array(
  fc.record({ name: fc.constantFrom('a', 'b', 'c'), port: fc.nat(1) }, { requiredKeys: ['port'] }),
  {
    maxLength: 4,
  },
);

describe('for any two objects', () => {
  it('lists differ exactly where a pointer says so', () => {
    fc.assert(
      fc.property(anyList, anyList, (a, b) => {
        const [from, to] = [core('Thing', { spec: { list: a } }), core('Thing', { spec: { list: b } })];
        expect(changedPointers(from, to).length === 0).toBe(sameContent(from, to));
      }),
      { numRuns: 500 },
    );
  });

  it('no pointer means equal, and equal means no pointer', () => {
    fc.assert(
      fc.property(anyObject, anyObject, (a, b) => {
        expect(changedPointers(a, b).length === 0).toBe(sameContent(a, b));
        expect(changedPointers(a, a)).toEqual([]);
      }),
    );
  });
});

function serverMetadata() {
  return {
    uid: 'u',
    resourceVersion: '1',
    generation: 2,
    creationTimestamp: '2025-01-01T00:00:00Z',
    selfLink: '/x',
    deletionTimestamp: '2025-01-01T00:00:00Z',
    deletionGracePeriodSeconds: 30,
    managedFields: [{ manager: 'kubectl' }],
  };
}

function owned(uid: string, name = 'owner') {
  return { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid }] };
}

function definition(caBundle: string) {
  const conversion = { strategy: 'Webhook', webhook: { clientConfig: { service: { name: 's' }, caBundle } } };
  return of('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec: { group: 'x.io', conversion } });
}

function job(uid: string) {
  const labels = { 'controller-uid': uid, 'batch.kubernetes.io/controller-uid': uid };
  const matchLabels = { 'batch.kubernetes.io/controller-uid': uid };
  const spec = { selector: { matchLabels }, template: { metadata: { labels: { ...labels, 'job-name': 'x' } } } };
  return of('batch/v1', 'Job', { spec }, { labels: { ...labels, app: 'x' } });
}

function ports(list: readonly Parts[]) {
  return core('Service', { spec: { ports: list } });
}
