import { describe } from 'vitest';
import type { KubeObject } from '../../../src/schema/json.ts';
import { condition, judge, of, type Parts } from './judge-health.ts';
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
      'whose condition is about an older generation is progressing',
      of('x.io/v1', 'A', { conditions: [about(1, 'Ready', 'True')] }, {}, { generation: 2 }),
      'progressing',
      'latest change',
    ],
    [
      'that was stalled in an older generation is not failed',
      of(
        'x.io/v1',
        'A',
        { conditions: [about(1, 'Stalled', 'True'), about(2, 'Ready', 'True')] },
        {},
        { generation: 2 },
      ),
      'current',
    ],
    [
      'named like a built-in kind is judged by its own conditions',
      of('x.io/v1', 'Deployment', { conditions: [condition('Ready', 'True')] }),
      'current',
    ],
  ]);
});

function about(observedGeneration: number, type: string, status: string): Parts {
  return { ...condition(type, status), observedGeneration };
}

function deleted(object: KubeObject, finalizers: string[] = []): KubeObject {
  return withMetadata(object, { deletionTimestamp: '2025-01-01T00:00:00Z', finalizers });
}
