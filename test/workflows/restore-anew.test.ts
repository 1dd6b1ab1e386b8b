import { describe, expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/step-failure.ts';
import type { WriteResult } from '../../src/schema/plan.ts';
import type { RestoreEnd, RestoreState, Steps } from '../../workflows/restore/steps.ts';
import { beginning, restore } from '../../workflows/restore.ts';
import { fakeSteps, restoreInput, type Script } from '../support/fake-steps.ts';

/** Continue-as-new, as the protocol meets it: nothing of the run is left but the last checkpoint. */
class BegunAnew extends Error {}

interface Told {
  readonly end: RestoreEnd;
  readonly calls: readonly string[];
  /** Barriers and waits there were. */
  readonly places: number;
}

/** Begins anew at the nth place where a run may; `never` to see how many there are. */
async function tell(script: Script, anewAt: number | 'never'): Promise<Told> {
  const { steps, calls } = fakeSteps(script);
  let places = 0;
  let last: RestoreState = beginning;
  let isAsked = false;
  const mayBeginAnew = () => {
    places += 1;
    if (places === anewAt) throw new BegunAnew();
  };
  const own: Partial<Steps> = {
    checkpoint: async (state) => {
      last = JSON.parse(JSON.stringify(state));
      mayBeginAnew();
    },
    asked: () => isAsked,
    decide: async (gate, recheck) => {
      isAsked = true;
      mayBeginAnew();
      const decision = await steps.decide(gate, recheck);
      if (decision.kind !== 'retry' || decision.by !== null) isAsked = false;
      return decision;
    },
    enter: (phase) => {
      isAsked &&= phase.startsWith('waiting');
      steps.enter(phase);
    },
  };
  for (;;) {
    try {
      return { end: await restore({ ...steps, ...own }, restoreInput, last), calls, places };
    } catch (error) {
      if (!(error instanceof BegunAnew)) throw error;
    }
  }
}

const done: WriteResult[] = [{ object: 'ConfigMap/settings', kind: 'done' }];
const no: WriteResult[] = [{ object: 'ConfigMap/settings', kind: 'failed', reason: 'forbidden' }];
const again = () => ({ kind: 'retry', by: null }) as const;
const silent = (): never => {
  throw new StepFailure('ClusterUnreachable', 'no answer');
};
const sick = { object: 'Deployment/web', reason: 'CrashLoopBackOff', message: 'restarts', at: null };

/** What may go on for long, each until its cause is gone. */
const stories: Readonly<Record<string, () => Script>> = {
  'a restore': () => ({}),
  'a write that is refused for good': () => ({
    write: ({ stage, target }) => (stage === 'workloads' && target.id === 'us' ? no : done),
  }),
  'a cluster that is silent while it is written': () => ({
    write: ({ stage, target }, nth) => (stage === 'workloads' && target.id === 'us' && nth < 9 ? silent() : done),
    decide: again,
  }),
  'health that is long in coming': () => ({
    health: (target, nth) =>
      nth < 9 ? { target, kind: 'unhealthy', evidence: [sick] } : { target, kind: 'healthy', objects: 2 },
    decide: again,
  }),
  'a difference behind the pivot': () => ({
    differences: ({ expect: claim, target: { id } }, nth) =>
      claim === 'baseline' && nth < 9 ? [{ target: id, object: 'c', expected: 'a', actual: 'b', why: 'edited' }] : [],
    decide: again,
  }),
  'a delete that is refused for long': () => ({ delete: (_batch, nth) => (nth < 9 ? no : done), decide: again }),
  'a failed state that cannot be written back for long': () => {
    let tries = 0;
    return {
      write: ({ stage }) => (stage === 'workloads' ? no : done),
      undo: () => (++tries < 20 ? no : done),
      decide: again,
    };
  },
};

const places: [string, number][] = [];
for (const [story, script] of Object.entries(stories)) {
  const { places: count } = await tell(script(), 'never');
  for (let place = 1; place <= count; place++) places.push([story, place]);
}

const changes = (calls: readonly string[]) => new Set(calls.filter((call) => /^(write|delete|undo) /.test(call)));

describe('a run that begins anew where it may', () => {
  test.each(places)('%s, at place %i: ends as the one that does not', async (story, place) => {
    const script = stories[story] ?? (() => ({}));
    const straight = await tell(script(), 'never');
    const anew = await tell(script(), place);
    expect(anew.end).toEqual(straight.end);
    expect(changes(anew.calls)).toEqual(changes(straight.calls));
  });

  test('there are places before every stage, and in every wait', () => {
    expect(places.length).toBeGreaterThan(60);
  });
});
