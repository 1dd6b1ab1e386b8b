import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { createCelExpressions } from '../../src/adapters/cel-expressions.ts';
import { createChainedJournal } from '../../src/adapters/chained-journal.ts';
import { createKeyRing, generateMasterKey } from '../../src/adapters/key-ring.ts';
import { createMemoryObjectStore } from '../../src/adapters/memory-object-store.ts';
import { createSealedSnapshotStore } from '../../src/adapters/sealed-snapshot-store.ts';
import { PortError } from '../../src/ports/port-error.ts';
import type { RunState } from '../../src/ports/runs.ts';
import type { KeptStore } from '../../src/schema/activities.ts';
import type { JournalEvent } from '../../src/schema/journal.ts';

const closed: RunState = { kind: 'closed', status: 'TERMINATED', closedAt: '2026-01-02T00:00:00.000Z' };
const snapshot = { snapshot: { id: 'b', digest: 'b', bytes: 1 } };

/** Journals of runs that all began to write, and a Temporal that knows each by its application's name. */
async function look(runs: Readonly<Record<string, RunState | 'silent'>>, events: readonly JournalEvent[] = []) {
  const store = createMemoryObjectStore();
  const keys = createKeyRing([generateMasterKey()]);
  const journal = createChainedJournal(store, keys);
  for (const application of Object.keys(runs))
    for (const event of ['baseline', 'committing', ...events] as const)
      await journal.append({ environment: 'test', application }, entryOf(application, event));
  const asked: string[] = [];
  const { findTerminatedRuns } = createActivities({
    clusters: () => {
      throw new PortError('notFound', 'no cluster is known');
    },
    live: () => {
      throw new PortError('notFound', 'no cluster is known');
    },
    settings: {},
    snapshots: createSealedSnapshotStore(store, keys),
    journal,
    expressions: createCelExpressions(),
    releases: async () => [],
    metrics: null,
    probe: async () => ({ kind: 'good' }),
    runs: {
      stateOf: async (workflowId) => {
        asked.push(workflowId);
        const state = runs[workflowId.replace('belay:test/', '')];
        if (state === 'silent' || !state) throw new PortError('unavailable', 'Temporal does not answer');
        return state;
      },
      holderState: async () => 'unknown',
    },
    temporalAddress: 'nowhere:7233',
  });
  const find = () => new MockActivityEnvironment().run(findTerminatedRuns, {}) as Promise<KeptStore>;
  return { store, journal, asked, find };
}

function entryOf(application: string, event: JournalEvent) {
  const about = { guardId: 'g', operationId: `op-${application}`, workflowId: `belay:test/${application}`, runId: 'r' };
  const data = event === 'baseline' ? { baseline: snapshot, before: snapshot } : { stage: 'workloads' };
  return { event, key: `${application}/${event}`, at: '2026-01-01T00:00:00Z', ...about, who: null, why: null, data };
}

test('only a run that Temporal knows to be closed is terminated', async () => {
  const { find, journal } = await look({ dead: closed, alive: { kind: 'open' }, forgotten: { kind: 'unknown' } });
  expect(await find()).toMatchObject({
    applications: 3,
    terminated: [{ environment: 'test', application: 'dead', during: 'committing', hasBegun: true }],
    problems: [],
  });
  const last = async (application: string) => (await journal.read({ environment: 'test', application })).at(-1);
  expect(await last('dead')).toMatchObject({ event: 'terminated', at: closed.closedAt, operationId: 'op-dead' });
  expect(await last('alive')).toMatchObject({ event: 'committing' });
});

test('it is asked about once, and told of until it is finished', async () => {
  const { find, asked, journal } = await look({ dead: closed });
  const [first, second] = [await find(), await find()];
  expect(second).toEqual(first);
  expect(asked).toHaveLength(1);
  expect(await journal.read({ environment: 'test', application: 'dead' })).toHaveLength(3);
});

test('a run with an outcome is left in peace', async () => {
  const { find, asked } = await look({ done: closed }, ['outcome']);
  expect(await find()).toMatchObject({ applications: 1, terminated: [] });
  expect(asked).toEqual([]);
});

test('a journal that cannot be read, or asked about, is named and hides no other', async () => {
  const { find, store } = await look({ broken: closed, dead: closed, quiet: 'silent' });
  await store.delete('journal/test/broken/000000000001');
  const found = await find();
  expect(found.terminated.map(({ application }) => application)).toEqual(['dead']);
  expect(found.problems).toEqual([
    expect.stringMatching(/^test\/broken: .*record 1 is missing/),
    'test/quiet: Temporal does not answer',
  ]);
});
