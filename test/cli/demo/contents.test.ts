import { describe, expect, test } from 'vitest';
import { type Contents, differences, essence } from '../../../src/cli/demo/contents.ts';

const name = 'us/configmaps/shop-settings';

function contents(data: Readonly<Record<string, string>>, more: Readonly<Record<string, unknown>> = {}): Contents {
  return new Map(Object.entries({ [name]: { kind: 'ConfigMap', data }, ...more }));
}

describe('the comparison after the demo', () => {
  test('finds nothing where nothing changed', () => {
    expect(differences(contents({ a: '1' }), contents({ a: '1' }))).toEqual([]);
  });

  test.each([
    ['one byte changed', contents({ a: '2' }), `${name} has another content`],
    ['a member was added', contents({ a: '1', b: '' }), `${name} has another content`],
    ['an object is gone', new Map(), `${name} is missing`],
    ['an object is new', contents({ a: '1' }, { 'us/secrets/x': {} }), 'us/secrets/x was not there before'],
  ])('names the object when %s', (_what, after, finding) => {
    expect(differences(contents({ a: '1' }), after)).toEqual([finding]);
  });

  test('drops what servers keep for themselves and nothing else', () => {
    const kept = { name: 'web', labels: { app: 'shop' } };
    const volatile = { uid: 'u', resourceVersion: '7', generation: 3, managedFields: [{}], creationTimestamp: 't' };
    const annotations = { 'deployment.kubernetes.io/revision': '2', note: 'kept' };
    const object = {
      kind: 'Deployment',
      metadata: { ...kept, ...volatile, annotations },
      spec: { replicas: 3 },
      status: {},
    };
    expect(essence(object)).toEqual({
      kind: 'Deployment',
      metadata: { ...kept, annotations: { note: 'kept' } },
      spec: { replicas: 3 },
    });
  });
});
