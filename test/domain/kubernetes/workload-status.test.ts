import { describe } from 'vitest';
import { type Case, condition, judge, of, type Parts } from './judge-health.ts';
import { deployment, pod, rolledOut } from './objects.ts';

describe('a Deployment', () => {
  const none = { replicas: 0, updatedReplicas: undefined, readyReplicas: undefined, availableReplicas: undefined };
  const conditions = (...list: Parts[]) => ({ status: { conditions: list } });
  const available = condition('Available', 'True');
  const exceeded = condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'has timed out');
  const rolling = condition('Progressing', 'True', 'ReplicaSetUpdated');
  judge([
    ['that is rolled out is current', deployment(), 'current'],
    ['without status is progressing', deployment({ status: blank() }), 'progressing', 'not seen it yet'],
    [
      'with too few updated replicas is progressing',
      deployment({ status: { updatedReplicas: 1 } }),
      'progressing',
      '1 of 2 replicas updated',
    ],
    ['with old pods is progressing', deployment({ status: { replicas: 3 } }), 'progressing', '1 old pods'],
    [
      'with too few available replicas is progressing',
      deployment({ status: { availableReplicas: 1 } }),
      'progressing',
      'available',
    ],
    [
      'with too few ready replicas is progressing',
      deployment({ status: { readyReplicas: 1 } }),
      'progressing',
      'ready',
    ],
    ['scaled to zero is current', deployment({ spec: { replicas: 0 }, status: none }), 'current'],
    [
      'scaled to zero with pods left is progressing',
      deployment({ spec: { replicas: 0 }, status: { ...none, replicas: 1 } }),
      'progressing',
    ],
    [
      'past its deadline is failed',
      deployment(conditions(available, exceeded)),
      'failed',
      'ProgressDeadlineExceeded: has timed out',
    ],
    [
      'past its deadline for an older generation is not failed',
      deployment({ metadata: { generation: 4 }, ...conditions(exceeded) }),
      'progressing',
    ],
    [
      'with all counts, whose rollout is not complete, is progressing',
      deployment(conditions(available, rolling)),
      'progressing',
      'rollout',
    ],
    [
      'that is not available is progressing',
      deployment(conditions(condition('Progressing', 'True', 'NewReplicaSetAvailable'))),
      'progressing',
    ],
    [
      'without a deadline needs no progress report',
      deployment({ spec: { progressDeadlineSeconds: undefined }, ...conditions(available) }),
      'current',
    ],
    [
      'with the largest deadline needs none, either',
      deployment({ spec: { progressDeadlineSeconds: 2147483647 }, ...conditions(available) }),
      'current',
    ],
    [
      'paused half-way is not assessed',
      deployment({ spec: { paused: true }, status: { updatedReplicas: 1 } }),
      'notAssessed',
      'paused',
    ],
    [
      'whose pods are refused is progressing, and says why',
      deployment({
        status: { updatedReplicas: 1, conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', 'quota')] },
      }),
      'progressing',
      'FailedCreate: quota',
    ],
    ['paused when complete is current', deployment({ spec: { paused: true }, ...conditions(available) }), 'current'],
    ['paused past its deadline is failed', deployment({ spec: { paused: true }, ...conditions(exceeded) }), 'failed'],
  ]);
});

describe('a StatefulSet', () => {
  const done = {
    observedGeneration: 1,
    replicas: 3,
    readyReplicas: 3,
    updatedReplicas: 3,
    availableReplicas: 3,
    currentRevision: 'b',
    updateRevision: 'b',
  };
  const set = (status: Parts = {}, spec: Parts = {}) =>
    of('apps/v1', 'StatefulSet', { ...done, ...status }, { replicas: 3, ...spec }, { generation: 1 });
  const rolling = (partition: number) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } });
  const onDelete = { updateStrategy: { type: 'OnDelete' } };
  judge([
    ['that is rolled out is current', set(), 'current'],
    ['that is not seen yet is progressing', set({ observedGeneration: undefined }), 'progressing'],
    ['with a pod missing is progressing', set({ replicas: 2 }), 'progressing', 'created'],
    ['with a pod too many is progressing', set({ replicas: 4 }), 'progressing', 'old pods'],
    ['with a pod not ready is progressing', set({ readyReplicas: 2 }), 'progressing', 'ready'],
    ['with a pod not available is progressing', set({ availableReplicas: 2 }), 'progressing', 'available'],
    ['of a server that does not report availability is current', set({ availableReplicas: undefined }), 'current'],
    [
      'with an old pod is progressing',
      set({ updatedReplicas: 2, currentRevision: 'a' }),
      'progressing',
      '2 of 3 replicas updated',
    ],
    ['whose revisions differ is progressing', set({ currentRevision: 'a' }), 'progressing', 'rollout'],
    ['with a partition of zero must roll completely', set({ currentRevision: 'a' }, rolling(0)), 'progressing'],
    [
      'with a partition is current when the pods above it are updated',
      set({ updatedReplicas: 1, currentRevision: 'a' }, rolling(2)),
      'current',
    ],
    [
      'with a partition is progressing before that',
      set({ updatedReplicas: 0, currentRevision: 'a' }, rolling(2)),
      'progressing',
    ],
    [
      'OnDelete with stale pods is not current',
      set({ updatedReplicas: 1, currentRevision: 'a' }, onDelete),
      'progressing',
      '1 of 3 replicas updated',
    ],
    ['OnDelete never moves its current revision', set({ currentRevision: 'a' }, onDelete), 'current'],
    [
      'of zero replicas is current',
      set({ replicas: 0, readyReplicas: 0, updatedReplicas: 0, availableReplicas: 0 }, { replicas: 0 }),
      'current',
    ],
  ]);
});

