import { expect, test } from 'vitest';
import {
  hasReplicas,
  ignoreFor,
  replicasFor,
  type Scaler,
  scalerOf,
  withReplicas,
} from '../../../src/domain/plan/autoscaling.ts';
import { objectOf } from '../../support/plan-builders.ts';

const web = (replicas: number) =>
  objectOf({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', body: { spec: { replicas } } });
const scaler: Scaler = {
  ref: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'web', namespace: 'shop' },
  owner: null,
  target: 'apps/v1/Deployment/shop/web',
  min: 2,
  max: 6,
};

test('replicas stay as they are where an autoscaler stays', () => {
  expect(replicasFor(web(3), web(5), { staying: [scaler], coming: [] })).toBe('live');
});

test.each([
  ['the larger of both', 3, 5, 5],
  ['at least its minimum', 0, 0, 2],
  ['at most its maximum', 9, 1, 6],
])('where the autoscaler is still to come they are %s', (_name, before, now, wanted) => {
  expect(replicasFor(web(before), web(now), { staying: [], coming: [scaler] })).toBe(wanted);
});

test('a workload made anew under an autoscaler begins within its range', () => {
  expect(replicasFor(web(1), null, { staying: [scaler], coming: [] })).toBe(2);
});

test('replicas are the baseline’s where nobody scales', () => {
  expect(
    replicasFor(web(3), web(5), { staying: [{ ...scaler, target: 'apps/v1/Deployment/shop/api' }], coming: [] }),
  ).toBeNull();
});

test('what an autoscaler owns is in no comparison, and a number is written', () => {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  expect(ignoreFor([], ref, null)).toEqual([]);
  expect(ignoreFor([], ref, 'live')).toEqual([
    { kind: 'apps/v1/Deployment', name: 'web', pointers: ['/spec/replicas'] },
  ]);
  expect(withReplicas(web(3), 4)).toMatchObject({ spec: { replicas: 4 } });
  expect(withReplicas(web(3), 'live')).toEqual(web(3));
});

test('a number is to be reached; anything will do where replicas are nobody’s to choose', () => {
  expect([hasReplicas(web(3), 3), hasReplicas(web(0), 3)]).toEqual([true, false]);
  expect([hasReplicas(web(0), 'live'), hasReplicas(web(0), null)]).toEqual([true, true]);
});

test('autoscalers and scaled objects say whom they scale, and within which range', () => {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const hpa = objectOf({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    name: 'web',
    body: { spec: { scaleTargetRef: target, minReplicas: 2, maxReplicas: 6 } },
  });
  expect(scalerOf(hpa)).toEqual(scaler);
  const keda = objectOf({
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    name: 'web',
    body: { spec: { scaleTargetRef: { name: 'web' } } },
  });
  expect(scalerOf(keda)).toMatchObject({ target: scaler.target, min: 0, max: 100 });
  expect(scalerOf(objectOf())).toBeNull();
});
