import { describe, expect, test } from 'vitest';
import type { ResolvedRequest } from '../../src/schema/resolved-request.ts';
import { observe } from '../../workflows/restore/observe.ts';
import { beginning, restore } from '../../workflows/restore.ts';
import { type FakeSteps, fakeSteps, restoreInput, type Script, type Word } from '../support/fake-steps.ts';

const mia = { by: 'mia', reason: 'looked at it' };
const inputOf = (request: Partial<ResolvedRequest>) => ({
  ...restoreInput,
  request: { ...restoreInput.request, ...request },
});

async function run(request: Partial<ResolvedRequest>, script: Script = {}) {
  const fake = fakeSteps(script);
  return { end: await restore(fake.steps, inputOf(request)), ...fake };
}

const of = ({ calls }: Pick<FakeSteps, 'calls'>, ...kinds: string[]) =>
  calls.filter((call) => kinds.includes(call.split(' ')[0] ?? ''));
const say =
  (...words: Word[]) =>
  (_gate: unknown, nth: number): Word =>
    words[nth - 1] ?? { kind: 'retry', by: null };

describe('onFailure: hold', () => {
  test('the deployer is stopped and its end is known, and nothing is planned before somebody resumes', async () => {
    const restored = await run({ onFailure: 'hold' }, { decide: say({ kind: 'resume', ...mia }) });
    expect(restored.end).toMatchObject({ outcome: 'restored' });
    expect(restored.gates).toMatchObject([{ kind: 'hold', choices: ['resume', 'accept'], objects: [] }]);
    const calls = of(restored, 'halt', 'quiesce', 'plan').map((call) => call.split(' ')[0]);
    expect([...new Set(calls)]).toEqual(['halt', 'quiesce', 'plan']);
    expect(of(restored, 'quiesce')).toHaveLength(4);
  });

  test('accept leaves the failed deploy as it is: held, by whom and why', async () => {
    const held = await run({ onFailure: 'hold' }, { decide: say({ kind: 'accept', ...mia }) });
    expect(held.end).toEqual({ outcome: 'held', by: 'mia', reason: 'accepted by mia: looked at it' });
    expect(of(held, 'plan', 'prove', 'write', 'delete', 'undo')).toEqual([]);
  });

  test('time alone decides nothing, and a cancel ends it', async () => {
    const decide = say({ kind: 'retry', by: null }, { kind: 'retry', by: null }, { kind: 'accept', ...mia });
    const held = await run({ onFailure: 'hold' }, { decide });
    expect(held.gates).toHaveLength(3);
    const asked: unknown[] = [];
    const cancelled = await run(
      { onFailure: 'hold' },
      {
        decide: (gate) => {
          asked.push(gate);
          return { kind: 'retry', by: null };
        },
        cancelledAt: () => asked.length > 1,
      },
    );
    expect(cancelled.end).toEqual({ outcome: 'cancelled', reason: 'cancelled by mia: changed my mind' });
  });
});

describe("a person's hold", () => {
  test.each(['quiesce', 'prove', 'record prepared'])(
    'that comes with "%s" still comes before the first write',
    async (moment) => {
      let resumed = false;
      const held = await run(
        {},
        {
          held: (calls) => (!resumed && calls.some((call) => call.startsWith(moment)) ? mia : null),
          decide: () => {
            resumed = true;
            return { kind: 'resume', ...mia };
          },
        },
      );
      expect(held.end).toMatchObject({ outcome: 'restored' });
      expect(held.gates).toMatchObject([{ kind: 'hold', reason: 'held by mia: looked at it' }]);
      expect(of(held, 'record').filter((call) => call.includes('committing/'))).toHaveLength(2);
    },
  );

  test('that is taken back before it came to its wait leaves no owner unpaused', async () => {
    const ref = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace: 'argocd', name: 'shop' };
    const active = { kind: 'active', uid: 'u', before: null, mayPause: true } as const;
    const restored = await run(
      { owners: 'pause' },
      {
        held: (calls) => (calls.some((call) => call.startsWith('quiesce')) ? null : mia),
        owners: (target, nth) =>
          target === 'eu'
            ? [{ tool: 'Argo CD', ref, via: 'a label', state: nth < 3 ? active : { kind: 'resting' } }]
            : [],
      },
    );
    expect(restored.end).toMatchObject({ outcome: 'restored' });
    expect(restored.gates).toEqual([]);
    const first = (kind: string) => restored.calls.findIndex((call) => call.startsWith(kind));
    expect(first('pause')).toBeGreaterThan(first('quiesce'));
    expect(first('plan')).toBeGreaterThan(first('pause'));
  });

  test('that comes after the first write holds nothing back', async () => {
    const late = await run({}, { held: (calls) => (calls.some((call) => call.startsWith('write')) ? mia : null) });
    expect(late.end).toMatchObject({ outcome: 'restored' });
    expect(late.gates).toEqual([]);
  });
});

