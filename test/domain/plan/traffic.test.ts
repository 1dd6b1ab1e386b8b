import { expect, test } from 'vitest';
import { makePlan } from '../../../src/domain/plan.ts';
import type { JsonObject } from '../../../src/schema/json.ts';
import { contentOf, type ObjectOptions, objectOf, questionOf } from '../../support/plan-builders.ts';

const service = (selector: JsonObject, version: string, port = 80): ObjectOptions => ({
  kind: 'Service',
  name: 'web',
  version,
  body: { spec: { selector, ports: [{ port }] } },
});
const workload = (name: string, ready: number, version = '1', image = 'web:1'): ObjectOptions => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name,
  version,
  body: {
    spec: {
      template: { metadata: { labels: { app: 'web', slot: name } }, spec: { containers: [{ name: 'web', image }] } },
    },
    status: { readyReplicas: ready },
  },
});
const ingress = (backend: string, version: string): ObjectOptions => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  name: 'web',
  version,
  body: { spec: { defaultBackend: { service: { name: backend } } } },
});

function placesOf(before: ObjectOptions[], now: ObjectOptions[]): string[] {
  const contents = (list: ObjectOptions[]) => list.map((one) => contentOf(objectOf(one)));
  const { items, stages } = makePlan(questionOf({ baseline: contents(before), live: contents(now) }));
  return stages.flatMap(({ stage, batches }) => batches.flat().map((item) => `${stage}: ${items[item]?.ref.kind}`));
}

const [blue, green] = [{ slot: 'blue' }, { slot: 'green' }];

test('a Service goes back first of all when the pods it selected before still stand', () => {
  const before = [service(blue, '1'), workload('blue', 2)];
  expect(placesOf(before, [service(green, '2'), workload('blue', 2)])).toEqual(['traffic first: Service']);
});

test('a Service waits for its backends when they are fewer than before', () => {
  const before = [service(blue, '1'), workload('blue', 2)];
  expect(placesOf(before, [service(green, '2'), workload('blue', 1, '2')])).toEqual(['traffic: Service']);
});

test('a Service waits for its backends when they have to be restored', () => {
  const before = [service(blue, '1'), workload('blue', 2)];
  expect(placesOf(before, [service(green, '2'), workload('blue', 2, '2', 'web:2')])).toEqual([
    'workloads: Deployment',
    'traffic: Service',
  ]);
});

test('a Service whose selector is equal and whose ports changed does not go first', () => {
  const before = [service(blue, '1'), workload('blue', 2)];
  expect(placesOf(before, [service(blue, '2', 8080), workload('blue', 2)])).toEqual(['traffic: Service']);
});

test('a Service that selects nothing we know waits', () => {
  expect(placesOf([service(blue, '1')], [service(green, '2')])).toEqual(['traffic: Service']);
});

test('a changed label of a Service moves no requests', () => {
  const labelled = { ...service(blue, '2'), metadata: { labels: { tier: 'web' } } };
  expect(placesOf([service(blue, '1')], [labelled])).toEqual(['services: Service']);
});

test('an Ingress goes back first when the Service it named serves as before', () => {
  const before = [ingress('web', '1'), service(blue, '1'), workload('blue', 2)];
  const now = [ingress('canary', '2'), service(blue, '1'), workload('blue', 2)];
  expect(placesOf(before, now)).toEqual(['traffic first: Ingress']);
});

test('an Ingress waits when the Service it named has to be restored', () => {
  const before = [ingress('web', '1'), service(blue, '1'), workload('blue', 2)];
  const now = [ingress('canary', '2'), service(green, '2'), workload('blue', 2)];
  expect(placesOf(before, now)).toEqual(['traffic first: Service', 'traffic: Ingress']);
});
