import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Watched } from '../../src/domain/group-verdict.ts';
import { foldHealthySince, type GuardFacts, judgeGuard } from '../../src/domain/judge-guard.ts';
import type { Verdict } from '../../src/schema/verdict.ts';

const watched = (...verdicts: readonly Verdict[]): Watched[] =>
  verdicts.map((verdict, index) => ({ name: ['eu', 'us', 'ap'][index] ?? '', verdict }));
const metric = (verdict: Verdict): Watched => ({ name: 'metric errors', verdict });

const facts = (options: Partial<GuardFacts> = {}): GuardFacts => ({
  readyAt: 0,
  deadline: 60_000,
  bake: 10_000,
  deployedAt: 5000,
  healthySince: null,
  firstHealthyAt: null,
  rule: 'any',
  targets: watched('healthy', 'progressing'),
  sources: [],
  isAsked: false,
  failure: null,
  promotedBy: null,
  cancel: null,
  superseded: null,
  ...options,
});
const failure = { source: 'workloads', reason: 'ImagePullBackOff', by: null, at: 1 };

describe('a guard', () => {
  test('waits for the deadline while a target is not healthy', () => {
    expect(judgeGuard(facts(), 20_000)).toEqual({ kind: 'wait', until: 60_000, waitingFor: 'deadline' });
  });

  test('fails at the deadline, and the verdicts are in the reason', () => {
    const decision = judgeGuard(facts({ sources: [metric('inconclusive')] }), 60_000);
    expect(decision).toMatchObject({
      kind: 'failed',
      failure: {
        source: 'deadline',
        reason: 'not healthy within 60 s (eu healthy, us progressing, metric errors inconclusive)',
      },
    });
  });

  test('fails at the deadline when nobody said "deployed"', () => {
    const decision = judgeGuard(facts({ deployedAt: null }), 60_000);
    expect(decision).toMatchObject({ kind: 'failed', failure: { reason: 'no "deployed" within 60 s' } });
  });

  test('keeps the deploy after a whole bake of health', () => {
    const healthy = facts({ healthySince: 20_000, targets: watched('healthy', 'healthy') });
    expect(judgeGuard(healthy, 29_999)).toEqual({ kind: 'wait', until: 30_000, waitingFor: 'bake' });
    expect(judgeGuard(healthy, 30_000)).toEqual({ kind: 'kept', reason: 'healthy in every target for 10 s' });
  });

  test('names the tolerated targets and the sources of a deploy that it keeps', () => {
    const targets = watched('healthy', 'failing', 'healthy');
    const healthy = facts({ healthySince: 20_000, rule: { quorum: 2 }, targets, sources: [metric('healthy')] });
    expect(judgeGuard(healthy, 30_000)).toEqual({
      kind: 'kept',
      reason: 'healthy in 2 of 3 targets and by metric errors, failing and tolerated: us for 10 s',
    });
  });

  test('keeps the deploy when it is promoted', () => {
    expect(judgeGuard(facts({ promotedBy: 'mia' }), 6000)).toEqual({ kind: 'kept', reason: 'promoted by mia' });
  });

  test('takes a failure before a promotion, a cancel and a supersede of the same moment', () => {
    const asked = { by: 'mia', reason: 'because' };
    const all = facts({ failure, promotedBy: 'mia', cancel: asked, superseded: asked, healthySince: 0 });
    expect(judgeGuard(all, 59_000)).toEqual({ kind: 'failed', failure });
  });

  test('that was healthy in time has its deadline once more to stay so: a pod that moves in the bake is no failure', () => {
    const moved = facts({ firstHealthyAt: 55_000 });
    expect(judgeGuard(moved, 124_999)).toEqual({ kind: 'wait', until: 125_000, waitingFor: 'deadline' });
    expect(judgeGuard(moved, 125_000)).toMatchObject({
      kind: 'failed',
      failure: {
        source: 'deadline',
        reason: 'not healthy for 10 s on end within 70 s of being healthy first (eu healthy, us progressing)',
      },
    });
  });

  test('is not kept past its deadline by flapping: each break starts the bake anew, the deadline stays', () => {
    const story = fc.array(fc.constantFrom<Verdict>('healthy', 'progressing', 'inconclusive'), { maxLength: 140 });
    fc.assert(
      fc.property(story, (verdicts) => {
        let health: Pick<GuardFacts, 'healthySince' | 'firstHealthyAt'> = { healthySince: null, firstHealthyAt: null };
        for (const [second, verdict] of verdicts.entries()) {
          const healthySince = foldHealthySince(facts({ ...health, targets: watched(verdict) }), 5000 + second * 1000);
          health = { healthySince, firstHealthyAt: health.firstHealthyAt ?? healthySince };
        }
        const targets = watched(verdicts.at(-1) ?? 'progressing');
        const unhealthy = verdicts.at(-1) !== 'healthy';
        expect(health.healthySince === null).toBe(unhealthy);
        const { firstHealthyAt } = health;
        const over = firstHealthyAt === null ? 60_000 : firstHealthyAt + 70_000;
        expect(judgeGuard(facts({ ...health, targets }), over).kind === 'failed').toBe(unhealthy);
      }),
    );
  });
});

