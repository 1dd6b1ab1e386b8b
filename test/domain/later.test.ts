import { expect, test } from 'vitest';
import { type Change, refusedForNow } from '../../src/domain/later.ts';
import { type ObjectOptions, objectOf } from '../support/plan-builders.ts';

function change(
  of: ObjectOptions,
  from: ObjectOptions | null,
  to: ObjectOptions | null,
  fields: string[] = [],
): Change {
  const make = (side: ObjectOptions | null) => (side ? objectOf({ ...of, ...side }) : null);
  return { from: make(from), to: make(to), fields };
}

const kind = (apiVersion: string, name: string): ObjectOptions => ({ apiVersion, kind: name });
const service = kind('v1', 'Service');
const set = kind('apps/v1', 'StatefulSet');
const claims = (replicas: number): ObjectOptions => ({
  body: { spec: { replicas, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } } },
});
const owned: ObjectOptions = {
  metadata: { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u' }] },
};

test.each<[string, Change, string]>([
  ['a network policy', change(kind('networking.k8s.io/v1', 'NetworkPolicy'), {}, {}), 'disarm'],
  ['a changed ingress', change(kind('networking.k8s.io/v1', 'Ingress'), {}, {}), 'carries traffic'],
  ['a changed selector of a Service', change(service, {}, {}, ['/spec/selector/app']), 'traffic order'],
  ['changed ports of a Service', change(service, {}, {}, ['/spec/ports']), 'traffic order'],
  ['a volume claim', change(kind('v1', 'PersistentVolumeClaim'), {}, {}), 'may not be undoable'],
  ['setting immutable', change({}, {}, { body: { immutable: true } }), 'cannot be undone'],
  ['another pod template of a StatefulSet', change(set, {}, {}, ['/spec/template/spec']), 'healing the pods'],
  ['scaling down where claims go with the pods', change(set, claims(3), claims(2)), 'delete its volume claims'],
  [
    'unsuspending a CronJob',
    change(kind('batch/v1', 'CronJob'), { body: { spec: { suspend: true } } }, { body: { spec: { suspend: false } } }),
    'unsuspending',
  ],
  ['other finalizers', change({}, {}, {}, ['/metadata/finalizers']), 'finalizers'],
  ['a deleted object that has an owner', change({}, null, owned), 'has an owner'],
])('%s is refused for now, and the reason says what is missing', (_what, of, reason) => {
  expect(refusedForNow(of)).toContain(reason);
});

test.each<[string, Change]>([
  ['a changed ConfigMap', change({}, {}, {}, ['/data/mode'])],
  ['a deleted ConfigMap', change({}, null, {})],
  ['an added Ingress', change(kind('networking.k8s.io/v1', 'Ingress'), {}, null)],
  ['other labels of a Service', change(service, {}, {}, ['/metadata/labels/app'])],
  ['other replicas of a StatefulSet', change(set, {}, {}, ['/spec/replicas'])],
  ['scaling up where claims go with the pods', change(set, claims(2), claims(3))],
  ['a path that only begins like a guarded one', change(service, {}, {}, ['/spec/portsExtra'])],
])('%s is not refused', (_what, of) => {
  expect(refusedForNow(of)).toBeNull();
});
