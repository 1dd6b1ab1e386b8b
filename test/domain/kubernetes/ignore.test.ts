import { describe, expect, it } from 'vitest';
import { canonicalText, changedPointers, sameContent } from '../../../src/domain/kubernetes/canonical.ts';
import type { Ignore } from '../../../src/domain/kubernetes/ignore.ts';
import { at } from '../../../src/domain/kubernetes/json.ts';
import { ownershipToPutBack, sameOwnership } from '../../../src/domain/kubernetes/ownership.ts';
import { forCreate, forUpdate } from '../../../src/domain/kubernetes/writable.ts';
import { deployment, exact, template } from './objects.ts';

const ignoring = (...pointers: string[]): Ignore => [{ kind: 'apps/v1/Deployment', pointers }];

const containers = (...images: readonly (readonly [name: string, image: string])[]) =>
  deployment({
    spec: { template: { ...template('x'), spec: { containers: images.map(([name, image]) => ({ name, image })) } } },
  });

const images = '/spec/template/spec/containers/*/image';

describe('an ignored field', () => {
  it.each([
    ['of a map', '/spec/replicas', deployment({ spec: { replicas: 5 } })],
    ['that only one side has', '/spec/paused', deployment({ spec: { paused: true } })],
    [
      'whose key needs escapes',
      '/metadata/annotations/a.b~1c~0d',
      deployment({ metadata: { annotations: { 'a.b/c~d': '1' } } }),
    ],
    ['that a map was made for', '/spec/extra/deep/field', deployment({ spec: { extra: { deep: { field: 1 } } } })],
    ['of every key of a map', '/metadata/labels/*', deployment({ metadata: { labels: { a: '1', b: '2' } } })],
  ])('%s is no difference', (_, pointer, live) => {
    expect(sameContent(deployment(), live)).toBe(false);
    expect(sameContent(deployment(), live, ignoring(pointer))).toBe(true);
    expect(changedPointers(deployment(), live, ignoring(pointer))).toEqual([]);
  });

  it('of every item, or of one, is no difference and hides no other', () => {
    const from = containers(['app', 'v1'], ['mesh', 'v1']);
    const to = containers(['app', 'v2'], ['mesh', 'v2']);
    expect(sameContent(from, to, ignoring(images))).toBe(true);
    expect(changedPointers(from, to, ignoring('/spec/template/spec/containers/1/image'))).toEqual([
      '/spec/template/spec/containers/0/image',
    ]);
    expect(sameContent(from, containers(['app', 'v1']), ignoring(images))).toBe(false);
  });

  it('is in no hash', () => {
    const secret = (token: string) =>
      exact({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { token } });
    const ignore: Ignore = [{ kind: '*', name: 's', pointers: ['/data/token'] }];
    expect(canonicalText(secret('a'), ignore)).toBe(canonicalText(secret('b'), ignore));
  });

  it.each<[string, Ignore]>([
    ['another kind', [{ kind: 'apps/v1/StatefulSet', pointers: ['/spec/replicas'] }]],
    ['another version', [{ kind: 'apps/v1beta2/Deployment', pointers: ['/spec/replicas'] }]],
    ['another object', [{ kind: '*', name: 'web', pointers: ['/spec/replicas'] }]],
  ])('of %s is a difference', (_, ignore) => {
    expect(sameContent(deployment(), deployment({ spec: { replicas: 5 } }), ignore)).toBe(false);
  });
});

describe('an update keeps the live value of an ignored field', () => {
  const replicas = ignoring('/spec/replicas');

  it('and puts everything else back', () => {
    const body = forUpdate(deployment(), deployment({ spec: { replicas: 5, paused: true } }), replicas);
    expect(sameContent(body, deployment({ spec: { replicas: 5 } }))).toBe(true);
  });

  it('also where the snapshot has nothing around it', () => {
    const live = deployment({ metadata: { annotations: { touched: 'now', other: 'x' } } });
    const body = forUpdate(deployment(), live, ignoring('/metadata/annotations/touched'));
    expect(body.metadata.annotations).toEqual({ touched: 'now' });
  });

  it('which may be that there is none', () => {
    const snapshot = deployment({ metadata: { labels: { a: '1', b: '2' } } });
    const live = deployment({ metadata: { labels: { b: '3' } } });
    expect(forUpdate(snapshot, live, ignoring('/metadata/labels/a')).metadata.labels).toEqual({ b: '2' });
  });

  it('item by item, told apart by name; an item that live lacks keeps its own', () => {
    const live = containers(['added', 'v9'], ['app', 'v2']);
    const body = forUpdate(containers(['app', 'v1'], ['mesh', 'v1']), live, ignoring(images));
    expect(at(body, 'spec', 'template', 'spec', 'containers')).toEqual([
      { name: 'app', image: 'v2' },
      { name: 'mesh', image: 'v1' },
    ]);
  });

  it('and a re-created object gets the snapshot’s', () => {
    expect(sameContent(forCreate(deployment()), deployment())).toBe(true);
  });
});

describe('who applied an ignored field', () => {
  const applied = (manager: string, fieldsV1: object) => ({
    manager,
    operation: 'Apply',
    apiVersion: 'apps/v1',
    fieldsV1,
  });
  const owned = (...managedFields: object[]) => deployment({ metadata: { managedFields } });
  const replicas = { 'f:replicas': {} };
  const team = owned(applied('team', { 'f:spec': { ...replicas, 'f:paused': {} } }));
  const taken = owned(applied('team', { 'f:spec': { 'f:paused': {} } }), applied('scaler', { 'f:spec': replicas }));

  it('does not count', () => {
    expect(sameOwnership(team, taken)).toBe(false);
    expect(sameOwnership(team, taken, ignoring('/spec/replicas'))).toBe(true);
    expect(ownershipToPutBack(team, taken, { ignore: ignoring('/spec/replicas'), writer: 'us' })).toBeUndefined();
  });

  it('does not hide who applied the others', () => {
    expect(sameOwnership(team, taken, ignoring('/spec/paused'))).toBe(false);
  });

  it('does not count in list items either', () => {
    const fields = (image: object) => ({
      'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:name': {}, ...image } } },
    });
    const [from, to] = [owned(applied('ci', fields({ 'f:image': {} }))), owned(applied('ci', fields({})))];
    expect(sameOwnership(from, to, ignoring('/spec/containers/*/image'))).toBe(true);
    expect(sameOwnership(from, to, ignoring('/spec/containers/*/command'))).toBe(false);
  });
});
