import { describe, expect, it } from 'vitest';
import {
  type FieldOwner,
  foreignOwners,
  isController,
  latestWriter,
  ownershipToPutBack,
  ownersOf,
  sameOwnership,
} from '../../../src/domain/kubernetes/ownership.ts';
import type { Json } from '../../../src/schema/json.ts';
import { deployment, object, withMetadata } from './objects.ts';

const replicas = { 'f:spec': { 'f:replicas': {} } };
const imageFields = {
  'f:spec': {
    'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:name': {}, 'f:image': {} } } } },
  },
};
const labelFields = { 'f:metadata': { 'f:labels': { '.': {}, 'f:team': {} } } };

type Entry = Record<string, Json>;
const entry = (manager: string, fieldsV1: Json, more: Entry = {}): Entry => ({
  manager,
  operation: 'Apply',
  apiVersion: 'apps/v1',
  time: '2025-11-23T09:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
});
const update = (manager: string, fieldsV1: Json, time: string) =>
  entry(manager, fieldsV1, { operation: 'Update', time });
const status = entry('kube-controller-manager', { 'f:status': {} }, { operation: 'Update', subresource: 'status' });
const scale = entry('kube-controller-manager', replicas, { operation: 'Update', subresource: 'scale' });
const withEntries = (...entries: Entry[]) => withMetadata(deployment(), { managedFields: entries });

describe('ownership is the same', () => {
  it.each([
    [
      'when only times differ',
      [entry('ci', imageFields)],
      [entry('ci', imageFields, { time: '2025-12-01T00:00:00Z' })],
    ],
    [
      'in any order',
      [entry('ci', imageFields), entry('team', labelFields)],
      [entry('team', labelFields), entry('ci', imageFields)],
    ],
    [
      'when fields are listed in another order',
      [entry('ci', { ...imageFields, ...labelFields })],
      [entry('ci', { ...labelFields, ...imageFields })],
    ],
    [
      'whatever updates did',
      [entry('ci', imageFields)],
      [entry('ci', imageFields), update('belay', imageFields, '2025-12-01T00:00:00Z')],
    ],
    ['whatever the status writers did', [status], [{ ...status, operation: 'Apply' }, scale]],
    ['without any managed fields', [], []],
  ])('%s', (_, snapshot, live) => {
    expect(sameOwnership(withEntries(...snapshot), withEntries(...live))).toBe(true);
    expect(ownershipToPutBack(withEntries(...snapshot), withEntries(...live), { writer: 'us' })).toBeUndefined();
  });
});

describe('a writer that took a field nobody had owned', () => {
  const ours = update('belay', replicas, '2025-12-01T00:00:00Z');

  it('gives it up where a team applies: the next apply of it would be refused', () => {
    const written = withEntries(entry('ci', imageFields), ours);
    expect(ownershipToPutBack(withEntries(entry('ci', imageFields)), written, { writer: 'belay' })).toEqual([
      entry('ci', imageFields),
    ]);
  });

  it('may keep it where nobody applies on the server: no other write is refused', () => {
    const snapshot = withEntries(update('kubectl', labelFields, '2025-11-01T00:00:00Z'));
    expect(ownershipToPutBack(snapshot, withEntries(ours), { writer: 'belay' })).toBeUndefined();
  });
});

describe('ownership differs', () => {
  it.each([
    ['when an Apply entry lost a field', [entry('ci', imageFields)], [entry('ci', labelFields)]],
    ['when an Apply entry is gone', [entry('ci', imageFields)], [update('belay', imageFields, '2025-12-01T00:00:00Z')]],
    ['when only live has an Apply entry', [], [entry('ci', imageFields)]],
    ['when the manager is another', [entry('ci', imageFields)], [entry('cd', imageFields)]],
    ['when the version is another', [entry('ci', imageFields)], [entry('ci', imageFields, { apiVersion: 'apps/v2' })]],
    [
      'when an Apply entry turned into an Update',
      [entry('ci', imageFields)],
      [entry('ci', imageFields, { operation: 'Update' })],
    ],
  ])('%s', (_, snapshot, live) => {
    expect(sameOwnership(withEntries(...snapshot), withEntries(...live))).toBe(false);
    expect(ownershipToPutBack(withEntries(...snapshot), withEntries(...live), { writer: 'us' })).toBeDefined();
  });

  it('and the put-back makes it the same, status and scale staying as live', () => {
    const old = { ...status, time: '2025-01-01T00:00:00Z' };
    const snapshot = withEntries(entry('ci', imageFields), update('kubectl', labelFields, '2025-11-01T00:00:00Z'), old);
    const written = withEntries(entry('ci', {}), update('belay', imageFields, '2025-12-01T00:00:00Z'), status, scale);
    const list = ownershipToPutBack(snapshot, written, { writer: 'belay' });
    expect(list).toEqual([
      entry('ci', imageFields),
      update('kubectl', labelFields, '2025-11-01T00:00:00Z'),
      status,
      scale,
    ]);
    expect(sameOwnership(snapshot, withMetadata(written, { managedFields: list ?? null }))).toBe(true);
  });
});

