import { describe, expect, test } from 'vitest';
import { groupVerdict, neededToFail, type Watched, whyGroupFails } from '../../src/domain/group-verdict.ts';
import type { GroupRule, Verdict } from '../../src/schema/verdict.ts';

const verdicts = ['healthy', 'progressing', 'inconclusive', 'failing'] as const;
const rules: readonly GroupRule[] = ['any', 'all', { quorum: 1 }, { quorum: 2 }, { quorum: 3 }];
const names = ['eu', 'us', 'ap'] as const;

/** Every verdict of every target. */
const threes = verdicts.flatMap((eu) => verdicts.flatMap((us) => verdicts.map((ap) => [eu, us, ap] as const)));

const watched = (all: readonly Verdict[]): Watched[] =>
  all.map((verdict, index) => ({ name: names[index] ?? '', verdict }));

describe.each(rules.map((rule) => [JSON.stringify(rule), rule] as const))('under %s', (_, rule) => {
  const needed = neededToFail(rule, 3);

  test.each(threes.map((three) => [three.join(', '), three] as const))('%s', (_name, three) => {
    const { verdict, tolerated } = groupVerdict(rule, watched(three));
    const failing = three.filter((one) => one === 'failing').length;
    const has = (one: Verdict) => three.includes(one);
    if (failing >= needed) expect(verdict).toBe('failing');
    else if (has('inconclusive')) expect(verdict).toBe('inconclusive');
    else if (has('progressing')) expect(verdict).toBe('progressing');
    else expect(verdict).toBe('healthy');
    const isTolerating = failing > 0 && failing < needed;
    expect(tolerated).toEqual(isTolerating ? names.filter((__, index) => three[index] === 'failing') : []);
  });
});

test('one target fails by itself under every rule', () => {
  for (const rule of rules.slice(0, 3)) expect(groupVerdict(rule, watched(['failing'])).verdict).toBe('failing');
});

describe('the reason', () => {
  const evidence = [{ object: 'Deployment/web', reason: 'ImagePullBackOff', message: 'no such image' }];
  const target = (id: string, failingSince: number) => ({ id, verdict: 'failing' as const, evidence, failingSince });
  const well = { id: 'ap', verdict: 'healthy' as const, evidence: [] };

  test('is the first target that failed, wherever it stands', () => {
    expect(whyGroupFails('any', [target('eu', 9), target('us', 5), well])).toBe(
      'us/web ImagePullBackOff: no such image',
    );
  });

  test('says how many fail where it takes more than one', () => {
    const found = whyGroupFails({ quorum: 2 }, [target('eu', 9), target('us', 5), well]);
    expect(found).toBe('us/web ImagePullBackOff: no such image (2 of 3 targets failing)');
  });

  test('is none while too few fail, or none does', () => {
    expect(whyGroupFails('all', [target('eu', 9), target('us', 5), well])).toBeNull();
    expect(whyGroupFails('any', [well, { ...well, verdict: null }])).toBeNull();
  });
});
