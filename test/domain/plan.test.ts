import { describe, expect, test } from 'vitest';
import { makePlan } from '../../src/domain/plan.ts';
import type { KubeObject } from '../../src/schema/json.ts';
import { contentOf, earlier, objectOf, questionOf } from '../support/plan-builders.ts';

const calm = objectOf();
const wild = objectOf({ body: { data: { mode: 'wild' } }, version: '2' });

function judge(to: KubeObject | null, from: KubeObject | null, options: Parameters<typeof questionOf>[0] = {}) {
  const { items } = makePlan(
    questionOf({ baseline: to ? [contentOf(to)] : [], live: from ? [contentOf(from)] : [], ...options }),
  );
  expect(items).toHaveLength(1);
  return items[0];
}

describe('an object of the baseline', () => {
  test('is left as it is when nothing moved', () => {
    expect(judge(calm, calm)).toMatchObject({ verdict: 'noop', reason: 'unchanged' });
  });

  test('is left as it is when only its version moved', () => {
    expect(judge(calm, objectOf({ version: '7' }))).toMatchObject({ verdict: 'noop', reason: 'equal' });
  });

  test('is updated when its content differs, naming fields and never values, fenced by what was seen', () => {
    const item = judge(calm, wild);
    expect(item).toMatchObject({
      verdict: 'update',
      reason: '/data/mode differs',
      fields: ['/data/mode'],
      fence: { uid: 'uid-settings', resourceVersion: '2' },
    });
    expect(item?.reason).not.toContain('wild');
  });

  test('is updated when only its field ownership differs', () => {
    const applied = objectOf({ writer: { manager: 'team', time: earlier, operation: 'Apply' } });
    expect(judge(applied, objectOf({ version: '2' }))).toMatchObject({
      verdict: 'update',
      reason: 'field ownership differs',
      fields: [],
    });
  });

  test('is created again when the deploy deleted it', () => {
    expect(judge(calm, null)).toMatchObject({ verdict: 'create', reason: 'deleted by the deploy', fence: null });
  });

  test('counts as absent when it was going away already', () => {
    const going = contentOf(calm, { terminating: true });
    expect(makePlan(questionOf({ baseline: [going] })).items).toEqual([]);
  });

  test('is refused when it holds data and is going away, naming what holds it and whose that is', () => {
    const claim = objectOf({ kind: 'PersistentVolumeClaim' });
    const metadata = {
      deletionTimestamp: '2026-01-01T10:03:00Z',
      finalizers: ['example.com/hold'],
      managedFields: [
        {
          ...{ manager: 'backup', operation: 'Update', apiVersion: 'v1', time: earlier, fieldsType: 'FieldsV1' },
          fieldsV1: { 'f:metadata': { 'f:finalizers': { 'v:"example.com/hold"': {} } } },
        },
      ],
    };
    expect(judge(claim, objectOf({ kind: 'PersistentVolumeClaim', metadata }))).toMatchObject({
      verdict: 'refuse',
      reason: 'it is going away, and its contents with it, held by finalizer example.com/hold (backup)',
    });
  });

  test('is refused when somebody changed it outside the deploy, naming who and when', () => {
    const foreign = objectOf({
      body: { data: { mode: 'wild' } },
      writer: { manager: 'kubectl-edit', time: '2026-01-01T09:30:00Z' },
    });
    const item = judge(calm, foreign);
    expect(item).toMatchObject({ verdict: 'refuse' });
    expect(item?.reason).toContain('changed by kubectl-edit at 2026-01-01T09:30:00Z');
  });

  test('leaves replicas to the autoscaler that stays', () => {
    const options = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const scaler = {
      ref: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'web' },
      owner: null,
      target: 'apps/v1/Deployment/shop/web',
      min: 1,
      max: 9,
    };
    const web = (replicas: number) => objectOf({ ...options, body: { spec: { replicas } } });
    expect(judge(web(2), web(5), { scalers: [scaler] })).toMatchObject({ verdict: 'noop', replicas: 'live' });
    expect(judge(web(2), web(2), { scalers: [scaler] })).toMatchObject({ verdict: 'noop', replicas: 'live' });
    expect(judge(web(2), web(2))).toMatchObject({ verdict: 'noop', replicas: null });
  });

  test('is scaled into the range of the autoscaler that is made anew, even when nothing else differs', () => {
    const options = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const web = (replicas: number) => objectOf({ ...options, body: { spec: { replicas } } });
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const scaler = objectOf({
      ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'web' },
      body: { spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 6 } },
    });
    const plan = (before: number, now: number) =>
      makePlan(
        questionOf({ baseline: [contentOf(web(before)), contentOf(scaler)], live: [contentOf(web(now))] }),
      ).items.find(({ ref }) => ref.kind === 'Deployment');
    expect(plan(3, 0)).toMatchObject({ verdict: 'update', replicas: 3, reason: '/spec/replicas differs' });
    expect(plan(3, 5)).toMatchObject({ verdict: 'noop', replicas: 5 });
  });

  test('is left when it is a Job: writing it back could run it again', () => {
    const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'migrate' };
    expect(judge(objectOf(job), null)).toMatchObject({ verdict: 'leave' });
  });

  test('is left when it is a token that the control plane makes', () => {
    const token = objectOf({ kind: 'Secret', body: { type: 'kubernetes.io/service-account-token' } });
    expect(judge(token, null)).toMatchObject({ verdict: 'leave' });
  });

  test('is not guessed at when its content was not read', () => {
    const unread = { ...contentOf(calm), object: null };
    expect(() => makePlan(questionOf({ baseline: [unread] }))).toThrow(
      'the content of ConfigMap/settings was not read',
    );
  });
});

