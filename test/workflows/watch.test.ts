import { ActivityFailure, TimeoutFailure } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Verdict } from '../../src/schema/verdict.ts';
import { type Carried, openingOf, type RunState, stateOf } from '../../workflows/run-state.ts';
import { watch } from '../../workflows/watch.ts';

/** Just enough of the SDK: scopes that cancel what is asked within them, and conditions over a clock that is moved. */
const sdk = vi.hoisted(() => ({
  info: { continueAsNewSuggested: false },
  /** What a watcher answers next; without an answer it is asked until its scope is cancelled. */
  reports: new Map<string, unknown[]>(),
  asked: [] as { name: string; input: Record<string, unknown> }[],
  pending: new Set<(error: Error) => void>(),
}));

vi.mock('@temporalio/workflow', () => ({
  CancellationScope: class {
    run<T>(body: () => T): T {
      return body();
    }
    cancel(): void {
      for (const reject of sdk.pending) reject(new Error('cancelled'));
      sdk.pending.clear();
    }
  },
  isCancellation: (error: Error) => error.message === 'cancelled',
  condition: async (isTrue: () => boolean, limit = 0) => {
    const until = Date.now() + limit;
    for (let turn = 0; turn < 20 && !isTrue(); turn++) await Promise.resolve();
    if (!isTrue()) vi.setSystemTime(until);
    return isTrue();
  },
  sleep: async () => undefined,
  setCurrentDetails: () => undefined,
  upsertSearchAttributes: () => undefined,
  workflowInfo: () => ({ ...sdk.info, typedSearchAttributes: { get: () => undefined } }),
  defineQuery: () => ({}),
  defineSignal: () => ({}),
  defineUpdate: () => ({}),
}));

vi.mock('../../workflows/proxies.ts', () => ({
  short: (text: string) => text,
  callActivity: (name: string, input: Record<string, unknown>) => {
    if (name === 'record') return Promise.resolve({ sequence: 1 });
    sdk.asked.push({ name, input });
    const report = sdk.reports.get(name)?.shift();
    if (report) return report instanceof Error ? Promise.reject(report) : Promise.resolve(report);
    return new Promise((_, reject) => sdk.pending.add(reject));
  },
}));

const seen = (verdict: Verdict) => ({
  verdict,
  evidence: [],
  cursor: `${verdict} seen`,
  serverTime: null,
  target: 'eu',
});
const start = 1_000_000;

function watching(): RunState {
  const state = stateOf(undefined, openingOf({ application: 'shop', environment: 'test', guardId: 'g' }));
  const target = { id: 'eu', cluster: 'eu', namespace: 'shop', watchQueue: 'w', taskQueue: 't', lockNamespace: 'shop' };
  const view = { verdict: null, evidence: [], plan: null, written: null, healthy: null, verified: null };
  const errors = { kind: 'metric', name: 'errors' };
  return Object.assign(state, {
    phase: 'watching',
    run: {},
    request: {
      targets: [target],
      detect: [errors],
      verdict: 'any',
      deadline: 60_000,
      bake: 10_000,
      onFailure: 'rollback',
    },
    readyAt: start,
    deployed: { at: start, revision: null },
    targets: [{ ...target, ...view }],
    sources: [{ ...errors, verdict: null, evidence: [] }],
    before: { parts: { eu: {} } },
  } as unknown as Partial<RunState>);
}

const anew = (state: RunState): RunState =>
  stateOf(JSON.parse(JSON.stringify(state)) as Carried, openingOf({ application: 'shop' }));

beforeEach(() => {
  vi.useFakeTimers({ now: start, toFake: ['Date'] });
  sdk.info.continueAsNewSuggested = false;
  sdk.reports.clear();
  sdk.asked.length = 0;
});
afterEach(() => {
  sdk.pending.clear();
  vi.useRealTimers();
});

