import { describe, expect, it } from 'vitest';
import { compareRefs, stageOf } from '../../../src/domain/kubernetes/stages.ts';
import type { ObjectRef } from '../../../src/schema/object-ref.ts';

const ref = (apiVersion: string, kind: string, name = 'x', namespace?: string): ObjectRef => ({
  apiVersion,
  kind,
  name,
  namespace,
});

describe('writes', () => {
  it.each([
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'definitions'],
    ['v1', 'Namespace', 'definitions'],
    ['v1', 'ServiceAccount', 'access'],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding', 'access'],
    ['v1', 'ConfigMap', 'configuration'],
    ['v1', 'Secret', 'configuration'],
    ['v1', 'PersistentVolumeClaim', 'configuration'],
    ['v1', 'Service', 'services'],
    ['apps/v1', 'Deployment', 'workloads'],
    ['apps/v1', 'StatefulSet', 'workloads'],
    ['batch/v1', 'CronJob', 'workloads'],
    ['serving.knative.dev/v1', 'Service', 'resources'],
    ['example.io/v1', 'Deployment', 'resources'],
    ['networking.k8s.io/v1', 'Ingress', 'traffic'],
    ['gateway.networking.k8s.io/v1', 'HTTPRoute', 'traffic'],
    ['autoscaling/v2', 'HorizontalPodAutoscaler', 'autoscaling'],
    ['policy/v1', 'PodDisruptionBudget', 'autoscaling'],
    ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'autoscaling'],
  ])('%s %s in stage %s', (apiVersion, kind, stage) => expect(stageOf(ref(apiVersion, kind))).toBe(stage));

  it('kind by kind, then by namespace and name', () => {
    const ordered = [
      ref('v1', 'Namespace'),
      ref('rbac.authorization.k8s.io/v1', 'Role', 'z', 'b'),
      ref('rbac.authorization.k8s.io/v1', 'RoleBinding', 'a', 'a'),
      ref('v1', 'ConfigMap', 'B', 'shop'),
      ref('v1', 'ConfigMap', 'a', 'shop'),
      ref('v1', 'Secret', 'a', 'shop'),
      ref('apps/v1', 'Deployment', 'b', 'a'),
      ref('apps/v1', 'Deployment', 'a', 'b'),
      ref('example.io/v1', 'Alpha'),
      ref('example.io/v1', 'Beta'),
      ref('networking.k8s.io/v1', 'Ingress'),
      ref('policy/v1', 'PodDisruptionBudget'),
      ref('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
    ];
    expect([...ordered].reverse().sort(compareRefs)).toEqual(ordered);
    expect(compareRefs(ref('v1', 'Secret'), ref('v1', 'Secret'))).toBe(0);
  });
});
