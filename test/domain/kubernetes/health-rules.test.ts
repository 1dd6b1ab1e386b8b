import { describe, expect, it } from 'vitest';
import { isAssessed } from '../../../src/domain/kubernetes/assessed-kinds.ts';
import { type Evaluate, ruleHealth, ruleProblems } from '../../../src/domain/kubernetes/health-rules.ts';
import { healthOf } from '../../../src/domain/kubernetes/status.ts';
import {
  type HealthBaseline,
  healthAfterRestore,
  healthBaseline,
  workloadVerdict,
} from '../../../src/domain/kubernetes/workloads.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import { condition, of } from './judge-health.ts';
import { atStart, deployment, withMetadata } from './objects.ts';

const clean: HealthBaseline = { objects: {}, restarts: {}, brokenPods: [] };
const silent = of('x.io/v1', 'A');

/** Expressions are their own answers here: `true`, `false`, and an error for everything else. */
const evaluate: Evaluate = (expression) =>
  expression === 'true' || expression === 'false'
    ? { kind: 'value', value: expression === 'true' }
    : { kind: 'error', reason: 'no such key' };

function known(healthy: string, failed?: string) {
  const rule = failed === undefined ? { kind: 'x.io/v1/A', healthy } : { kind: 'x.io/v1/A', healthy, failed };
  return { rule: ruleHealth([rule], evaluate) };
}

describe('a rule decides', () => {
  it.each([
    ['current when "healthy" is true', 'true', undefined, 'current'],
    ['current when "failed" is false, too', 'true', 'false', 'current'],
    ['progressing when "healthy" is false', 'false', undefined, 'progressing'],
    ['failed when "failed" is true, whatever "healthy" says', 'true', 'true', 'failed'],
    ['failed even when "healthy" has no answer', 'broken', 'true', 'failed'],
    ['inconclusive when "healthy" has no answer', 'broken', 'false', 'inconclusive'],
    ['inconclusive when "failed" has no answer, though "healthy" is true', 'true', 'broken', 'inconclusive'],
  ])('%s', (_, healthy, failed, expected) => expect(healthOf(silent, known(healthy, failed)).kind).toBe(expected));

  it('with a reason that names the expression', () => {
    expect(healthOf(silent, known('false'))).toMatchObject({ reason: '"healthy" is not true yet: false' });
    expect(healthOf(silent, known('broken'))).toMatchObject({ reason: '"healthy" has no answer: no such key' });
  });

  it('against the conditions that the object reports', () => {
    const stalled = of('x.io/v1', 'A', { conditions: [condition('Stalled', 'True')] });
    expect([healthOf(stalled).kind, healthOf(stalled, known('true')).kind]).toEqual(['failed', 'current']);
  });

  it('not while the object is being deleted, nor before its latest generation is seen', () => {
    const deleted = withMetadata(silent, { deletionTimestamp: '2025-01-01T00:00:00Z' });
    const behind = of('x.io/v1', 'A', { observedGeneration: 1 }, {}, { generation: 2 });
    expect([deleted, behind].map((object) => healthOf(object, known('true', 'true')).kind)).toEqual([
      'terminating',
      'progressing',
    ]);
  });

  it('nothing about other kinds and versions', () => {
    const others = [of('x.io/v2', 'A'), of('y.io/v1', 'A'), of('x.io/v1', 'B')];
    expect(others.map((object) => healthOf(object, known('true')).kind)).toEqual(Array(3).fill('notAssessed'));
  });
});

it('a kind with a rule is read even if it is plain data', () => {
  const config = { apiVersion: 'v1', kind: 'ConfigMap' };
  expect([isAssessed([])(config), isAssessed(['v1/ConfigMap'])(config)]).toEqual([false, true]);
});

it('problems are named by rule and field', () => {
  const rules = [
    { kind: 'x.io/v1/A', healthy: 'good' },
    { kind: 'x.io/v1/B', healthy: 'good', failed: 'bad' },
  ];
  expect(ruleProblems(rules, (text) => (text === 'bad' ? 'is bad' : null))).toEqual([
    { index: 1, field: 'failed', problem: 'is bad' },
  ]);
});

describe('a verdict', () => {
  const verdict = (members: readonly KubeObject[], rules?: ReturnType<typeof known>, baseline = clean) =>
    workloadVerdict({ members, children: [], baseline, now: atStart, deployedAt: null, known: rules });

  it('is failing when a rule says failed, unless it said so before', () => {
    const rules = known('false', 'true');
    expect(verdict([silent, deployment()], rules)).toMatchObject({
      verdict: 'failing',
      evidence: [{ object: 'A/x', reason: 'Failed', message: '"failed" is true: true' }],
    });
    const before = healthBaseline([silent], [], atStart, rules);
    expect(verdict([silent, deployment()], rules, before).verdict).toBe('healthy');
  });

  it('is inconclusive when a rule has no answer, even if it had none before', () => {
    const rules = known('broken');
    const before = healthBaseline([silent], [], atStart, rules);
    expect(before.objects).toEqual({ 'x.io/v1/A/x': 'inconclusive' });
    expect(verdict([silent, deployment()], rules, before)).toMatchObject({
      verdict: 'inconclusive',
      evidence: [{ reason: 'Inconclusive' }],
    });
  });

  it('counts what is not assessed beside it, and is not held up', () =>
    expect(verdict([silent, deployment()])).toEqual({ verdict: 'healthy', evidence: [], notAssessed: 1 }));

  it('names what is not assessed when there is nothing else', () =>
    expect(verdict([silent])).toEqual({
      verdict: 'inconclusive',
      evidence: [{ object: 'A/x', reason: 'NotAssessed', message: 'reports no conditions' }],
      notAssessed: 1,
    }));
});

describe('after a restore', () => {
  const health = (members: readonly KubeObject[], rules?: ReturnType<typeof known>, baseline = clean) =>
    healthAfterRestore({ members, children: [], baseline, now: atStart, known: rules });

  it('what is not assessed is counted, but not as healthy', () =>
    expect(health([silent, deployment()])).toEqual({ kind: 'healthy', current: 1, notAssessed: 1 }));

  it('a rule that says failed makes it unhealthy', () =>
    expect(health([silent], known('true', 'true'))).toMatchObject({ kind: 'unhealthy', evidence: [{}] }));

  it('a rule without an answer is unhealthy, and not worse than a baseline where it had none', () => {
    const rules = known('broken');
    const before = healthBaseline([silent], [], atStart, rules);
    expect([health([silent], rules).kind, health([silent], rules, before).kind]).toEqual([
      'unhealthy',
      'not worse than baseline',
    ]);
  });
});