describe('sources without an answer', () => {
  const well = watched('healthy', 'healthy');
  const silent = facts({ targets: well, sources: [metric('inconclusive'), { name: 'probe web', verdict: 'healthy' }] });

  test('leave the deploy to a person at the deadline, when nothing else is the matter', () => {
    expect(judgeGuard(silent, 59_999)).toMatchObject({ kind: 'wait', waitingFor: 'deadline' });
    const reason = 'no answer from metric errors within 60 s';
    expect(judgeGuard(silent, 60_000)).toEqual({ kind: 'unanswered', reason });
  });

  test('are no excuse for a target that is not healthy, or that nobody can reach', () => {
    for (const verdict of ['progressing', 'inconclusive'] as const)
      expect(judgeGuard({ ...silent, targets: watched('healthy', verdict) }, 60_000).kind).toBe('failed');
  });

  test('are no excuse for another source that is not healthy', () => {
    const sources = [metric('inconclusive'), { name: 'probe web', verdict: 'progressing' as const }];
    expect(judgeGuard({ ...silent, sources }, 60_000).kind).toBe('failed');
  });

  test('keep a person asked through a moment of unrest, until something is decided', () => {
    const unrest = { ...silent, isAsked: true, targets: watched('healthy', 'progressing') };
    expect(judgeGuard(unrest, 90_000).kind).toBe('unanswered');
    expect(judgeGuard({ ...unrest, failure }, 90_000)).toEqual({ kind: 'failed', failure });
    expect(judgeGuard({ ...unrest, promotedBy: 'mia' }, 90_000).kind).toBe('kept');
  });

  test('that answer after all are waited for through a whole bake', () => {
    const answered = { ...silent, isAsked: true, sources: [metric('healthy')], healthySince: 85_000 };
    expect(judgeGuard(answered, 90_000)).toEqual({ kind: 'wait', until: 95_000, waitingFor: 'bake' });
  });
});

describe('health', () => {
  const fold = (options: Partial<GuardFacts>) =>
    foldHealthySince(facts({ targets: watched('healthy', 'healthy'), ...options }), 9000);

  test('counts from the moment every target and every source is healthy', () => {
    expect(fold({})).toBe(9000);
    expect(fold({ sources: [metric('healthy')] })).toBe(9000);
    for (const verdict of ['progressing', 'inconclusive', 'failing'] as const) {
      expect(fold({ targets: watched('healthy', verdict) })).toBeNull();
      expect(fold({ sources: [metric(verdict)] })).toBeNull();
    }
  });

  test('counts while a minority fails that the rule tolerates', () => {
    const targets = watched('healthy', 'failing', 'healthy');
    expect(fold({ rule: 'any', targets })).toBeNull();
    expect(fold({ rule: 'all', targets })).toBe(9000);
  });

  test('keeps its beginning while it lasts, and loses it at a break', () => {
    expect(fold({ healthySince: 6000 })).toBe(6000);
    expect(fold({ healthySince: 6000, targets: watched('healthy', 'failing') })).toBeNull();
  });

  test('does not count before "deployed"', () => {
    expect(fold({ deployedAt: null })).toBeNull();
    expect(fold({ deployedAt: null, healthySince: 1000 })).toBeNull();
  });

  test('of no target is no health', () => {
    expect(fold({ targets: [] })).toBeNull();
  });
});
