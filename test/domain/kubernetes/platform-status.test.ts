import { describe } from 'vitest';
import { type Case, condition, judge, of, type Parts } from './judge-health.ts';

describe('a Namespace', () => {
  judge([
    ['that is active is current', of('v1', 'Namespace', { phase: 'Active' }), 'current'],
    ['without a phase is progressing', of('v1', 'Namespace'), 'progressing', 'not reported yet'],
    [
      'that is going away is progressing',
      of('v1', 'Namespace', { phase: 'Terminating' }),
      'progressing',
      'Terminating',
    ],
  ]);
});

describe('a PersistentVolumeClaim', () => {
  const claim = (phase: string) => of('v1', 'PersistentVolumeClaim', { phase });
  judge([
    ['that is bound is current', claim('Bound'), 'current'],
    ['that is pending is judged with its consumer', claim('Pending'), 'notAssessed', 'the pod that uses it'],
    ['that is lost is failed', claim('Lost'), 'failed', 'lost'],
  ]);
});

describe('a PersistentVolume', () => {
  const volume = (phase?: string, message?: string) => of('v1', 'PersistentVolume', { phase, message });
  judge([
    ...['Available', 'Bound', 'Released'].map(
      (phase): Case => [`that is ${phase} is current`, volume(phase), 'current'],
    ),
    ['that is pending is progressing', volume('Pending'), 'progressing', 'Pending'],
    ['without a phase is progressing', volume(), 'progressing'],
    ['that failed is failed, and says why', volume('Failed', 'no recycler'), 'failed', 'no recycler'],
  ]);
});

describe('a Service', () => {
  const service = (type: string | undefined, ingress: Parts[] = []) =>
    of('v1', 'Service', { loadBalancer: { ingress } }, { type, clusterIP: '10.0.0.1' });
  judge([
    ['without a load balancer is current', service('ClusterIP'), 'current'],
    ['without a type is current', service(undefined), 'current'],
    ['that only points elsewhere is current', service('ExternalName'), 'current'],
    ['with a clusterIP and no balancer address is progressing', service('LoadBalancer'), 'progressing', 'address'],
    ['with a balancer address is current', service('LoadBalancer', [{ ip: '1' }]), 'current'],
  ]);
});

describe('an Ingress', () => {
  const ingress = (...addresses: Parts[]) =>
    of('networking.k8s.io/v1', 'Ingress', { loadBalancer: { ingress: addresses } });
  judge([
    ['with an address is current', ingress({ hostname: 'lb' }), 'current'],
    ['without an address is not assessed', ingress(), 'notAssessed', 'never do'],
  ]);
});