describe('onFailure: approve', () => {
  const approval: Word = { kind: 'approve', ...mia };

  test('a plan is approved by its digest, the freeze ends, the plan is made again and carried out when it is the same', async () => {
    const restored = await run({ onFailure: 'approve' }, { decide: say(approval) });
    expect(restored.end).toMatchObject({ outcome: 'restored' });
    expect(restored.gates).toMatchObject([
      { kind: 'approve', planDigest: 'd1', choices: ['approve', 'retry', 'accept'] },
    ]);
    expect(restored.gates[0]?.reason).toContain('4 update · 2 prune');
    expect(of(restored, 'quiesce', 'digest', 'write').map((call) => call.split(' ').slice(0, 2).join(' '))).toEqual([
      'quiesce eu',
      'quiesce us',
      'digest',
      'quiesce eu',
      'quiesce us',
      'digest',
      'write eu',
      'write us',
      'write eu',
      'write us',
    ]);
    expect(of(restored, 'record').filter((call) => call.includes('prepared'))).toEqual([
      'record prepared prepared/0',
      'record prepared prepared/1',
    ]);
  });

  test('another plan is another question, and nothing is written before it is answered', async () => {
    const restored = await run(
      { onFailure: 'approve' },
      { decide: say(approval, approval), digest: (nth) => (nth === 1 ? 'd1' : 'd2') },
    );
    expect(restored.end).toMatchObject({ outcome: 'restored' });
    expect(restored.gates.map(({ planDigest }) => planDigest)).toEqual(['d1', 'd2']);
    expect(restored.gates[1]?.reason).toContain('not the one that was approved');
    const written = restored.calls.findIndex((call) => call.startsWith('write'));
    expect(restored.calls.lastIndexOf('digest')).toBeLessThan(written);
  });

  test('accept leaves the failed deploy as it is, and retry makes the plan anew', async () => {
    const held = await run(
      { onFailure: 'approve' },
      { decide: say({ kind: 'retry', by: 'mia' }, { kind: 'accept', ...mia }) },
    );
    expect(held.end).toMatchObject({ outcome: 'held', by: 'mia' });
    expect(of(held, 'plan')).toHaveLength(4);
    expect(of(held, 'write')).toEqual([]);
  });

  test('no owner is paused before the plan is approved', async () => {
    const ref = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace: 'argocd', name: 'shop' };
    const active = { kind: 'active', uid: 'u', before: null, mayPause: true } as const;
    // Looked at before the approval and after it; then it is paused.
    const owners: Script['owners'] = (target, nth) =>
      target === 'eu' ? [{ tool: 'Argo CD', ref, via: 'a label', state: nth < 3 ? active : { kind: 'resting' } }] : [];
    const restored = await run({ onFailure: 'approve', owners: 'pause' }, { owners, decide: say(approval) });
    expect(restored.end).toMatchObject({ outcome: 'restored' });
    const order = of(restored, 'digest', 'pause').map((call) => call.split(' ')[0]);
    expect(order).toEqual(['digest', 'pause', 'digest']);
  });
});

describe('onFailure: observe', () => {
  test('says what a restore would have done; nobody is stopped, nothing is written', async () => {
    const fake = fakeSteps();
    expect(await observe(fake.steps, inputOf({ onFailure: 'observe' }), beginning)).toEqual({
      outcome: 'observed',
      reason: expect.stringMatching(
        /^would have been restored: 4 update · 2 prune · 2 unchanged; .* proven by dry run$/,
      ),
    });
    expect(of(fake, 'halt', 'enter', 'write', 'delete', 'undo', 'pause')).toEqual([]);
  });

  test('says that it would have been refused', async () => {
    const fake = fakeSteps({
      plan: () => ({ refused: [{ object: 'PersistentVolumeClaim/data', reason: 'one way' }] }),
    });
    const end = await observe(fake.steps, inputOf({ onFailure: 'observe' }), beginning);
    expect(end).toMatchObject({
      outcome: 'observed',
      reason: expect.stringMatching(/^would have been refused: .*one way/),
    });
  });
});

describe('skip', () => {
  const left = { target: 'us', object: 'ConfigMap/settings', reason: 'left by mia: looked at it' };
  const skip: Word = { kind: 'skip', by: 'mia', left };
  const no = [{ object: 'ConfigMap/settings', kind: 'failed', reason: 'forbidden' }] as const;

  test('an object behind the pivot is neither written nor compared any more, and the outcome lists it', async () => {
    const fake = fakeSteps({
      delete: ({ target, except }) => (target.id === 'us' && !except ? [...no] : []),
      differences: ({ target, expect: what, except }) =>
        target.id === 'us' && what === 'baseline' && !except?.includes(left.object)
          ? [{ ...left, expected: 'gone', actual: 'present', why: '' }]
          : [],
      decide: say(skip),
    });
    expect(await restore(fake.steps, restoreInput)).toMatchObject({ outcome: 'restored', left: [left] });
    expect(fake.gates).toMatchObject([{ choices: ['retry', 'skip', 'abandon'], skippable: ['us/ConfigMap/settings'] }]);
  });

  test('what has no definite answer may not be left: it may still land', async () => {
    const { gates } = await run(
      {},
      { delete: () => [{ object: 'ConfigMap/settings', kind: 'unclear', reason: 'no answer' }] },
    );
    expect(gates[0]).toMatchObject({ choices: ['retry', 'abandon'], skippable: [] });
  });
});
