import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { matches, parseSelector } from '../../src/domain/kubernetes/selector.ts';
import { isOf, isSmokeJob, type SmokeTest, smokeJob, smokeJobRef } from '../../src/domain/smoke-job.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const template = { metadata: { labels: { role: 'check' } }, spec: { containers: [{ name: 'c', image: 'x' }] } };

function testOf(operationId: string, spec: object = {}): SmokeTest {
  const source = { name: 'smoke', timeout: 90_500, spec: { template, ...spec } };
  return { operationId, namespace: 'shop', sha256, source };
}

describe('the Job of a smoke test', () => {
  test('has one name per run and source, and is told from all others by it', () => {
    const ref = smokeJobRef(testOf('1'));
    expect(smokeJobRef(testOf('1', { backoffLimit: 3 }))).toEqual(ref);
    expect(smokeJobRef(testOf('2')).name).not.toBe(ref.name);
    expect(isSmokeJob(ref)).toBe(true);
    expect(isSmokeJob({ ...ref, kind: 'ConfigMap', apiVersion: 'v1' })).toBe(false);
    expect(isSmokeJob({ ...ref, name: 'belay-smoke-test' })).toBe(false);
  });

  test('is of that run alone, whoever else has taken the name', () => {
    const job = smokeJob(testOf('1'));
    expect(isOf(testOf('1'), job)).toBe(true);
    expect(isOf(testOf('2'), job)).toBe(false);
    expect(isOf(testOf('1'), { ...job, metadata: { name: job.metadata.name } })).toBe(false);
  });

  test('has labels that are Belay’s alone, and pods with those that are given', () => {
    const job = smokeJob(testOf('1'));
    const labels = job.metadata.labels as Record<string, string>;
    expect(matches(parseSelector('role=check'), labels)).toBe(false);
    expect(labels).toEqual({ 'app.kubernetes.io/managed-by': 'belay' });
    expect(job.spec).toMatchObject({ template: { metadata: template.metadata } });
  });

  test('is tried once, ends and goes away by itself, later than a watcher would see to it', () => {
    expect(smokeJob(testOf('1')).spec).toMatchObject({
      backoffLimit: 0,
      activeDeadlineSeconds: 151,
      ttlSecondsAfterFinished: 3600,
      template: { spec: { restartPolicy: 'Never', containers: template.spec.containers } },
    });
    expect(smokeJob(testOf('1', { backoffLimit: 2 })).spec).toMatchObject({ backoffLimit: 2 });
  });
});
