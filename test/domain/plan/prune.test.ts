import { expect, test } from 'vitest';
import { judgePrune } from '../../../src/domain/plan/prune.ts';
import { contentOf, during, earlier, objectOf, partOf, window } from '../../support/plan-builders.ts';

type Question = Parameters<typeof judgePrune>[0];

const judge = (options: Partial<Question> = {}) =>
  judgePrune({ live: objectOf(), before: partOf(), named: new Set(), window, consent: [], ...options });

test('an object that is in no census and was made during the deploy is deleted', () => {
  expect(judge()).toEqual({ verdict: 'prune', reason: 'created by this deploy' });
});

test('an object that the manifests name is deleted, whoever made it', () => {
  const live = objectOf({ writer: { manager: 'controller', time: earlier } });
  expect(judge({ live, named: new Set(['v1/ConfigMap/shop/settings']) })).toMatchObject({ verdict: 'prune' });
});

const goingAway = { deletionTimestamp: during, finalizers: ['kubernetes.io/pvc-protection'] };

test.each(['PersistentVolumeClaim', 'PersistentVolume', 'Namespace'])(
  'a %s that is going away is refused at once, whoever made it and whatever is consented to',
  (kind) => {
    const live = objectOf({ kind, metadata: goingAway });
    expect(judge({ live, consent: [{ allow: 'delete' }, { allow: 'finalizers' }] })).toEqual({
      verdict: 'refuse',
      reason: expect.stringMatching(/^it is going away, and its contents with it, held by finalizer .*pvc-protection/),
    });
  },
);

test('what holds no data and is going away is no reason to refuse: it is waited for', () => {
  expect(judge({ live: objectOf({ metadata: goingAway }) })).toMatchObject({ verdict: 'prune' });
});

test('an object that existed before and was adopted is refused', () => {
  expect(judge({ before: partOf({ uids: ['uid-settings'] }) })).toEqual({
    verdict: 'refuse',
    reason: 'existing object was adopted, its former content is unknown',
  });
});

test.each<[string, Question['before']]>([
  ['without a census', partOf({ census: null })],
  ['when its kind could not be read before the deploy', partOf({ read: ['v1/Secret'] })],
])('an object is left %s', (_when, before) => {
  expect(judge({ before })).toMatchObject({ verdict: 'leave' });
});

test('an object in a namespace that no census was taken in is left, whatever its kind', () => {
  const live = objectOf({ metadata: { namespace: 'edge' } });
  expect(judge({ live })).toMatchObject({ verdict: 'leave' });
});

test('an object made outside the deploy and named by nobody is left', () => {
  const live = objectOf({ writer: { manager: 'kubectl', time: earlier } });
  expect(judge({ live })).toEqual({ verdict: 'leave', reason: 'no evidence that this deploy created it' });
});

test('a creator without a time proves nothing', () => {
  const live = objectOf({ metadata: { managedFields: [] } });
  expect(judge({ live })).toMatchObject({ verdict: 'leave' });
});

test('the ends of the deploy count, cut to the second', () => {
  const live = objectOf({ writer: { manager: 'deployer', time: '2026-01-01T10:00:00Z' } });
  const late = { start: '2026-01-01T10:00:00.900Z', end: window.end };
  expect(judge({ live, window: late })).toMatchObject({ verdict: 'prune' });
});

test('an object with a keep marker is left, and the marker is named', () => {
  const live = objectOf({ metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } } });
  const judgement = judge({ live });
  expect(judgement.verdict).toBe('leave');
  expect(judgement.reason).toContain('keep');
});

test('a volume claim is left: deleting it would take data with it', () => {
  const live = objectOf({ kind: 'PersistentVolumeClaim', writer: { manager: 'deployer', time: during } });
  expect(judge({ live })).toMatchObject({ verdict: 'leave' });
});

test('an object of the snapshot taken before the deploy is left even if an older baseline lacks it', () => {
  const before = partOf({ members: [contentOf(objectOf()).member] });
  expect(judge({ before })).toMatchObject({ verdict: 'leave', reason: expect.stringContaining('before this deploy') });
});

test('a volume claim of the deploy is deleted with consent; the finalizer that every claim has is no obstacle', () => {
  const metadata = { finalizers: ['kubernetes.io/pvc-protection'] };
  const live = objectOf({ kind: 'PersistentVolumeClaim', metadata });
  const before = partOf({ read: ['v1/PersistentVolumeClaim'] });
  expect(judge({ live, before, consent: [{ allow: 'delete' }] })).toMatchObject({ verdict: 'prune' });
});

test('a volume claim that a controller made is left whatever the consent: its data is not of the deploy', () => {
  const writer = { manager: 'kube-controller-manager', time: during };
  const live = objectOf({ kind: 'PersistentVolumeClaim', writer });
  const before = partOf({ read: ['v1/PersistentVolumeClaim'] });
  expect(judge({ live, before, consent: [{ allow: 'delete' }] })).toEqual({
    verdict: 'leave',
    reason: 'kube-controller-manager created it, not the deploy',
  });
});

test('a controller that touched it in the second of its creation did not create it', () => {
  const byDeployer = objectOf();
  const byController = objectOf({ writer: { manager: 'kube-controller-manager', time: during } });
  const managedFields = [byController, byDeployer].flatMap(({ metadata }) => metadata.managedFields ?? []);
  expect(judge({ live: objectOf({ metadata: { managedFields } }) })).toMatchObject({ verdict: 'prune' });
});

test('an object with finalizers is refused: deleting it may never end', () => {
  const live = objectOf({ metadata: { finalizers: ['example.com/hold'] } });
  expect(judge({ live })).toMatchObject({ verdict: 'refuse' });
});

test('the finalizer that a server gives every new claim is no reason to refuse: its controller takes it off', () => {
  const live = objectOf({ kind: 'PersistentVolumeClaim', metadata: { finalizers: ['kubernetes.io/pvc-protection'] } });
  const before = partOf({ read: ['v1/PersistentVolumeClaim'] });
  expect(judge({ live, before, consent: [{ allow: 'delete' }] })).toMatchObject({ verdict: 'prune' });
});

test('a definition that is in scope only because the deploy used it for the first time existed before', () => {
  const apiVersion = 'apiextensions.k8s.io/v1';
  const madeAt = (creationTimestamp: string) =>
    judge({ live: objectOf({ apiVersion, kind: 'CustomResourceDefinition', metadata: { creationTimestamp } }) }).reason;
  expect(madeAt(earlier)).toBe('it existed before this deploy began');
  expect(madeAt(during)).toContain('needs consent');
});
