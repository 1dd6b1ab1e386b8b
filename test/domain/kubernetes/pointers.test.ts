import { describe, expect, it } from 'vitest';
import { changedFields, changedPointers, pointersInLive } from '../../../src/domain/kubernetes/canonical.ts';
import { exact } from './objects.ts';

type Parts = Record<string, unknown>;
const core = (kind: string, parts: Parts = {}, metadata: Parts = {}) =>
  exact({ apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'shop', ...metadata }, ...parts });
const _of = (apiVersion: string, kind: string, parts: Parts, metadata: Parts = {}) =>
  exact({ apiVersion, kind, metadata: { name: 'x', ...metadata }, ...parts });
const annotated = (annotations: Parts) => core('ConfigMap', {}, { annotations });

describe('pointers into lists', () => {
  const env = (...names: string[]) =>
    exact({ ...core('Pod'), spec: { env: names.map((n) => ({ name: n[0], value: n })) } });

  it.each([
    ['an item in the middle is added at its new place', env('a', 'c'), env('a', 'b', 'c'), [['/spec/env/1', 'added']]],
    ['an item is removed at its old place', env('a', 'b', 'c'), env('a', 'c'), [['/spec/env/1', 'removed']]],
    [
      'an item that moved keeps its identity',
      env('a', 'b'),
      env('c', 'a', 'b2'),
      [
        ['/spec/env/0', 'added'],
        ['/spec/env/2/value', 'changed'],
      ],
    ],
    ['only the order differs', env('a', 'b'), env('b', 'a'), [['/spec/env', 'changed']]],
    ['two items share a name', env('a', 'a'), env('a', 'a', 'a'), [['/spec/env', 'changed']]],
  ])('%s', (_, from, to, expected) => {
    expect(changedFields(from, to).map(({ pointer, change }) => [pointer, change])).toEqual(expected);
  });

  it('are positions when two items share a name', () => {
    expect(changedPointers(env('a1', 'a2'), env('a1', 'a3'))).toEqual(['/spec/env/1/value']);
  });

  it('that can be looked up in live leave out what live lacks', () => {
    const [target, live] = [env('a', 'b1', 'c'), env('x', 'b2', 'c')];
    expect(changedPointers(target, live)).toEqual(['/spec/env/0', '/spec/env/1/value', '/spec/env/0']);
    expect(pointersInLive(target, live)).toEqual(['/spec/env/0', '/spec/env/1/value']);
  });

  it('finds a container port by its number', () => {
    const from = ports([
      { port: 80, protocol: 'TCP' },
      { port: 443, protocol: 'TCP' },
    ]);
    const to = ports([
      { port: 443, protocol: 'TCP', targetPort: 8443 },
      { port: 80, protocol: 'TCP' },
    ]);
    expect(changedPointers(from, to)).toEqual(['/spec/ports/0/targetPort']);
  });

  it('does not descend into lists of plain values', () => {
    const args = (...list: string[]) => exact({ ...core('Pod'), spec: { args: list } });
    expect(changedPointers(args('a', 'b'), args('a', 'c'))).toEqual(['/spec/args']);
  });

  it('escapes keys as RFC 6901 says', () => {
    expect(changedPointers(annotated({ 'a/b~c': '1' }), annotated({ 'a/b~c': '2' }))).toEqual([
      '/metadata/annotations/a~1b~0c',
    ]);
  });

  it('names no value', () => {
    const secret = (password: string) => core('Secret', { data: { password } });
    expect(JSON.stringify(changedFields(secret('aHVudGVyMg=='), secret('c2VjcmV0')))).not.toMatch(
      /aHVudGVyMg|c2VjcmV0/,
    );
  });
});

function ports(list: readonly Parts[]) {
  return core('Service', { spec: { ports: list } });
}
