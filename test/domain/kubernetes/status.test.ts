import { describe } from 'vitest';
import type { KubeObject } from '../../../src/schema/json.ts';
import { type Case, condition, judge, of, type Parts } from './judge-health.ts';
import { deployment, withMetadata } from './objects.ts';

describe('any object', () => {
  judge([
    ['that is being deleted is terminating', deleted(deployment()), 'terminating', 'is being deleted'],
    ['names the finalizers that it waits for', deleted(deployment(), ['a', 'b']), 'terminating', 'waits for a, b'],
    [
      'is progressing until its latest generation is observed',
      deployment({ metadata: { generation: 4 } }),
      'progressing',
      'latest change',
    ],
    [
      'is progressing when a custom resource is behind',
      of('x.io/v1', 'A', { observedGeneration: 1 }, {}, { generation: 2 }),
      'progressing',
    ],
  ]);
});

describe('other kinds the API server knows', () => {
  const crd = (...conditions: Parts[]) => of('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { conditions });
  const service = (spec: Parts, status?: Parts) => of('v1', 'Service', status, spec);
  const scaler = (...conditions: Parts[]) => of('autoscaling/v2', 'HorizontalPodAutoscaler', { conditions });
  judge([
    ['a bound claim is current', of('v1', 'PersistentVolumeClaim', { phase: 'Bound' }), 'current'],
    [
      'a pending claim is judged with its consumer',
      of('v1', 'PersistentVolumeClaim', { phase: 'Pending' }),
      'notAssessed',
    ],
    ['a lost claim is failed', of('v1', 'PersistentVolumeClaim', { phase: 'Lost' }), 'failed'],
    ['a failed volume is failed', of('v1', 'PersistentVolume', { phase: 'Failed' }), 'failed'],
    [
      'an established definition is current',
      crd(condition('Established', 'True'), condition('NamesAccepted', 'True')),
      'current',
    ],
    ['a new definition is progressing', crd(), 'progressing'],
    [
      'a definition whose names are taken is failed',
      crd(condition('NamesAccepted', 'False', 'NameConflict')),
      'failed',
      'NameConflict',
    ],
    ['a service is current', service({ type: 'ClusterIP' }, { loadBalancer: {} }), 'current'],
    [
      'a load balancer without an address is progressing',
      service({ type: 'LoadBalancer', clusterIP: '1' }, { loadBalancer: {} }),
      'progressing',
    ],
    [
      'a load balancer with an address is current',
      service({ type: 'LoadBalancer' }, { loadBalancer: { ingress: [{ ip: '1' }] } }),
      'current',
    ],
    [
      'an autoscaler without metrics is progressing, not failed',
      scaler(condition('ScalingActive', 'False', 'FailedGetResourceMetric')),
      'progressing',
    ],
    [
      'an autoscaler of something scaled to zero is current',
      scaler(condition('ScalingActive', 'False', 'ScalingDisabled')),
      'current',
    ],
    [
      'an autoscaler that works is current',
      scaler(condition('AbleToScale', 'True'), condition('ScalingActive', 'True')),
      'current',
    ],
    [
      'an APIService that is not available is progressing',
      of('apiregistration.k8s.io/v1', 'APIService', { conditions: [condition('Available', 'False')] }),
      'progressing',
    ],
    ...['ConfigMap', 'Secret', 'ServiceAccount'].map(
      (kind): Case => [`a ${kind} is current`, of('v1', kind), 'current'],
    ),
    ['a CronJob is current', of('batch/v1', 'CronJob', {}), 'current'],
    ['a Role is current', of('rbac.authorization.k8s.io/v1', 'Role'), 'current'],
  ]);
});

describe('a custom resource', () => {
  const cr = (...conditions: Parts[]) => of('x.io/v1', 'A', { conditions });
  judge([
    ['without status is not assessed', of('x.io/v1', 'A'), 'notAssessed', 'no conditions'],
    ['without conditions is not assessed', of('x.io/v1', 'A', { phase: 'Fine' }), 'notAssessed'],
    ['without a telling condition is not assessed', cr(condition('Synced', 'True')), 'notAssessed', 'named Ready'],
    ['that is ready is current', cr(condition('Ready', 'True')), 'current'],
    ['that is available is current', cr(condition('Available', 'True')), 'current'],
    [
      'that is not ready is progressing',
      cr(condition('Ready', 'False', 'Waiting', 'for x')),
      'progressing',
      'Waiting: for x',
    ],
    [
      'that is ready while reconciling is progressing',
      cr(condition('Ready', 'True'), condition('Reconciling', 'True')),
      'progressing',
    ],
    ['that is stalled is failed', cr(condition('Ready', 'True'), condition('Stalled', 'True', 'Bad')), 'failed', 'Bad'],
    [
      'named like a built-in kind is judged by its own conditions',
      of('x.io/v1', 'Deployment', { conditions: [condition('Ready', 'True')] }),
      'current',
    ],
  ]);
});

function deleted(object: KubeObject, finalizers: string[] = []): KubeObject {
  return withMetadata(object, { deletionTimestamp: '2025-01-01T00:00:00Z', finalizers });
}
