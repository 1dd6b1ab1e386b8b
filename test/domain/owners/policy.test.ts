import { expect, test } from 'vitest';
import { describeOwners } from '../../../src/domain/owners/describe-owners.ts';
import { distinctOwners, ownersInTheWay, staysPaused } from '../../../src/domain/owners/policy.ts';
import type { Owner } from '../../../src/schema/owner.ts';

const ref = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'shop',
};
const met = (state: Owner['state']) => ({ target: 'eu', owner: { tool: 'Flux', ref, via: 'a label', state } as const });
const active = (mayPause: boolean) => met({ kind: 'active', uid: 'u', before: null, mayPause });
const unknown = met({ kind: 'unknown', why: 'it is not here' });
const resting = met({ kind: 'resting' });

test.each([
  ['refuse', active(true), 'flux suspend kustomization shop -n flux-system'],
  ['refuse', unknown, 'it is not here'],
  ['refuse', resting, null],
  ['pause', active(true), null],
  ['pause', active(false), 'no right to update Kustomization'],
  ['pause', unknown, 'owners: ignore'],
  ['pause', resting, null],
  ['ignore', active(true), null],
  ['ignore', unknown, null],
] as const)('with "%s", %j is in the way with: %s', (policy, one, why) => {
  const reasons = ownersInTheWay(policy, [one]);
  expect(reasons).toHaveLength(why === null ? 0 : 1);
  if (why !== null) {
    expect(reasons[0]).toContain('eu/Kustomization/shop in flux-system (Flux)');
    expect(reasons[0]).toContain(why);
  }
});

test.each([
  ['refuse', active(true), 'active', 'refuse'],
  ['pause', active(true), 'active', 'pause'],
  ['pause', active(false), 'active', 'refuse'],
  ['ignore', active(true), 'active', 'ignore'],
  ['ignore', unknown, 'unknown', 'ignore'],
  ['refuse', resting, 'resting', 'none'],
  ['pause', resting, 'resting', 'none'],
] as const)('with "%s" a plan tells of %j that it is %s, and what follows: %s', (policy, one, state, effect) => {
  const owner = 'Kustomization/shop in flux-system (Flux)';
  const found = [{ target: 'eu', owner, via: 'a label', state, effect }];
  expect(describeOwners(policy, [one])).toEqual({ policy, found });
});

test('an owner counts once per cluster, however many targets it has objects in', () => {
  const targets = [
    { id: 'eu/shop', cluster: 'eu' },
    { id: 'eu/jobs', cluster: 'eu' },
    { id: 'us', cluster: 'us' },
    { id: 'ap', cluster: 'ap' },
  ];
  const owners = [active(true).owner];
  const found = ['eu/shop', 'eu/jobs', 'us'].map((target) => ({ target, owners }));
  const met = distinctOwners(targets, [...found, { target: 'ap' }]);
  expect(met.map(({ target }) => target)).toEqual(['eu/shop', 'us']);
});

test('an owner that stays paused is listed with the way to resume it', () => {
  expect(staysPaused(active(true))).toMatchObject({
    target: 'eu',
    object: 'Kustomization/shop',
    reason: expect.stringContaining('revert the source, then flux resume kustomization shop -n flux-system'),
  });
  const argo = { ...active(true).owner, ref: { ...ref, kind: 'Application', namespace: 'argocd' } };
  expect(staysPaused({ target: 'eu', owner: argo }).reason).toContain(
    'kubectl annotate application shop -n argocd argocd.argoproj.io/skip-reconcile-',
  );
});
