import { describe, expect, it } from 'vitest';
import { assess } from '../../../src/domain/kubernetes/assess.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import { condition, of } from './judge-health.ts';
import { deployment, pod, withMetadata } from './objects.ts';

const selector = { app: 'checkout' };
const balancer = of(
  'v1',
  'Service',
  { loadBalancer: { ingress: [{ ip: '1' }] } },
  { type: 'LoadBalancer', selector },
  { namespace: 'shop' },
);
const backend = (labels: Record<string, string>, ready = 'True') =>
  withMetadata(pod('p', { status: { phase: 'Running', conditions: [condition('Ready', ready)] } }), { labels });

function healthOfBalancer(children: readonly KubeObject[], others: readonly KubeObject[] = []) {
  return assess({ members: [balancer, ...others], children })(balancer);
}

describe('a load balancer with an address', () => {
  const waiting = { kind: 'progressing', reason: 'no ready pod matches its selector' };

  it.each<[string, readonly KubeObject[], unknown]>([
    ['is current with a ready pod behind it', [backend(selector)], { kind: 'current' }],
    ['is progressing when no pod behind it is ready', [backend(selector, 'False')], waiting],
    ['is progressing when its selector matches no pod', [backend({ app: 'cart' })], waiting],
    [
      'is progressing when its only pod is being deleted',
      [withMetadata(backend(selector), { deletionTimestamp: '2025-01-01T00:00:00Z' })],
      waiting,
    ],
    ['is current where no pods are to be seen', [], { kind: 'current' }],
  ])('%s', (_, children, expected) => expect(healthOfBalancer(children)).toEqual(expected));

  it('is current when what it selects is scaled to zero', () => {
    const idle = deployment({ spec: { replicas: 0, template: { metadata: { labels: selector } } } });
    expect(healthOfBalancer([backend({ app: 'cart' })], [idle])).toEqual({ kind: 'current' });
  });

  it('is not judged by pods of another namespace', () => {
    const elsewhere = withMetadata(backend({ app: 'cart' }), { namespace: 'cart' });
    expect(healthOfBalancer([elsewhere])).toEqual({ kind: 'current' });
  });
});

describe('a definition', () => {
  const version = (name: string, served: boolean) => ({ name, served });
  const definition = of(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    { conditions: [condition('Established', 'True')] },
    { group: 'x.io', names: { kind: 'A' }, versions: [version('v1', true), version('v2', true), version('v0', false)] },
  );
  const health = (...served: string[]) =>
    assess({ members: [definition], children: [], known: { served: new Set(served) } })(definition);

  it.each(['x.io/v1/A', 'x.io/v2/A'])('is current when %s is in discovery', (type) =>
    expect(health(type, 'y.io/v1/B')).toEqual({ kind: 'current' }),
  );

  it.each([['y.io/v1/A'], ['x.io/v1/B'], ['x.io/v0/A']])('is progressing when there is only %s', (type) =>
    expect(health(type)).toEqual({ kind: 'progressing', reason: 'its kind is not in discovery yet' }),
  );
});
