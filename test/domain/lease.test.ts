import { describe, expect, test } from 'vitest';
import { fenceOf } from '../../src/domain/kubernetes/identity.ts';
import {
  breakOn,
  broken,
  epochOf,
  headOn,
  holderIn,
  leaseRef,
  newLease,
  released,
  taken,
  withHead,
} from '../../src/domain/lease.ts';
import type { KubeObject } from '../../src/schema/json.ts';

const sha256 = () => '0123456789abcdef0123';
const shop = { environment: 'production', application: 'shop' };
const ref = leaseRef(shop, 'locks', sha256);
const head = { sequence: 17, digest: 'sha256:aa' };

/** As the server answers it. */
const lease = (holder: string): KubeObject => {
  const fresh = newLease(ref, holder);
  const metadata = { ...fresh.metadata, uid: 'u1', resourceVersion: '7', annotations: { team: 'web' } };
  return { ...fresh, metadata, spec: { ...(fresh.spec as object), acquireTime: 'theirs' } };
};

test('it is named for the application, whoever reads it', () => {
  expect(ref).toEqual({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace: 'locks',
    name: 'belay-0123456789abcdef',
  });
});

test('taking it counts the epoch up, giving it back does not', () => {
  const mine = taken(released(lease('first'), null), 'second');
  expect([holderIn(mine), epochOf(mine)]).toEqual(['second', 2]);
  const free = released(mine, head);
  expect([holderIn(free), epochOf(free)]).toEqual(['', 2]);
});

test('what others keep on it stays', () => {
  const after = released(taken(withHead(lease('first'), head), 'second'), null);
  expect(after.metadata.annotations).toMatchObject({ team: 'web' });
  expect(after.spec).toMatchObject({ acquireTime: 'theirs' });
});

test('the head of the journal is kept until a later one is known', () => {
  expect(headOn(lease('first'))).toBeNull();
  expect(headOn(taken(withHead(lease('first'), head), 'second'))).toEqual(head);
  expect(headOn(released(withHead(lease('first'), head), null))).toEqual(head);
  const later = { sequence: 20, digest: 'sha256:bb' };
  expect(headOn(released(withHead(lease('first'), head), later))).toEqual(later);
});

test('its writes are fenced by what was read', () => {
  expect(fenceOf(lease('first'))).toEqual({ uid: 'u1', resourceVersion: '7' });
});

describe('a broken lock', () => {
  const by = { by: 'ada', reason: 'that Temporal is gone', at: '2026-01-01T00:00:00Z' };

  test('is free, one epoch later, and says who took it from whom and why', () => {
    const free = broken(lease('first'), by);
    expect([holderIn(free), epochOf(free)]).toEqual(['', 2]);
    expect(breakOn(free)).toEqual({ ...by, holder: 'first', epoch: 2 });
  });

  test('says so until somebody takes it', () => {
    const free = broken(lease('first'), by);
    expect(breakOn(withHead(free, head))).not.toBeNull();
    expect(breakOn(taken(free, 'second'))).toBeNull();
  });

  test.each(['no json', '{}', '{"holder":"a","by":"b","reason":"c","at":"yesterday","epoch":1}', '[]', 'null'])(
    'is not believed when its note is %s',
    (text) => {
      const odd = lease('first');
      expect(breakOn({ ...odd, metadata: { ...odd.metadata, annotations: { 'belay.dev/broken': text } } })).toBeNull();
    },
  );
});