describe('a CustomResourceDefinition', () => {
  const crd = (...conditions: Parts[]) => of('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { conditions });
  judge([
    [
      'that is established is current',
      crd(condition('Established', 'True'), condition('NamesAccepted', 'True')),
      'current',
    ],
    ['that is new is progressing', crd(), 'progressing', 'not reported yet'],
    [
      'that is installing is progressing',
      crd(condition('Established', 'False', 'Installing')),
      'progressing',
      'Installing',
    ],
    [
      'whose names are taken is failed',
      crd(condition('Established', 'True'), condition('NamesAccepted', 'False', 'NameConflict')),
      'failed',
      'NameConflict',
    ],
  ]);
});

describe('an APIService', () => {
  const service = (...conditions: Parts[]) => of('apiregistration.k8s.io/v1', 'APIService', { conditions });
  judge([
    ['that is available is current', service(condition('Available', 'True')), 'current'],
    [
      'that is not available is progressing',
      service(condition('Available', 'False', 'MissingEndpoints')),
      'progressing',
      'MissingEndpoints',
    ],
    ['that says nothing yet is progressing', service(), 'progressing'],
  ]);
});

describe('a HorizontalPodAutoscaler', () => {
  const scaler = (...conditions: Parts[]) => of('autoscaling/v2', 'HorizontalPodAutoscaler', { conditions });
  judge([
    ['that works is current', scaler(condition('AbleToScale', 'True'), condition('ScalingActive', 'True')), 'current'],
    ['that reports nothing is not assessed', scaler(), 'notAssessed', 'no conditions'],
    [
      'at its limit is current',
      scaler(condition('AbleToScale', 'True'), condition('ScalingLimited', 'True')),
      'current',
    ],
    ...['FailedGetResourceMetric', 'FailedGetPodsMetric', 'FailedGetExternalMetric'].map(
      (reason): Case => [
        `with ${reason} is progressing, since metrics are missing after every rollout`,
        scaler(condition('ScalingActive', 'False', reason)),
        'progressing',
        reason,
      ],
    ),
    [
      'whose target is not there yet is progressing',
      scaler(condition('AbleToScale', 'False', 'FailedGetScale')),
      'progressing',
    ],
    ...['InvalidSelector', 'AmbiguousSelector', 'InvalidMetricSourceType'].map(
      (reason): Case => [
        `with ${reason} is failed, since time heals no mistake in it`,
        scaler(condition('AbleToScale', 'True'), condition('ScalingActive', 'False', reason)),
        'failed',
        reason,
      ],
    ),
    [
      'of something scaled to zero is current',
      scaler(condition('ScalingActive', 'False', 'ScalingDisabled')),
      'current',
    ],
  ]);
});

describe('a PodDisruptionBudget', () => {
  const budget = (status: Parts) => of('policy/v1', 'PodDisruptionBudget', status);
  judge([
    ['that is met is current', budget({ desiredHealthy: 2, currentHealthy: 2 }), 'current'],
    ['that wants none is current', budget({ desiredHealthy: 0 }), 'current'],
    ['that is not met is progressing', budget({ desiredHealthy: 2, currentHealthy: 1 }), 'progressing', '1 of 2 pods'],
    [
      'that cannot be worked out is progressing',
      budget({ desiredHealthy: 0, conditions: [condition('DisruptionAllowed', 'False', 'SyncFailed', 'no scale')] }),
      'progressing',
      'SyncFailed: no scale',
    ],
    ['that nobody reports on is not assessed', budget({}), 'notAssessed'],
  ]);
});

describe("kcp's APIBinding", () => {
  const binding = (phase: string | undefined, ...conditions: Parts[]) =>
    of('apis.kcp.io/v1alpha2', 'APIBinding', { phase, conditions });
  judge([
    ['that is bound is current', binding('Bound', condition('Ready', 'True')), 'current'],
    ['that is binding is progressing', binding('Binding'), 'progressing', 'Binding'],
    ['that is new is progressing', binding(undefined), 'progressing', 'not reported yet'],
    [
      'whose claims are not applied is progressing',
      binding('Bound', condition('PermissionClaimsApplied', 'False', 'InternalError')),
      'progressing',
      'InternalError',
    ],
  ]);
});

describe('what exists is current, when it is only data or rules:', () => {
  const kinds: readonly (readonly [apiVersion: string, ...kinds: string[]])[] = [
    ['v1', 'ConfigMap', 'Secret', 'ServiceAccount', 'Endpoints', 'LimitRange', 'ResourceQuota'],
    ['discovery.k8s.io/v1', 'EndpointSlice'],
    ['batch/v1', 'CronJob'],
    ['networking.k8s.io/v1', 'NetworkPolicy', 'IngressClass'],
    ['rbac.authorization.k8s.io/v1', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
    ['storage.k8s.io/v1', 'StorageClass'],
    ['scheduling.k8s.io/v1', 'PriorityClass'],
    ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
  ];
  judge(kinds.flatMap(([apiVersion, ...names]) => names.map((kind): Case => [kind, of(apiVersion, kind), 'current'])));
});

describe('what has a status that Belay cannot read is not assessed:', () => {
  judge([
    ['a ResourceClaim', of('resource.k8s.io/v1', 'ResourceClaim', {}), 'notAssessed', 'no conditions'],
    ['a CertificateSigningRequest', of('certificates.k8s.io/v1', 'CertificateSigningRequest', {}), 'notAssessed'],
    ['a custom resource that is named like data', of('x.io/v1', 'ConfigMap'), 'notAssessed'],
  ]);
});