describe('a watch', () => {
  test('keeps a deploy whose targets and sources are healthy, and has let go of every watcher then', async () => {
    sdk.reports.set('watchWorkloads', [seen('healthy')]);
    sdk.reports.set('watchMetrics', [seen('healthy')]);
    const reason = 'healthy in every target and by metric errors for 10 s';
    expect(await watch(watching())).toEqual({ kind: 'kept', reason });
    expect(sdk.pending.size).toBe(0);
  });

  test('fails a deploy whose source fails, and tells which', async () => {
    const evidence = [{ object: 'errors', reason: 'AboveMaximum', message: '7' }];
    sdk.reports.set('watchWorkloads', [seen('healthy')]);
    sdk.reports.set('watchMetrics', [{ ...seen('failing'), evidence }]);
    const failure = { source: 'metric', reason: 'errors AboveMaximum: 7', by: null };
    expect(await watch(watching())).toMatchObject({ kind: 'failed', failure });
  });

  test('hands a baseline that was measured once to every later look, in the next run as well', async () => {
    sdk.reports.set('watchMetrics', [{ ...seen('healthy'), baseline: 5 }]);
    const state = watching();
    await watch(state);
    const metricsAsked = () =>
      sdk.asked.filter(({ name }) => name === 'watchMetrics').map(({ input }) => input.baseline);
    expect(metricsAsked()).toEqual([null, 5]);
    sdk.asked.length = 0;
    await watch({ ...anew(state), failure: null });
    expect(metricsAsked()).toEqual([5]);
  });

  test('that has seen nothing new for as long as one look may take goes on, and its bake with it', async () => {
    const late = (kind: 'START_TO_CLOSE' | 'HEARTBEAT') =>
      Object.assign(new ActivityFailure('', 'watchWorkloads', '1', 'TIMEOUT', undefined), {
        cause: new TimeoutFailure('', undefined, kind),
      });
    const told = async (kind: 'START_TO_CLOSE' | 'HEARTBEAT') => {
      sdk.reports.set('watchWorkloads', [seen('healthy'), late(kind)]);
      sdk.reports.set('watchMetrics', [seen('healthy')]);
      const state = watching();
      await watch(state);
      return state.timeline.map(({ text }) => text);
    };
    expect(await told('START_TO_CLOSE')).toEqual([]);
    expect(await told('HEARTBEAT')).toEqual([expect.stringContaining('eu: cannot be watched')]);
  });

  test('goes on where workloads alone were watched by an older version', async () => {
    const { sources: _none, ...state } = watching();
    sdk.reports.set('watchWorkloads', [seen('healthy')]);
    const { detect: _too, verdict: _rule, ...request } = state.request ?? {};
    const old = { ...state, request } as RunState;
    expect(await watch(old)).toEqual({ kind: 'kept', reason: 'healthy in every target for 10 s' });
  });
});

describe('a person who is asked because a source has no answer', () => {
  const askedState = async (): Promise<RunState> => {
    sdk.reports.set('watchWorkloads', [seen('healthy')]);
    sdk.reports.set('watchMetrics', [seen('inconclusive')]);
    const state = watching();
    const ended = watch(state);
    for (let turn = 0; turn < 200 && state.phase !== 'waiting(hold)'; turn++) await Promise.resolve();
    expect(state.decision).toMatchObject({ kind: 'hold', choices: ['resume', 'accept'] });
    sdk.info.continueAsNewSuggested = true;
    expect(await ended).toEqual({ kind: 'history full' });
    sdk.info.continueAsNewSuggested = false;
    return state;
  };

  test('is asked on in the next run, about the same thing, when the history is full', async () => {
    const state = await askedState();
    expect(sdk.pending.size).toBe(0);
    const next = anew(state);
    next.answer = null;
    const ended = watch(next);
    for (let turn = 0; turn < 200 && !next.decision; turn++) await Promise.resolve();
    expect(next.decision?.step).toBe(state.decision?.step);
    next.answer = { choice: 'accept', by: 'ada', reason: 'seen it' };
    expect(await ended).toEqual({ kind: 'held', by: 'ada', reason: 'accepted by ada: seen it' });
  });

  test('is overtaken by an answer: it is healthy through a whole bake, and kept', async () => {
    const next = anew(await askedState());
    sdk.reports.set('watchMetrics', [seen('healthy')]);
    const before = Date.now();
    expect(await watch(next)).toMatchObject({ kind: 'kept' });
    expect(Date.now() - before).toBeGreaterThanOrEqual(10_000);
    expect(next.decision).toBeNull();
    expect(next.phase).toBe('watching');
  });
});

