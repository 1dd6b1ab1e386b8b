import { expect, test } from 'vitest';
import { oneWayChange } from '../../../src/domain/plan/one-way.ts';
import type { JsonObject } from '../../../src/schema/json.ts';
import { objectOf } from '../../support/plan-builders.ts';

const change = (apiVersion: string, kind: string, from: JsonObject, to: JsonObject, fields: string[] = []) => ({
  from: objectOf({ apiVersion, kind, body: from }),
  to: objectOf({ apiVersion, kind, body: to }),
  fields,
});
const set = (replicas: number, whenScaled: string) => ({
  spec: { replicas, persistentVolumeClaimRetentionPolicy: { whenScaled } },
});
const size = (storage: string) => ({ spec: { resources: { requests: { storage } } } });
const definition = (stored: string, ...others: string[]) => ({
  spec: { versions: [{ name: stored, storage: true }, ...others.map((name) => ({ name, storage: false }))] },
});
const crd = ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'] as const;

test.each<[string, ReturnType<typeof change>, string]>([
  ['sealing a ConfigMap', change('v1', 'ConfigMap', {}, { immutable: true }), 'late'],
  ['sealing a Secret', change('v1', 'Secret', { immutable: false }, { immutable: true }), 'late'],
  ['growing a claim', change('v1', 'PersistentVolumeClaim', size('500Mi'), size('1Gi')), 'late'],
  ['unsuspending a CronJob', change('batch/v1', 'CronJob', { spec: { suspend: true } }, { spec: {} }), 'late'],
  ['another storage version', change(...crd, definition('v1', 'v2'), definition('v2', 'v1')), 'late'],
  [
    'scaling down where claims go with the pods',
    change('apps/v1', 'StatefulSet', set(3, 'Delete'), set(2, 'Retain')),
    'destroys',
  ],
  [
    'reclaiming a volume by deleting it',
    change(
      'v1',
      'PersistentVolume',
      { spec: { persistentVolumeReclaimPolicy: 'Retain' } },
      { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
      ['/spec/persistentVolumeReclaimPolicy'],
    ),
    'destroys',
  ],
  [
    'a definition without a version that objects are stored in',
    change(...crd, { ...definition('v2', 'v1'), status: { storedVersions: ['v1', 'v2'] } }, definition('v1')),
    'impossible',
  ],
])('%s is one-way', (_name, given, kind) => {
  expect(oneWayChange(given)).toMatchObject({ kind });
});

test.each<[string, ReturnType<typeof change>]>([
  ['unsealing is another matter', change('v1', 'ConfigMap', { immutable: true }, {})],
  ['scaling up', change('apps/v1', 'StatefulSet', set(2, 'Delete'), set(3, 'Delete'))],
  ['scaling down where claims are kept', change('apps/v1', 'StatefulSet', set(3, 'Retain'), set(2, 'Retain'))],
  ['suspending a CronJob', change('batch/v1', 'CronJob', { spec: {} }, { spec: { suspend: true } })],
  ['an ordinary change', change('apps/v1', 'Deployment', { spec: { replicas: 1 } }, { spec: { replicas: 2 } })],
])('%s is not', (_name, given) => {
  expect(oneWayChange(given)).toBeNull();
});