test('an object that only the deploy added is deleted, fenced by what was seen', () => {
  expect(judge(null, objectOf({ name: 'promotions' }))).toMatchObject({
    verdict: 'prune',
    baseline: null,
    fence: { uid: 'uid-promotions', resourceVersion: '1' },
  });
});

describe('the order of a plan', () => {
  const missing = (count: number, options: Parameters<typeof objectOf>[0]) =>
    Array.from({ length: count }, (_, index) =>
      contentOf(objectOf({ ...options, name: `n${String(index).padStart(3, '0')}` })),
    );

  test('writes configuration before services before workloads, whatever the snapshot lists first', () => {
    const baseline = [
      ...missing(1, { apiVersion: 'apps/v1', kind: 'Deployment' }),
      ...missing(1, { kind: 'Service' }),
      ...missing(1, { kind: 'ConfigMap' }),
    ];
    expect(makePlan(questionOf({ baseline })).stages).toMatchObject([
      { stage: 'configuration', does: 'write', batches: [[2]] },
      { stage: 'services', does: 'write', batches: [[1]] },
      { stage: 'workloads', does: 'write', batches: [[0]] },
    ]);
  });

  test('cuts a stage into batches of 25', () => {
    const { stages } = makePlan(questionOf({ baseline: missing(60, {}) }));
    expect(stages.map(({ batches }) => batches.map((batch) => batch.length))).toEqual([[25, 25, 10]]);
    expect(new Set(stages.flatMap(({ batches }) => batches.flat())).size).toBe(60);
  });

  test('deletes what the deploy added behind the pivot, after everything that is written', () => {
    const live = [contentOf(objectOf({ name: 'promotions' })), contentOf(wild)];
    const { stages, items } = makePlan(questionOf({ baseline: [contentOf(calm)], live }));
    expect(stages.map(({ stage, does, batches }) => [stage, does, batches])).toEqual([
      ['configuration', 'write', [[0]]],
      ['prune', 'delete', [[1]]],
    ]);
    expect(items.map(({ pivot }) => pivot)).toEqual(['before', 'behind']);
    expect(makePlan(questionOf()).stages).toEqual([]);
  });
});
