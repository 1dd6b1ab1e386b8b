import { describe, expect, test } from 'vitest';
import { sameContent } from '../../../src/domain/kubernetes/canonical.ts';
import { isActive, paused, pauseRules, resumed, valueBefore } from '../../../src/domain/owners/pause.ts';
import type { JsonObject, KubeObject } from '../../../src/schema/json.ts';

const kustomization = (spec: JsonObject): KubeObject => ({
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'shop', namespace: 'flux-system' },
  spec,
});

const skip = 'argocd.argoproj.io/skip-reconcile';
const application = (syncPolicy: JsonObject, annotations?: JsonObject): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'shop', namespace: 'argocd', ...(annotations ? { annotations } : {}) },
  spec: { syncPolicy },
});
const automated = { automated: { selfHeal: true } };

describe('active is', () => {
  test.each([
    ['a Kustomization', kustomization({ path: './' }), true],
    ['one that says it is not suspended', kustomization({ suspend: false }), true],
    ['not a suspended one', kustomization({ suspend: true }), false],
    ['an Application that syncs by itself', application(automated), true],
    ['one that syncs without healing: the next commit comes all the same', application({ automated: {} }), true],
    ['not one that syncs by hand', application({}), false],
    ['not one whose automation is switched off', application({ automated: { enabled: false } }), false],
    ['not one that is skipped', application(automated, { [skip]: 'true' }), false],
  ])('%s', (_, owner, active) => {
    expect(isActive(owner)).toBe(active);
  });
});

test.each([
  ['nothing', kustomization({ path: './' }), null],
  ['false', kustomization({ path: './', suspend: false }), false],
  ['no annotation', application(automated), null],
  ['another annotation', application(automated, { team: 'shop' }), null],
  ['an annotation that says no', application(automated, { [skip]: 'false' }), 'false'],
])('a pause over %s rests the owner, and its undo leaves what was there', (_, owner, before) => {
  expect(valueBefore(owner)).toBe(before);
  expect(isActive(paused(owner))).toBe(false);
  expect(resumed(paused(owner), before)).toEqual(owner);
});

test.each([
  ['a Kustomization', kustomization({ path: './' })],
  ['an Application', application(automated)],
])('where owners are paused, the pause of %s is no difference', (_, owner) => {
  expect(sameContent(owner, paused(owner))).toBe(false);
  expect(sameContent(owner, paused(owner), pauseRules)).toBe(true);
});
