import { expect, test } from 'vitest';
import { immutableChange } from '../../../src/domain/plan/immutable.ts';
import { type ObjectOptions, objectOf } from '../../support/plan-builders.ts';

const change = (kind: ObjectOptions, fields: string[], from: ObjectOptions = {}, to: ObjectOptions = {}) => ({
  from: objectOf({ ...kind, ...from }),
  to: objectOf({ ...kind, ...to }),
  fields,
});
const kind = (apiVersion: string, name: string): ObjectOptions => ({ apiVersion, kind: name });
const apps = (name: string) => kind('apps/v1', name);
const rbac = (name: string) => kind('rbac.authorization.k8s.io/v1', name);
const sealed: ObjectOptions = { body: { immutable: true, data: {} } };
const claim = (storage: string): ObjectOptions => ({ body: { spec: { resources: { requests: { storage } } } } });
const clusterIp = (ip: string): ObjectOptions => ({ body: { spec: { clusterIP: ip } } });

test.each<[string, ReturnType<typeof change>, 'early' | 'late' | 'never']>([
  ['the selector of a Deployment', change(apps('Deployment'), ['/spec/selector/matchLabels/app']), 'late'],
  ['the selector of a DaemonSet', change(apps('DaemonSet'), ['/spec/selector/matchLabels/app']), 'late'],
  ['the service name of a StatefulSet', change(apps('StatefulSet'), ['/spec/serviceName']), 'late'],
  ['the claims of a StatefulSet', change(apps('StatefulSet'), ['/spec/volumeClaimTemplates/0/spec']), 'late'],
  ['the environment of a running Pod', change(kind('v1', 'Pod'), ['/spec/containers/0/env']), 'late'],
  ['the address of a Service', change(kind('v1', 'Service'), ['/spec/clusterIP'], clusterIp('10.0.0.1')), 'late'],
  ['the parameters of a StorageClass', change(kind('storage.k8s.io/v1', 'StorageClass'), ['/parameters/type']), 'late'],
  ['the data of a ConfigMap that is immutable now', change(kind('v1', 'ConfigMap'), ['/data/mode'], sealed), 'early'],
  ['unsealing a Secret', change(kind('v1', 'Secret'), ['/immutable'], sealed), 'early'],
  ['the type of a Secret', change(kind('v1', 'Secret'), ['/type']), 'early'],
  ['the role of a RoleBinding', change(rbac('RoleBinding'), ['/roleRef/name']), 'early'],
  ['the role of a ClusterRoleBinding', change(rbac('ClusterRoleBinding'), ['/roleRef/name']), 'early'],
  [
    'the size of a claim that would shrink',
    change(kind('v1', 'PersistentVolumeClaim'), ['/spec/resources/requests/storage'], claim('20Gi'), claim('10Gi')),
    'never',
  ],
  ['the access modes of a claim', change(kind('v1', 'PersistentVolumeClaim'), ['/spec/accessModes']), 'never'],
  [
    'the scope of a definition',
    change(kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition'), ['/spec/scope']),
    'never',
  ],
])('%s cannot be written in place', (_name, given, how) => {
  expect(immutableChange(given)).toEqual({ how, field: given.fields[0] });
});

test.each<[string, ReturnType<typeof change>]>([
  ['the image of a Deployment', change(apps('Deployment'), ['/spec/template/spec/containers/0/image'])],
  ['the template of a StatefulSet', change(apps('StatefulSet'), ['/spec/template/spec/containers/0/image'])],
  [
    'the replicas and labels of a StatefulSet',
    change(apps('StatefulSet'), ['/metadata/labels/tier', '/spec/replicas']),
  ],
  ['the image of a Pod', change(kind('v1', 'Pod'), ['/spec/containers/0/image'])],
  ['the labels of a ConfigMap that is immutable', change(kind('v1', 'ConfigMap'), ['/metadata/labels/a'], sealed)],
  ['the data of an ordinary ConfigMap', change(kind('v1', 'ConfigMap'), ['/data/mode'])],
  [
    'the size of a claim that grows',
    change(kind('v1', 'PersistentVolumeClaim'), ['/spec/resources/requests/storage'], claim('10Gi'), claim('1Ti')),
  ],
  ['a Service that gets its first address', change(kind('v1', 'Service'), ['/spec/clusterIP'])],
  ['a custom resource, whose rules only the server knows', change(kind('example.com/v1', 'Shop'), ['/spec/size'])],
])('%s can', (_name, given) => {
  expect(immutableChange(given)).toBeNull();
});