/** As kube-apiserver 1.37 writes it. */
const real = object(`{
  "apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {
    "name": "checkout", "finalizers": ["example.com/a", "example.com/b"],
    "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "o-1"}],
    "labels": {"example.com/team": "x"},
    "managedFields": [
      {"manager": "ci", "operation": "Apply", "apiVersion": "apps/v1", "time": "2025-11-23T09:00:00Z", "fieldsType": "FieldsV1",
       "fieldsV1": {
         "f:metadata": {"f:labels": {"f:example.com/team": {}}, "f:finalizers": {"v:\\"example.com/a\\"": {}},
           "f:ownerReferences": {"k:{\\"uid\\":\\"o-1\\"}": {}}},
         "f:spec": {"f:selector": {}, "f:template": {"f:spec": {"f:containers": {
           "k:{\\"name\\":\\"app\\"}": {".": {}, "f:name": {}, "f:image": {}, "f:args": {},
             "f:ports": {"k:{\\"containerPort\\":8080,\\"protocol\\":\\"TCP\\"}": {".": {}, "f:containerPort": {}}},
             "f:securityContext": {}}}}}}}},
      {"manager": "injector", "operation": "Update", "apiVersion": "apps/v1", "time": "2025-11-23T09:05:00Z", "fieldsType": "FieldsV1",
       "fieldsV1": {
         "f:metadata": {"f:finalizers": {"v:\\"example.com/b\\"": {}}},
         "f:spec": {"f:template": {"f:spec": {"f:containers": {
           "k:{\\"name\\":\\"app\\"}": {"f:securityContext": {"f:runAsUser": {}}},
           "k:{\\"name\\":\\"proxy\\"}": {".": {}, "f:image": {}, "f:name": {}}}}}}}},
      {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "apps/v1", "time": "2025-11-23T09:10:00Z",
       "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}}, "subresource": "scale"},
      {"manager": "nobody", "operation": "Update", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": {}}
    ]
  },
  "spec": {
    "replicas": 2, "selector": {"matchLabels": {"app": "x"}},
    "template": {"spec": {"containers": [
      {"name": "proxy", "image": "p"},
      {"name": "app", "image": "a", "args": ["x", "y"], "ports": [{"containerPort": 8080, "protocol": "TCP"}],
       "securityContext": {"runAsUser": 1}}]}}
  }
}`);

describe('the owner of', () => {
  const containers = '/spec/template/spec/containers';
  it.each([
    ['a list item that is not where it was first', `${containers}/1/image`, ['ci']],
    ['a list item that another added', `${containers}/0`, ['injector']],
    ['an item with a key of two parts, one a number', `${containers}/1/ports/0/containerPort`, ['ci']],
    ['something inside an atomic list', `${containers}/1/args/0`, ['ci']],
    ['something inside an atomic map', '/spec/selector/matchLabels/app', ['ci']],
    ['a field whose parent another owns', `${containers}/1/securityContext/runAsUser`, ['injector']],
    ['everything below', containers, ['ci', 'injector']],
    ['a key with a slash', '/metadata/labels/example.com~1team', ['ci']],
    ['a member of a set', '/metadata/finalizers/1', ['injector']],
    ['an owner reference', '/metadata/ownerReferences/0', ['ci']],
    ['replicas that an autoscaler sets', '/spec/replicas', ['kube-controller-manager']],
    ['a field that nobody owns', '/spec/paused', []],
    ['a list item that is not there', `${containers}/7/image`, []],
  ])('%s', (_, pointer, managers) => {
    expect(ownersOf(real, pointer).map((owner) => owner.manager)).toEqual(managers);
  });

  it('is told with operation, subresource and time', () => {
    expect(ownersOf(real, '/spec/replicas')).toEqual([
      { manager: 'kube-controller-manager', operation: 'Update', subresource: 'scale', time: '2025-11-23T09:10:00Z' },
    ]);
  });

  it('is nobody when a set is not readable', () => {
    const broken = withMetadata(deployment(), { managedFields: [entry('x', { 'f:spec': { 'k:{oops': {} } })] });
    expect(ownersOf(broken, '/spec/template')).toEqual([]);
  });
});