describe('a DaemonSet', () => {
  const done = {
    observedGeneration: 1,
    desiredNumberScheduled: 2,
    currentNumberScheduled: 2,
    updatedNumberScheduled: 2,
    numberAvailable: 2,
    numberReady: 2,
  };
  const set = (status: Parts) => of('apps/v1', 'DaemonSet', { ...done, ...status }, {}, { generation: 1 });
  judge([
    ['that is rolled out is current', set({}), 'current'],
    ['that no node wants is current', set({ desiredNumberScheduled: 0 }), 'current'],
    [
      'that is not seen yet is progressing',
      set({ observedGeneration: undefined, desiredNumberScheduled: 0 }),
      'progressing',
    ],
    ...['currentNumberScheduled', 'updatedNumberScheduled', 'numberAvailable', 'numberReady'].map(
      (field): Case => [`with too low ${field} is progressing`, set({ [field]: 1 }), 'progressing', '1 of 2 pods'],
    ),
  ]);
});

describe('a ReplicaSet', () => {
  const done = { observedGeneration: 1, replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
  const set = (status: Parts) =>
    of('apps/v1', 'ReplicaSet', { ...done, ...status }, { replicas: 2 }, { generation: 1 });
  judge([
    ['with all its pods is current', set({}), 'current'],
    [
      'that cannot create pods is progressing, and time decides',
      set({ conditions: [condition('ReplicaFailure', 'True')] }),
      'progressing',
      'cannot create',
    ],
    ['with unlabelled pods is progressing', set({ fullyLabeledReplicas: 1 }), 'progressing', 'labelled'],
    ['with too many pods is progressing', set({ replicas: 3 }), 'progressing', 'old pods'],
  ]);
});

describe('a ReplicationController', () => {
  const done = { observedGeneration: 1, replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  const controller = (status: Parts) =>
    of('v1', 'ReplicationController', { ...done, ...status }, { replicas: 1 }, { generation: 1 });
  judge([
    ['with all its pods is current', controller({}), 'current'],
    ['that is not seen yet is progressing', controller({ observedGeneration: undefined }), 'progressing', 'not seen'],
    ['with a pod not ready is progressing', controller({ readyReplicas: 0 }), 'progressing', 'ready'],
    [
      'that cannot create pods is progressing, and time decides',
      controller({ conditions: [condition('ReplicaFailure', 'True')] }),
      'progressing',
      'cannot create',
    ],
  ]);
});

describe('a Pod', () => {
  const ready = { conditions: [condition('Ready', 'True')] };
  judge([
    ['that runs and is ready is current', pod('a', { status: { phase: 'Running', ...ready } }), 'current'],
    [
      'that runs and is not ready is progressing',
      pod('a', { status: { phase: 'Running' } }),
      'progressing',
      'running, not ready',
    ],
    ['that is pending is progressing', pod('a'), 'progressing', 'pending'],
    ['that succeeded is current', pod('a', { status: { phase: 'Succeeded' } }), 'current'],
    ['that failed is failed', pod('a', { status: { phase: 'Failed', reason: 'Evicted' } }), 'failed', 'Evicted'],
  ]);
});

describe('a Job', () => {
  const job = (spec: Parts, ...conditions: Parts[]) => of('batch/v1', 'Job', { conditions }, spec);
  judge([
    ['that runs is progressing, not current', job({}), 'progressing', 'running'],
    ['that is complete is current', job({}, condition('Complete', 'True')), 'current'],
    ['that met its success policy is current', job({}, condition('SuccessCriteriaMet', 'True')), 'current'],
    [
      'that failed is failed',
      job({}, condition('Failed', 'True', 'BackoffLimitExceeded')),
      'failed',
      'BackoffLimitExceeded',
    ],
    ['that is about to fail is failed', job({}, condition('FailureTarget', 'True', 'PodFailurePolicy')), 'failed'],
    [
      'that is suspended is not assessed',
      job({ suspend: true }, condition('Suspended', 'True')),
      'notAssessed',
      'suspended',
    ],
    ['whose failure is taken back is progressing', job({}, condition('Failed', 'False')), 'progressing'],
  ]);
});

function blank(): Parts {
  return Object.fromEntries(Object.keys(rolledOut).map((key) => [key, undefined]));
}
