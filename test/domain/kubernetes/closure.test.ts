import { describe, expect, it } from 'vitest';
import { aimsAt, definitionOf, namedByPods } from '../../../src/domain/kubernetes/closure.ts';
import { refKey } from '../../../src/domain/kubernetes/identity.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import { deployment, exact } from './objects.ts';

const spec = {
  serviceAccountName: 'web',
  imagePullSecrets: [{ name: 'registry' }],
  initContainers: [{ name: 'init', env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'init', key: 'a' } } }] }],
  containers: [
    {
      name: 'app',
      envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'payment', optional: true } }],
      env: [
        { name: 'B', valueFrom: { secretKeyRef: { name: 'token', key: 'b' } } },
        { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'D', value: 'plain' },
      ],
    },
  ],
  volumes: [
    { name: 'v1', configMap: { name: 'files' } },
    { name: 'v2', secret: { secretName: 'certificate' } },
    { name: 'v3', persistentVolumeClaim: { claimName: 'data' } },
    {
      name: 'v4',
      projected: { sources: [{ secret: { name: 'joined' } }, { configMap: { name: 'kube-root-ca.crt' } }] },
    },
    { name: 'v5', csi: { driver: 'x', nodePublishSecretRef: { name: 'driver' } } },
    { name: 'v6', emptyDir: {} },
  ],
};

const everything = [
  'ServiceAccount/shop/web',
  'Secret/shop/registry',
  'ConfigMap/shop/settings',
  'Secret/shop/payment',
  'Secret/shop/token',
  'ConfigMap/shop/init',
  'ConfigMap/shop/files',
  'Secret/shop/certificate',
  'PersistentVolumeClaim/shop/data',
  'Secret/shop/driver',
  'Secret/shop/joined',
].map((key) => `v1/${key}`);

const of = (apiVersion: string, kind: string, fields: Record<string, unknown>) =>
  exact({ apiVersion, kind, metadata: { name: 'web', namespace: 'shop' }, ...fields });

describe('what pods name', () => {
  it.each([
    ['a Deployment', of('apps/v1', 'Deployment', { spec: { template: { spec } } })],
    ['a CronJob', of('batch/v1', 'CronJob', { spec: { jobTemplate: { spec: { template: { spec } } } } })],
    ['a Pod', of('v1', 'Pod', { spec })],
    ['a custom resource with a pod template', of('argoproj.io/v1alpha1', 'Rollout', { spec: { template: { spec } } })],
  ])('of %s belongs to it, wherever it is named', (_, object) => {
    const needed = namedByPods(object);
    expect(needed.map(({ ref }) => refKey(ref)).sort()).toEqual([...everything].sort());
    expect(new Set(needed.map((one) => one.of))).toEqual(new Set([`named by ${object.kind}/web`]));
  });

  it('is nothing for what has no pods, and nothing that everybody has', () => {
    expect(namedByPods(of('v1', 'ConfigMap', { data: { spec: 'x' } }))).toEqual([]);
    const plain = { serviceAccountName: 'default', containers: [{ name: 'a' }] };
    expect(namedByPods(of('v1', 'Pod', { spec: plain }))).toEqual([]);
  });
});

describe('what acts on a member', () => {
  const members = [deployment()];
  const budget = (selector: unknown) =>
    exact({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b', namespace: 'shop' },
      spec: { selector },
    });
  const scaler = (apiVersion: string, kind: string, field: string, target: object, namespace = 'shop') =>
    exact({ apiVersion, kind, metadata: { name: 's', namespace }, spec: { [field]: target } });
  const checkout = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' };
  const term = (operator: string, values?: string[]) => ({ matchExpressions: [{ key: 'app', operator, values }] });

  it.each<[string, KubeObject]>([
    ['an autoscaler', scaler('autoscaling/v2', 'HorizontalPodAutoscaler', 'scaleTargetRef', checkout)],
    [
      'a KEDA object that names no kind',
      scaler('keda.sh/v1alpha1', 'ScaledObject', 'scaleTargetRef', { name: 'checkout' }),
    ],
    ['a vertical autoscaler', scaler('autoscaling.k8s.io/v1', 'VerticalPodAutoscaler', 'targetRef', checkout)],
    ['a budget by labels', budget({ matchLabels: { app: 'checkout' } })],
    ['a budget by expressions', budget(term('In', ['checkout', 'x']))],
    ['a budget of everything', budget({})],
  ])('belongs to it: %s', (_, object) => {
    expect(aimsAt(object, members)).toBe('aims at Deployment/checkout');
  });

  it.each<[string, KubeObject]>([
    [
      'an autoscaler of another',
      scaler('autoscaling/v2', 'HorizontalPodAutoscaler', 'scaleTargetRef', { ...checkout, name: 'x' }),
    ],
    [
      'an autoscaler of another kind',
      scaler('autoscaling/v2', 'HorizontalPodAutoscaler', 'scaleTargetRef', { ...checkout, kind: 'StatefulSet' }),
    ],
    [
      'an autoscaler elsewhere',
      scaler('autoscaling/v2', 'HorizontalPodAutoscaler', 'scaleTargetRef', checkout, 'edge'),
    ],
    ['a budget of other pods', budget({ matchLabels: { app: 'x' } })],
    ['a budget of all but these', budget(term('NotIn', ['checkout']))],
    ['a budget of pods without the label', budget(term('DoesNotExist'))],
    ['a budget of none', budget(undefined)],
  ])('and not so: %s', (_, object) => {
    expect(aimsAt(object, members)).toBeUndefined();
  });
});

describe('what defines a kind', () => {
  const widget = of('example.com/v1', 'Widget', {});

  it('belongs to its objects, unless the kind is built in or not served', () => {
    expect(definitionOf(widget, () => 'widgets')).toEqual({
      ref: { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'widgets.example.com' },
      of: 'defines Widget/web',
    });
    expect(definitionOf(widget, () => undefined)).toBeUndefined();
    expect(definitionOf(deployment(), () => 'deployments')).toBeUndefined();
  });
});