describe('the latest writer', () => {
  it('has the newest time, entries without a time being the oldest', () => {
    expect(latestWriter(real)?.manager).toBe('kube-controller-manager');
    expect(
      latestWriter(withEntries(update('a', {}, '2025-11-23T09:00:01Z'), entry('b', {}, { time: null })))?.manager,
    ).toBe('a');
  });

  it('is the last of those in the same second, and nobody without managed fields', () => {
    const same = '2025-11-23T09:00:01Z';
    expect(latestWriter(withEntries(update('a', {}, same), update('b', {}, same)))?.manager).toBe('b');
    expect(latestWriter(deployment())).toBeUndefined();
  });
});

describe('a controller', () => {
  const owner = (manager: string, subresource: string | null = null): FieldOwner => ({
    manager,
    operation: 'Update',
    subresource,
    time: null,
  });
  it.each([
    ['kube-controller-manager', null, true],
    ['kube-controller-manager', 'status', true],
    ['kube-scheduler', null, true],
    ['kubelet', 'status', true],
    ['cloud-controller-manager', null, true],
    ['aws-cloud-controller-manager', null, true],
    ['k3s', null, true],
    ['argo-rollouts', 'status', true],
    ['argocd-controller', null, false],
    ['kubectl-client-side-apply', null, false],
    ['kube-controller-manager-impostor', null, false],
    ['kubectl', 'scale', false],
  ])('%s writing %s: %s', (manager, subresource, expected) => {
    expect(isController(owner(manager, subresource))).toBe(expected);
  });
});

describe('a foreign owner', () => {
  const window = { start: '2025-11-23T09:00:00.900Z', end: '2025-11-23T09:05:00.100Z' };
  const foreign = (time: string | null, more: { manager?: string; deployers?: string[] } = {}) =>
    foreignOwners({
      live: withEntries(entry(more.manager ?? 'kubectl-edit', replicas, { operation: 'Update', time })),
      pointers: ['/spec/replicas', '/spec/paused'],
      window,
      deployers: more.deployers ?? ['ci'],
    });

  it('wrote a field outside of the deploy window', () => {
    expect(foreign('2025-11-23T08:59:59Z')).toEqual([
      {
        owner: { manager: 'kubectl-edit', operation: 'Update', subresource: null, time: '2025-11-23T08:59:59Z' },
        pointer: '/spec/replicas',
      },
    ]);
    expect(foreign('2025-11-23T09:05:01Z')).toHaveLength(1);
    expect(foreign(null)).toHaveLength(1);
  });

  it.each([
    ['wrote in the second in which the window opened', '2025-11-23T09:00:00Z', {}],
    ['wrote in the second in which it closed', '2025-11-23T09:05:00Z', {}],
    ['is the deployer', '2025-01-01T00:00:00Z', { manager: 'ci' }],
    ['is a controller', '2025-01-01T00:00:00Z', { manager: 'kube-controller-manager' }],
  ])('is not one who %s', (_, time, more) => expect(foreign(time, more)).toEqual([]));

  it('is not one who scaled, which is noted without a time', () => {
    const scaled = entry('kubectl', replicas, { operation: 'Update', subresource: 'scale', time: null });
    const question = { live: withEntries(scaled), pointers: ['/spec/replicas'], window, deployers: [] };
    expect(foreignOwners(question)).toEqual([]);
  });

  it('is not the note of a client-side apply that the server brought up to date with the deploy', () => {
    const note = 'kubectl.kubernetes.io/last-applied-configuration';
    const fields = { 'f:metadata': { 'f:annotations': { [`f:${note}`]: {} } } };
    const noted = (applied: string | null) =>
      foreignOwners({
        live: withEntries(
          entry('kubectl-client-side-apply', fields, { operation: 'Update', time: '2025-11-23T08:00:00Z' }),
          entry('kubectl', replicas, { time: applied }),
        ),
        pointers: [`/metadata/annotations/${note.replace('/', '~1')}`],
        window,
        deployers: [],
      });
    expect(noted('2025-11-23T09:03:00Z')).toEqual([]);
    expect(noted('2025-11-23T08:30:00Z')).toHaveLength(1);
    // Applied what was there already: only then an apply has no time.
    expect(noted(null)).toEqual([]);
  });

  it('is not the note of the last apply, which has no time, when the apply beside it is the deploy', () => {
    const noted = (applied: string) =>
      foreignOwners({
        live: withEntries(
          entry('kubectl-last-applied', replicas, { operation: 'Apply', time: null }),
          entry('kubectl', { 'f:spec': { 'f:paused': {} } }, { operation: 'Apply', time: applied }),
        ),
        pointers: ['/spec/replicas'],
        window,
        deployers: [],
      });
    expect(noted('2025-11-23T09:03:00Z')).toEqual([]);
    expect(noted('2025-11-23T08:59:59Z')).toHaveLength(1);
  });
});
