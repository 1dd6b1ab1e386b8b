import { expect, test } from 'vitest';
import { makePlan } from '../../../src/domain/plan.ts';
import type { ObjectRef } from '../../../src/schema/object-ref.ts';
import { contentOf, during, type ObjectOptions, objectOf, partOf, questionOf } from '../../support/plan-builders.ts';

type Options = Parameters<typeof questionOf>[0];

/** Stages with what they do to whom, of a plan for objects that were there before, and for those there now. */
function stagesFor(before: ObjectOptions[], now: ObjectOptions[], options: Options = {}) {
  const contents = (list: ObjectOptions[]) => list.map((one) => contentOf(objectOf(one)));
  const { items, stages } = makePlan(questionOf({ baseline: contents(before), live: contents(now), ...options }));
  const name = (index: number) => items[index]?.ref.name;
  return stages.map(({ stage, does, batches }) => `${does} ${stage}: ${batches.flat().map(name).join(' ')}`);
}

const named = (apiVersion: string, kind: string, name: string, rest: ObjectOptions = {}): ObjectOptions => ({
  apiVersion,
  kind,
  name,
  ...rest,
});
const ref = (apiVersion: string, kind: string, name: string): ObjectRef => ({
  apiVersion,
  kind,
  name,
  namespace: 'shop',
});
const quota = named('v1', 'ResourceQuota', 'tight', { body: { spec: {} } });
const couldRead = (...read: string[]) => ({ before: partOf({ read }) });

test('what the deploy added and what may block the restore goes before anything is written', () => {
  const missing = named('v1', 'ConfigMap', 'settings');
  expect(stagesFor([missing], [quota], couldRead('v1/ResourceQuota'))).toEqual([
    'delete disarm: tight',
    'write configuration: settings',
  ]);
});

test('an addition that could block but has finalizers waits behind the pivot', () => {
  const held = { ...quota, metadata: { finalizers: ['example.com/hold'] } };
  const consent = [{ allow: 'finalizers' as const }];
  expect(stagesFor([], [held], { ...couldRead('v1/ResourceQuota'), consent })).toEqual(['delete prune: tight']);
});

test('a ConfigMap sealed by the deploy is deleted first and written in its turn', () => {
  const now = named('v1', 'ConfigMap', 'settings', { version: '2', body: { immutable: true, data: { mode: 'wild' } } });
  expect(stagesFor([named('v1', 'ConfigMap', 'settings')], [now])).toEqual([
    'delete disarm: settings',
    'write configuration: settings',
  ]);
});

test('a Deployment with another selector is made anew behind the pivot, by consent only', () => {
  const with_ = (app: string, version: string) =>
    named('apps/v1', 'Deployment', 'web', { version, body: { spec: { selector: { matchLabels: { app } } } } });
  const [before, now] = [[with_('web', '1')], [with_('web-2', '2')]];
  expect(stagesFor(before, now, { consent: [{ allow: 'recreate', name: 'web' }] })).toEqual([
    'delete prune: web',
    'write recreate: web',
  ]);
  expect(stagesFor(before, now)).toEqual([]);
});

test('a write that cannot be undone comes behind the pivot', () => {
  const sealed = named('v1', 'ConfigMap', 'settings', { body: { immutable: true } });
  const open = named('v1', 'ConfigMap', 'settings', { version: '2', body: {} });
  expect(stagesFor([sealed], [open])).toEqual(['write one-way: settings']);
});

test('validating webhooks come last of all', () => {
  const hook = named('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'guard', { body: {} });
  const live = [named('v1', 'ConfigMap', 'news', { writer: { manager: 'deployer', time: during } })];
  expect(stagesFor([hook], live)).toEqual(['delete prune: news', 'write webhooks: guard']);
});

test('a definition that goes takes its objects with it: it goes after them', () => {
  const live = [
    named('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'shops.example.com', { body: {} }),
    named('example.com/v1', 'Shop', 'main', { body: {} }),
  ];
  const options = {
    ...couldRead('apiextensions.k8s.io/v1/CustomResourceDefinition', 'example.com/v1/Shop'),
    consent: [{ allow: 'delete' as const }],
  };
  expect(stagesFor([], live, options)).toEqual(['delete prune: main', 'delete prune definitions: shops.example.com']);
});

test('what is asked to come after something else comes after it, in the same stage or a later one', () => {
  const before = [named('v1', 'ConfigMap', 'a'), named('v1', 'ConfigMap', 'b'), named('apps/v1', 'Deployment', 'web')];
  const dependsOn = [
    { object: ref('v1', 'ConfigMap', 'a'), on: ref('v1', 'ConfigMap', 'b') },
    { object: ref('v1', 'ConfigMap', 'b'), on: ref('apps/v1', 'Deployment', 'web') },
  ];
  expect(stagesFor(before, [], { dependsOn })).toEqual([
    'write workloads: web',
    'write workloads 2: b',
    'write workloads 3: a',
  ]);
});

test('the annotation of kpt and cli-utils is asking, too', () => {
  const metadata = { annotations: { 'config.kubernetes.io/depends-on': '/namespaces/shop/ConfigMap/b' } };
  const before = [named('v1', 'ConfigMap', 'a', { metadata }), named('v1', 'ConfigMap', 'b')];
  expect(stagesFor(before, [])).toEqual(['write configuration: b', 'write configuration 2: a']);
});

test('an owner is made before what it owns, and a role before what binds it', () => {
  const owner = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'b', uid: 'old' }];
  const before = [
    named('v1', 'ConfigMap', 'a', { metadata: { ownerReferences: owner } }),
    named('v1', 'ConfigMap', 'b'),
    named('rbac.authorization.k8s.io/v1', 'RoleBinding', 'c', { body: { roleRef: { kind: 'Role', name: 'd' } } }),
    named('rbac.authorization.k8s.io/v1', 'Role', 'd'),
  ];
  expect(stagesFor(before, [])).toEqual([
    'write access: d',
    'write access 2: c',
    'write configuration: b',
    'write configuration 2: a',
  ]);
});

test('what depends on an object made anew behind the pivot comes behind the pivot as well', () => {
  const selector = (app: string) => ({ spec: { selector: { matchLabels: { app } } } });
  const before = [named('v1', 'ConfigMap', 'a'), named('apps/v1', 'Deployment', 'web', { body: selector('web') })];
  const now = [named('apps/v1', 'Deployment', 'web', { version: '2', body: selector('other') })];
  const dependsOn = [{ object: ref('v1', 'ConfigMap', 'a'), on: ref('apps/v1', 'Deployment', 'web') }];
  expect(stagesFor(before, now, { dependsOn, consent: [{ allow: 'recreate' }] })).toEqual([
    'delete prune: web',
    'write recreate: web',
    'write recreate 2: a',
  ]);
});

test('objects that wait for each other are refused by name', () => {
  const [a, b] = [ref('v1', 'ConfigMap', 'a'), ref('v1', 'ConfigMap', 'b')];
  const dependsOn = [
    { object: a, on: b },
    { object: b, on: a },
  ];
  const baseline = ['a', 'b'].map((name) => contentOf(objectOf({ name })));
  const { items, stages } = makePlan(questionOf({ baseline, dependsOn }));
  expect(stages).toEqual([]);
  for (const item of items)
    expect(item).toMatchObject({ verdict: 'refuse', reason: 'a cycle of dependencies: ConfigMap/a, ConfigMap/b' });
});
