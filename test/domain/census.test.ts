import { expect, test } from 'vitest';
import { type CountedObject, suspects, typesReadIn, unseenTypes } from '../../src/domain/census.ts';
import { during, partOf, window } from '../support/plan-builders.ts';

const read = ['v1/ConfigMap', 'v1/Secret', 'v1/Pod'];
const before = partOf({ uids: ['old'], read });
const elsewhere = [{ namespace: 'edge', read: ['v1/Secret'], unreadable: ['v1/ConfigMap'] }];
const wide = { ...before, census: { uids: ['old'], read, unreadable: [], elsewhere } };
const made = {
  ...{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'new', uid: 'new' },
  ...{ isControlled: false, createdAt: during },
};
const suspectsAmong = (now: readonly CountedObject[], ...members: string[]) =>
  suspects({ before, now, members: new Set(members), until: window.end });

test('a census speaks for the namespaces it was taken in, and for no other', () => {
  expect(typesReadIn(wide, 'shop')).toEqual(read);
  expect(typesReadIn(wide, 'edge')).toEqual(['v1/Secret']);
  expect(typesReadIn(wide, 'jobs')).toEqual([]);
  expect(typesReadIn(wide, undefined)).toEqual([]);
  expect(typesReadIn(partOf({ census: null }), 'shop')).toEqual([]);
});

test('types outside the scope, and those that may not be read, are named; what controllers make is not', () => {
  const census = { uids: [], read: [...read, 'example.com/v1/Widget'], unreadable: ['v1/Lease'] };
  const target = { ...before.target, scope: { ...before.target.scope, kinds: ['v1/ConfigMap'] } };
  expect(unseenTypes(census, target, ['policy/v1/PodDisruptionBudget', 'v1/Lease'])).toEqual({
    outOfScope: ['example.com/v1/Widget', 'v1/Secret'],
    unreadable: ['policy/v1/PodDisruptionBudget', 'v1/Lease'],
  });
});

test('objects that appeared while the deploy could write, outside its scope, are suspects, each once', () => {
  const other = { ...made, kind: 'Secret', uid: 'other' };
  expect(suspectsAmong([other, made, { ...made }])).toEqual(['ConfigMap/new', 'Secret/new']);
});

test.each([
  ['existed before', { uid: 'old' }, []],
  ['is a member', {}, ['new']],
  ['a controller made', { isControlled: true }, []],
  ['is a Pod', { kind: 'Pod' }, []],
  ['every namespace has', { name: 'kube-root-ca.crt' }, []],
  ['is not stored', { uid: '' }, []],
  ['appeared after the deploy had ended', { createdAt: '2026-01-01T10:05:01Z' }, []],
  ['is of a type that could not be read before', { kind: 'Service' }, []],
  ['is in a namespace that was not read before', { namespace: 'jobs' }, []],
])('an object that %s is none', (_, fields, members) => {
  expect(suspectsAmong([{ ...made, ...fields }], ...members)).toEqual([]);
});

test('the Job of a smoke test is none, as any other Job may be', () => {
  const [type, uid] = ['batch/v1/Job', 'job'];
  const job = { ...made, apiVersion: 'batch/v1', kind: 'Job', uid };
  const among = (name: string) =>
    suspects({
      before: partOf({ uids: [], read: [type] }),
      now: [{ ...job, name }],
      members: new Set(),
      until: window.end,
    });
  expect(among('belay-smoke-0123456789abcdef')).toEqual([]);
  expect(among('migrate')).toEqual(['Job/migrate']);
});
