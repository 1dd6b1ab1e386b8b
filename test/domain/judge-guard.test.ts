import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldHealthySince, type GuardFacts, judgeGuard } from '../../src/domain/judge-guard.ts';
import type { Verdict } from '../../src/schema/verdict.ts';

const facts = (options: Partial<GuardFacts> = {}): GuardFacts => ({
  readyAt: 0,
  deadline: 60_000,
  bake: 10_000,
  deployedAt: 5000,
  healthySince: null,
  verdicts: ['healthy', 'progressing'],
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
    const decision = judgeGuard(facts(), 60_000);
    expect(decision).toMatchObject({ kind: 'failed', failure: { source: 'deadline' } });
    expect(JSON.stringify(decision)).toContain('healthy, progressing');
  });

  test('fails at the deadline when nobody said "deployed"', () => {
    const decision = judgeGuard(facts({ deployedAt: null }), 60_000);
    expect(decision).toMatchObject({ kind: 'failed', failure: { reason: 'no "deployed" within 60 s' } });
  });

  test('keeps the deploy after a whole bake of health', () => {
    const healthy = facts({ healthySince: 20_000, verdicts: ['healthy', 'healthy'] });
    expect(judgeGuard(healthy, 29_999)).toEqual({ kind: 'wait', until: 30_000, waitingFor: 'bake' });
    expect(judgeGuard(healthy, 30_000)).toMatchObject({ kind: 'kept' });
  });

  test('keeps the deploy when it is promoted', () => {
    expect(judgeGuard(facts({ promotedBy: 'mia' }), 6000)).toEqual({ kind: 'kept', reason: 'promoted by mia' });
  });

  test('takes a failure before a promotion, a cancel and a supersede of the same moment', () => {
    const asked = { by: 'mia', reason: 'because' };
    const all = facts({ failure, promotedBy: 'mia', cancel: asked, superseded: asked, healthySince: 0 });
    expect(judgeGuard(all, 59_000)).toEqual({ kind: 'failed', failure });
  });

  test('is not kept past its deadline by flapping: each break starts the bake anew, the deadline stays', () => {
    const story = fc.array(fc.constantFrom<Verdict>('healthy', 'progressing', 'inconclusive'), { maxLength: 54 });
    fc.assert(
      fc.property(story, (verdicts) => {
        const healthySince = verdicts.reduce<number | null>(
          (since, verdict, second) =>
            foldHealthySince({ deployedAt: 5000, healthySince: since, verdicts: [verdict] }, 5000 + second * 1000),
          null,
        );
        const unhealthy = verdicts.at(-1) !== 'healthy';
        expect(healthySince === null).toBe(unhealthy);
        expect(judgeGuard(facts({ healthySince }), 60_000).kind === 'failed').toBe(unhealthy);
      }),
    );
  });
});

describe('health', () => {
  const fold = (options: Partial<Parameters<typeof foldHealthySince>[0]>) =>
    foldHealthySince({ deployedAt: 5000, healthySince: null, verdicts: ['healthy', 'healthy'], ...options }, 9000);

  test('counts from the moment every target is healthy', () => {
    expect(fold({})).toBe(9000);
    expect(fold({ verdicts: ['healthy', 'progressing'] })).toBeNull();
    expect(fold({ verdicts: ['healthy', 'inconclusive'] })).toBeNull();
  });

  test('keeps its beginning while it lasts, and loses it at a break', () => {
    expect(fold({ healthySince: 6000 })).toBe(6000);
    expect(fold({ healthySince: 6000, verdicts: ['healthy', 'failing'] })).toBeNull();
  });

  test('does not count before "deployed"', () => {
    expect(fold({ deployedAt: null })).toBeNull();
    expect(fold({ deployedAt: null, healthySince: 1000 })).toBeNull();
  });

  test('of no target is no health', () => {
    expect(fold({ verdicts: [] })).toBeNull();
  });
});
