import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { closeGate, decide, hideGate } from '../../workflows/decide.ts';
import type { Gate } from '../../workflows/restore/steps.ts';
import { type Carried, openingOf, type RunState, stateOf } from '../../workflows/run-state.ts';

/** Time passes by waiting, and what happens meanwhile happens at its moment. */
const meanwhile: { at: number; act(): void }[] = [];
const shown: string[] = [];
const info = { continueAsNewSuggested: false };

vi.mock('@temporalio/workflow', () => ({
  condition: async (test: () => boolean, limit = 0) => {
    const until = Date.now() + limit;
    for (const event of meanwhile.filter(({ at }) => at <= until && at > Date.now())) {
      vi.setSystemTime(event.at);
      event.act();
      if (test()) return true;
    }
    vi.setSystemTime(until);
    return test();
  },
  defineQuery: () => ({}),
  defineSignal: () => ({}),
  defineUpdate: () => ({}),
  allHandlersFinished: () => true,
  continueAsNew: (...handedOn: readonly unknown[]) => {
    throw Object.assign(new Error('continued as new'), { handedOn });
  },
  setCurrentDetails: (text: string) => shown.push(text),
  upsertSearchAttributes: () => undefined,
  workflowInfo: () => ({ ...info, typedSearchAttributes: { get: () => undefined } }),
}));

const minute = 60_000;
const gate: Gate = { kind: 'blocked', reason: 'eu refuses', objects: [], choices: ['retry', 'abandon'] };
const started = { application: 'shop', environment: 'test', guardId: 'g' };
let state: RunState;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
  meanwhile.length = 0;
  shown.length = 0;
  info.continueAsNewSuggested = false;
  state = stateOf(undefined, openingOf(started));
  state.phase = 'restoring';
});
afterEach(() => {
  vi.useRealTimers();
});

test('nobody decides by waiting: the step is tried again after half a minute', async () => {
  expect(await decide(state, gate, 30_000)).toEqual({ kind: 'retry', by: null });
  expect(Date.now()).toBe(1_030_000);
  expect(state.phase).toBe('waiting(blocked)');
});

test('a wait goes on while its step is only tried again, reminds at growing intervals, and is looked at less often', async () => {
  let looks = 0;
  for (; Date.now() < 1_000_000 + 9 * 60 * minute; looks++) {
    await decide(state, gate, 30_000);
    hideGate(state);
    state.phase = 'restoring';
  }
  const reminders = state.timeline.map(({ text }) => text);
  expect(reminders).toEqual([
    'reminder 1: waits for a person since 5 minutes: eu refuses',
    'reminder 2: waits for a person since 30 minutes: eu refuses',
    'reminder 3: waits for a person since 2 hours: eu refuses',
    'reminder 4: waits for a person since 8 hours: eu refuses',
  ]);
  expect(looks).toBeLessThan(150);
  expect(shown.some((details) => details.includes('Reminded 4 times; nothing is decided by waiting.'))).toBe(true);
  closeGate(state);
  await decide(state, gate, 30_000);
  expect(state.wait).toMatchObject({ step: 'restoring/2', reminders: 0 });
});

test("a person's word is taken at once, and the run is where it was before it waited", async () => {
  const said = { choice: 'abandon', by: 'ada', reason: 'enough' } as const;
  meanwhile.push({ at: 1_005_000, act: () => Object.assign(state, { answer: said }) });
  expect(await decide(state, gate, 30_000)).toEqual({ kind: 'abandon', by: 'ada', reason: 'enough' });
  expect(Date.now()).toBe(1_005_000);
  expect(state).toMatchObject({ phase: 'restoring', decision: null, answer: null, wait: null });
  expect(state.progress).toContainEqual(
    expect.objectContaining({ key: 'waiting', mark: 'done', text: 'ada: abandon' }),
  );
});

test('what was said when the cause had just gone does not answer the next wait', async () => {
  await decide(state, gate, 30_000);
  state.answer = { choice: 'abandon', by: 'ada', reason: 'enough' };
  closeGate(state);
  state.phase = 'restoring';
  expect(await decide(state, { ...gate, reason: 'us refuses' }, 30_000)).toEqual({ kind: 'retry', by: null });
  expect(state.timeline.map(({ text }) => text)).toEqual(['"abandon" by ada came too late: what it was about is over']);
});

test('a cancel wakes a wait, whatever it means there', async () => {
  meanwhile.push({ at: 1_001_000, act: () => Object.assign(state, { cancel: { by: 'ada', reason: 'not today' } }) });
  expect(await decide(state, gate, 30_000)).toEqual({ kind: 'retry', by: null });
  expect(Date.now()).toBe(1_001_000);
});

test('a run whose history is full while it waits begins anew with its gate open, and the same wait goes on', async () => {
  meanwhile.push({ at: 1_001_000, act: () => Object.assign(info, { continueAsNewSuggested: true }) });
  const anew = await decide(state, gate, 3_600_000).catch((error: unknown) => error);
  expect(anew).toMatchObject({ message: 'continued as new' });
  expect(Date.now()).toBe(1_001_000);
  const [argument, carried] = (anew as { handedOn: [unknown, Carried] }).handedOn;
  expect(argument).toEqual(started);
  expect(carried).toMatchObject({ phase: 'restoring', decision: { kind: 'blocked', step: 'restoring/1' } });

  info.continueAsNewSuggested = false;
  state = stateOf(JSON.parse(JSON.stringify(carried)), openingOf(argument));
  state.answer = { choice: 'abandon', by: 'ada', reason: 'enough' };
  expect(await decide(state, gate, 30_000)).toEqual({ kind: 'abandon', by: 'ada', reason: 'enough' });
});

test('a word that comes in the moment in which the history is full is taken first', async () => {
  const said = { choice: 'abandon', by: 'ada', reason: 'enough' } as const;
  meanwhile.push({
    at: 1_001_000,
    act: () => {
      info.continueAsNewSuggested = true;
      state.answer = said;
    },
  });
  expect(await decide(state, gate, 30_000)).toMatchObject({ kind: 'abandon' });
});

test('an object that is skipped is left by whoever said so, in its target', async () => {
  state.targets = [{ id: 'us/shop' }, { id: 'us' }] as never;
  const said = { choice: 'skip', by: 'ada', reason: 'sales needs it', object: 'us/shop/ConfigMap/promotions' } as const;
  meanwhile.push({ at: 1_001_000, act: () => Object.assign(state, { answer: said }) });
  expect(await decide(state, gate, 30_000)).toEqual({ kind: 'retry', by: 'ada' });
  expect(state.skipped).toEqual([
    { target: 'us/shop', object: 'ConfigMap/promotions', reason: 'left by ada: sales needs it' },
  ]);
});