describe('a smoke test', () => {
  const smoke = { kind: 'job', name: 'smoke', target: 'eu', timeout: 60_000, spec: {} };
  const withSmokeTest = (): RunState => {
    const state = watching();
    Object.assign(state.request ?? {}, { detect: [smoke] });
    const sources = [{ name: 'smoke', kind: 'job', verdict: null, evidence: [] }];
    return Object.assign(state, { sources, before: { parts: { eu: {} }, clusterIds: { eu: 'k' } } });
  };
  const askedOfJobs = () => sdk.asked.filter(({ name }) => name.endsWith('Job')).map(({ name }) => name);
  const gone = { kind: 'gone' };

  test('goes on in the next run with the Job it has, when the history is full', async () => {
    sdk.reports.set('watchWorkloads', [seen('healthy')]);
    sdk.reports.set('startJob', [{ ...seen('progressing'), job: 'u1' }]);
    const state = withSmokeTest();
    const ended = watch(state);
    for (let turn = 0; turn < 200 && !askedOfJobs().includes('watchJob'); turn++) await Promise.resolve();
    sdk.info.continueAsNewSuggested = true;
    expect(await ended).toEqual({ kind: 'history full' });
    sdk.info.continueAsNewSuggested = false;
    expect(askedOfJobs()).toEqual(['startJob', 'watchJob']);

    sdk.asked.length = 0;
    sdk.reports.set('watchWorkloads', [seen('healthy')]);
    sdk.reports.set('watchJob', [seen('healthy')]);
    sdk.reports.set('removeJob', [gone]);
    const reason = 'healthy in every target and by job smoke for 10 s';
    expect(await watch(anew(state))).toEqual({ kind: 'kept', reason });
    expect(askedOfJobs()).toEqual(['watchJob', 'removeJob']);
    expect(sdk.asked.find(({ name }) => name === 'watchJob')?.input).toMatchObject({ uid: 'u1', clusterId: 'k' });
  });

  test('has its Job deleted before a failure is acted upon', async () => {
    const evidence = [{ object: 'smoke', reason: 'Failed', message: 'why' }];
    sdk.reports.set('startJob', [{ ...seen('progressing'), job: 'u1' }]);
    sdk.reports.set('watchJob', [{ ...seen('failing'), evidence, log: 'no' }]);
    sdk.reports.set('removeJob', [gone, gone]);
    const state = withSmokeTest();
    const failure = { source: 'job', reason: 'smoke Failed: why' };
    expect(await watch(state)).toMatchObject({ kind: 'failed', failure });
    expect(state.sources).toMatchObject([{ verdict: 'failing', job: null, log: 'no' }]);
  });

  test('that cannot be deleted holds nobody up, and that is said', async () => {
    sdk.reports.set('startJob', [{ ...seen('progressing'), job: 'u1' }]);
    sdk.reports.set('removeJob', [new Error('denied')]);
    const state = Object.assign(withSmokeTest(), { promotedBy: 'mia' });
    expect(await watch(state)).toMatchObject({ kind: 'kept' });
    expect(state.timeline.at(-1)?.text).toContain('job smoke: its Job could not be deleted: denied');
  });

  test('is not begun before the deploy is done', async () => {
    sdk.reports.set('watchWorkloads', [seen('healthy')]);
    const state = Object.assign(withSmokeTest(), { deployed: null, phase: 'guarding' });
    expect(await watch(state)).toMatchObject({ kind: 'failed', failure: { source: 'deadline' } });
    expect(askedOfJobs()).toEqual([]);
  });
});
