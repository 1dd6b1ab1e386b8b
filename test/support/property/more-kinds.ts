import type { Json } from '../../../src/sandbox/index.ts';
import type { Kind } from './kinds.ts';
import type { Knob } from './knobs.ts';

/** Changes in the way every object can change. */
const note: Knob = { path: ['metadata', 'annotations', 'example.com/note'], values: ['a', 'b'] };
const field = (path: readonly (string | number)[], ...values: Json[]): Knob => ({ path, values });
const rule = (...verbs: string[]) => ({ apiGroups: [''], resources: ['configmaps'], verbs });
const user = (name: string) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name });

/** Kinds that few applications have, or that live in no namespace. */
export const moreKinds: readonly Kind[] = [
  {
    kind: 'ClusterRole',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    plural: 'clusterroles',
    isClusterWide: true,
    body: () => ({}),
    knobs: [note, field(['rules'], [rule('get')], [rule('get', 'list')])],
  },
  {
    kind: 'ClusterRoleBinding',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    plural: 'clusterrolebindings',
    isClusterWide: true,
    body: () => ({ roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' } }),
    knobs: [note, field(['subjects'], [user('nobody-one')], [user('nobody-two')])],
  },
  {
    kind: 'PriorityClass',
    apiVersion: 'scheduling.k8s.io/v1',
    plural: 'priorityclasses',
    isClusterWide: true,
    body: () => ({ value: 7 }),
    knobs: [note, field(['description'], 'calm', 'wild')],
  },
  {
    kind: 'StorageClass',
    apiVersion: 'storage.k8s.io/v1',
    plural: 'storageclasses',
    isClusterWide: true,
    body: () => ({ provisioner: 'example.com/nothing' }),
    knobs: [note, field(['allowVolumeExpansion'], true, false)],
  },
  {
    kind: 'IngressClass',
    apiVersion: 'networking.k8s.io/v1',
    plural: 'ingressclasses',
    isClusterWide: true,
    body: () => ({ spec: { controller: 'example.com/nothing' } }),
    knobs: [note],
  },
  {
    kind: 'Lease',
    apiVersion: 'coordination.k8s.io/v1',
    plural: 'leases',
    body: () => ({ spec: {} }),
    knobs: [note, field(['spec', 'holderIdentity'], 'one', 'two'), field(['spec', 'leaseDurationSeconds'], 15, 30)],
  },
  {
    kind: 'PodTemplate',
    apiVersion: 'v1',
    plural: 'podtemplates',
    body: () => ({ template: { spec: { containers: [{ name: 'main' }] } } }),
    knobs: [note, field(['template', 'spec', 'containers', 0, 'image'], 'example/web:v1', 'example/web:v2')],
  },
  {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    plural: 'endpointslices',
    body: () => ({ addressType: 'IPv4', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }),
    knobs: [note, field(['endpoints'], [{ addresses: ['10.1.2.3'] }], [{ addresses: ['10.1.2.4'] }])],
  },
];
