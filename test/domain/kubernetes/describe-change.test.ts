import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedFields } from '../../../src/domain/kubernetes/canonical.ts';
import { describeChange } from '../../../src/domain/kubernetes/describe-change.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import type { FieldView } from '../../../src/schema/plan-view.ts';
import { deployment, exact } from './objects.ts';

const canary = 'hunter2-canary';

function configMap(data: Record<string, unknown>, more: Record<string, unknown> = {}): KubeObject {
  return exact({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'shop' },
    data,
    ...more,
  });
}

function secret(data: Record<string, unknown>, annotations: Record<string, string> = {}): KubeObject {
  const metadata = { name: 'payment', namespace: 'shop', annotations };
  return exact({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data });
}

function withEnv(...env: readonly unknown[]): KubeObject {
  const containers = [{ name: 'web', image: 'registry/token:v1', env }];
  return deployment({ spec: { template: { spec: { containers } } } });
}

/** `~ /data/mode "wild" → "calm"` */
function lines(fields: readonly FieldView[]): string[] {
  return fields.map(({ pointer, change, from, to }) => `${change} ${pointer} ${from} → ${to}`);
}

describe('what is told of a change', () => {
  it('names each field with what is live and what comes back', () => {
    const live = configMap({ mode: 'wild', limit: '9007199254740993', gone: 'x' });
    const wanted = configMap({ mode: 'calm', limit: '9007199254740993', back: 'y' });
    expect(lines(describeChange(live, wanted))).toEqual([
      'added /data/back null → "y"',
      'removed /data/gone "x" → null',
      'changed /data/mode "wild" → "calm"',
    ]);
  });

  it('finds the value of a list item that has another position in the other state', () => {
    const live = withEnv({ name: 'NEW', value: '1' }, { name: 'MODE', value: 'wild' });
    const wanted = withEnv({ name: 'MODE', value: 'calm' });
    expect(lines(describeChange(live, wanted))).toEqual([
      'changed /spec/template/spec/containers/0/env/0/value "wild" → "calm"',
      'removed /spec/template/spec/containers/0/env/0 {"name":"NEW","value":"1"} → null',
    ]);
  });

  it('tells every part of an object that comes or goes', () => {
    expect(lines(describeChange(null, configMap({ a: '1', b: '2' })))).toEqual([
      'added /data/a null → "1"',
      'added /data/b null → "2"',
    ]);
    expect(lines(describeChange(configMap({ a: '1' }), null))).toEqual(['removed /data/a "1" → null']);
  });

  it('cuts long values around the place where they begin to differ', () => {
    const long = (end: string) => configMap({ text: `${'x'.repeat(500)}${end}${'y'.repeat(500)}` });
    const [field] = describeChange(long('wild'), long('calm'));
    expect(field?.from).toMatch(/^…x{20}wildy+…$/);
    expect(field?.to).toMatch(/^…x{20}calmy+…$/);
    expect(field?.to?.length).toBe(120);
  });

  it('tells nothing of what no restore would put back', () => {
    expect(describeChange(deployment(), deployment({ status: { replicas: 7 } }))).toEqual([]);
    expect(describeChange(null, null)).toEqual([]);
  });
});

describe('what is never told', () => {
  it('values of a Secret: its keys are changed, same, added or removed', () => {
    const live = secret({ key: 'aHVudGVyMg==', user: 'YWRh', extra: 'eA==' });
    const wanted = secret({ key: 'Y2FuYXJ5', user: 'YWRh', back: 'eQ==' });
    expect(lines(describeChange(live, wanted))).toEqual([
      'added /data/back null → null',
      'removed /data/extra null → null',
      'changed /data/key null → null',
      'same /data/user null → null',
    ]);
    expect(lines(describeChange(null, wanted))).toContain('added /data/key null → null');
  });

  it.each<[string, (text: string) => KubeObject]>([
    ['data of a Secret', (text) => secret({ key: text })],
    ['stringData of a Secret', (text) => exact({ ...secret({}), stringData: { key: text } })],
    ['annotations of a Secret', (text) => secret({}, { note: text })],
    [
      'what kubectl noted as last applied',
      (text) =>
        exact({
          ...configMap({}),
          metadata: { name: 'a', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } },
        }),
    ],
    ['an environment variable named for a secret', (text) => withEnv({ name: 'DB_PASSWORD', value: text })],
    ['another one', (text) => withEnv({ name: 'STRIPE_KEY', value: text })],
    ['a URL with a password', (text) => withEnv({ name: 'DB', value: `postgres://app:${text}@db/shop` })],
    ['a key of a ConfigMap named for a secret', (text) => configMap({ 'api-token': text })],
    ['a file in a ConfigMap that assigns a secret', (text) => configMap({ 'app.ini': `[db]\npassword = ${text}\n` })],
    ['binary data of a ConfigMap', (text) => configMap({}, { binaryData: { blob: text } })],
    [
      'the argument of a flag named for a secret',
      (text) =>
        deployment({ spec: { template: { spec: { containers: [{ name: 'a', args: ['--token', text, '--x'] }] } } } }),
    ],
    [
      'a flag with its secret',
      (text) =>
        deployment({ spec: { template: { spec: { containers: [{ name: 'a', args: [`--password=${text}`] }] } } } }),
    ],
    [
      'a field of a custom resource named for a secret',
      (text) =>
        exact({
          apiVersion: 'shop.example/v1',
          kind: 'Store',
          metadata: { name: 'a' },
          spec: { db: { password: text } },
        }),
    ],
  ])('%s, changed, added or removed', (_what, make) => {
    const [one, other] = [make(`${canary}-1`), make(`${canary}-2`)];
    const views = [describeChange(one, other), describeChange(null, one), describeChange(one, null)];
    for (const view of views) {
      expect(view).not.toEqual([]);
      expect(JSON.stringify(view)).not.toContain(canary);
    }
  });

  it('hides no image, and no name of a Secret', () => {
    const image = (tag: string) =>
      deployment({ spec: { template: { spec: { containers: [{ name: 'a', image: tag }] } } } });
    expect(JSON.stringify(describeChange(image('shop/token:v1'), image('shop/token:v2')))).toContain('shop/token:v2');
    const volume = (name: string) =>
      deployment({ spec: { template: { spec: { volumes: [{ name: 'v', secret: { secretName: name } }] } } } });
    expect(lines(describeChange(volume('old'), volume('new')))).toEqual([
      'changed /spec/template/spec/volumes/0/secret/secretName "old" → "new"',
    ]);
  });

  it('shows that a hidden value within a larger one changed, and not which secrets are equal', () => {
    const live = withEnv({ name: 'A_TOKEN', value: 'one' }, { name: 'B_TOKEN', value: 'one' });
    const wanted = deployment({
      spec: { template: { spec: { containers: [{ name: 'web', image: 'registry/token:v1' }] } } },
    });
    const [field] = describeChange(live, wanted);
    expect(field?.from).toBe('[{"name":"A_TOKEN","value":"(hidden)"},{"name":"B_TOKEN","value":"(hidden)"}]');
  });
});

it('whatever differs is told at the same pointers as the plan names', () => {
  const name = fc.constantFrom('mode', 'api-token', 'password', 'limit', 'x');
  const text = fc.constantFrom('a', 'b', 'password=a', 'password=b');
  const make = fc.dictionary(name, text).map((data) => configMap(data));
  fc.assert(
    fc.property(make, make, (live, wanted) => {
      const told = describeChange(live, wanted).map(({ pointer, change }) => ({ pointer, change }));
      expect(told).toEqual(changedFields(live, wanted));
    }),
  );
});
